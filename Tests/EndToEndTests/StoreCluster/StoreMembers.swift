import EtcdClient
import Foundation

/// Three `skiff etcd serve`, each a process in a network namespace of its own.
final class StoreMembers {
    let network: StoreNetwork
    private let authority: StoreAuthority
    private let directory: URL
    private let flags: [String]
    private let processes: [StoreProcess]

    init(count: Int = 3, _ flags: [String] = []) throws {
        self.flags = flags
        directory = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString.prefix(8))")
        network = try StoreNetwork(count: count)
        do {
            authority = try StoreAuthority(
                in: directory.appending(path: "pki"), addresses: network.places.map(\.address))
        } catch {
            network.remove()
            throw error
        }
        processes = zip(["a", "b", "c", "d", "e"], network.places).map { [directory, authority] name, place in
            StoreProcess(name, at: place.address, in: directory, authority, namespace: place.namespace)
        }
    }

    var count: Int { processes.count }
    var endpoints: [EtcdEndpoint] {
        get throws { try processes.map { try EtcdEndpoint("https://\($0.address):\(StoreProcess.clientPort)") } }
    }
    var tls: EtcdClientTLS {
        EtcdClientTLS(
            authorityFile: authority.path("ca.crt"), certificateFile: authority.path("client.crt"),
            keyFile: authority.path("client.key"))
    }

    func name(_ member: Int) -> String { processes[member].name }
    func log(_ member: Int) -> String { processes[member].log }

    func start(_ member: Int) throws {
        try processes[member].start(
            cluster: processes.map { "\($0.name)=\($0.peerURL())" }.joined(separator: ","),
            clientsShowCertificates: true, flags: ["--initial-cluster-token", "chaos"] + flags)
    }

    func killHard(_ member: Int) { processes[member].killHard() }

    func pause(_ member: Int, _ isPaused: Bool) { processes[member].pause(isPaused) }

    func remove() {
        for process in processes { process.killHard() }
        network.remove()
        try? FileManager.default.removeItem(at: directory)
    }
}
