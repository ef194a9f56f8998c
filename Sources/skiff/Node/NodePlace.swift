import APIMachinery
import ContainerRuntime
import Foundation
import KubeAPI
import Kubeadm
import Logging

/// Where a node is on its machine: the address that others reach it by, and the machine's part of the pods' network.
struct NodePlace: Sendable {
    /// Why the node cannot be here; a sentence.
    struct Failure: Error, Equatable, CustomStringConvertible { var description: String }

    /// `InternalIP`.
    let address: String
    /// nil on loopback.
    let machine: HostNetwork?
    let network: PodNetwork?
    /// Where the API server's process is; nil when it has only a loopback address.
    let server: IPAddress?
    /// The network is this process' in its network namespace until it ends.
    private let claim: NetworkClaim?

    /// `wanted` is `--node-ip`. Makes bridges and routes where pods have networks of their own.
    static func find(_ plan: NodeShare, server: String, wanted: IPAddress?, directory: String) async throws -> NodePlace
    {
        guard plan.network.kind == .bridge else {
            let address = wanted ?? ClusterNetwork.kubeletAddress(ofPods: plan.pods)
            return NodePlace(address: address.description, machine: nil, network: nil, server: nil, claim: nil)
        }
        if let obstacle = HostNetwork.obstacle {
            throw Failure(description: "pods of this cluster have networks of their own, but \(obstacle)")
        }
        let ways = Self.way(to: server)
        guard let address = wanted ?? ways?.own, !address.isLoopback else {
            throw Failure(
                description:
                    "there is no address at which others reach this node on the way to \(server); --node-ip names "
                    + "one")
        }
        let claim: NetworkClaim
        do { claim = try NetworkClaim(plan.network) } catch let taken as NetworkClaim.Taken {
            throw Failure(
                description:
                    "\(taken.network) is served here by \(taken.holder ?? "another process"); a node in a process "
                    + "of its own needs a machine or a network namespace of its own")
        }
        guard let network = PodNetwork(plan.pods, leases: "\(directory)/runtime/leases") else {
            throw Failure(description: "the CNI plugins are not installed")
        }
        let machine = HostNetwork(
            pods: plan.network.podCIDR, services: plan.network.serviceCIDR, nodes: [plan.pods],
            logger: Logger(label: "network"))
        try await machine.prepare()
        let place = ways.flatMap { $0.server.isLoopback ? nil : $0.server }
        return NodePlace(
            address: address.description, machine: machine, network: network, server: place, claim: claim)
    }

    /// The server's address, and ours on the way there: what the kernel would send from. Nothing is sent.
    static func way(to url: String) -> (server: IPAddress, own: IPAddress)? {
        guard let parts = URL(string: url), let host = parts.host() else { return nil }
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(parts.port ?? 443), &hints, &found) == 0, let entry = found else { return nil }
        defer { freeaddrinfo(found) }
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 else { return nil }
        func address(_ read: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32)
            -> IPAddress?
        {
            var name = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { read(descriptor, $0, &length) }
            }
            return code == 0 ? IPAddress(ipv4: UInt32(bigEndian: name.sin_addr.s_addr)) : nil
        }
        guard let own = address(getsockname), let server = address(getpeername) else { return nil }
        return (server, own)
    }
}
