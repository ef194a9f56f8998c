import APIMachinery
import Glibc

/// The network of one node's pods: each has a namespace of its own, joined by CNI plugins to the node's bridge, which
/// is `HostNetwork`'s.
///
/// What a pod has of it can be found again after a crash: its lease is a file in `leases` (host-local's), its namespace a
/// file in /run/netns whose name begins with `prefix`, its interface a port of the bridge.
public struct PodNetwork: Sendable {
    let bridge: NodeBridge
    private let leases: String
    private let plugins: NetworkPlugins
    private var prefix: String { bridge.namespacePrefix }

    /// `addresses` are the node's pods'; who has which is kept in the directory `leases`. nil without plugins.
    public init?(_ addresses: CIDR, leases: String) {
        guard let plugins = NetworkPlugins.installed() else { return nil }
        bridge = NodeBridge(addresses)
        self.leases = leases
        self.plugins = plugins
    }

    func namespace(of sandbox: String) -> NetworkNamespace { NetworkNamespace(name: prefix + sandbox.prefix(16)) }

    // MARK: One pod

    /// Makes a sandbox's namespace and joins it: its address, and the interface at the bridge's end.
    func join(_ sandbox: String, parameters: [String: String]) async throws -> (address: String, port: String) {
        let namespace = namespace(of: sandbox)
        do {
            try namespace.make()
            for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { try namespace.set(name, to: value) }
            try await plugins.run(
                .add, loopback, sandbox: sandbox, namespace: namespace.path, interface: "lo")
            let answer = try await plugins.run(
                .add, configuration, sandbox: sandbox, namespace: namespace.path, interface: "eth0")
            guard let address = answer["ips"]?.elements.first?["address"]?.string?.split(separator: "/").first else {
                throw ContainerError.refused("plugin type=\"bridge\" gave no address")
            }
            let port = answer["interfaces"]?.elements.first {
                $0["sandbox"] == nil && $0["name"]?.string != bridge.interface
            }
            return (String(address), port?["name"]?.string ?? "")
        } catch {
            try? await leave(sandbox)
            throw ContainerError.refused("failed to setup network for sandbox \"\(sandbox)\": \(error)")
        }
    }

    /// Gives all of it back. Harmless when there is nothing, and to be tried again when it fails.
    func leave(_ sandbox: String) async throws {
        let namespace = namespace(of: sandbox)
        defer { namespace.remove() }
        try await plugins.run(
            .delete, configuration, sandbox: sandbox, namespace: namespace.isThere ? namespace.path : "",
            interface: "eth0")
    }

    private var loopback: JSON {
        ["cniVersion": JSON(NetworkPlugins.version), "name": "lo", "type": "loopback"]
    }
    /// Where the plugins are.
    var pluginFolder: String { plugins.folder }
    /// For a container runtime that runs the plugins itself (CNI specification §1).
    var configurationList: JSON {
        [
            "cniVersion": JSON(NetworkPlugins.version), "name": JSON(bridge.interface), "plugins": [configuration],
        ]
    }
    private var configuration: JSON {
        [
            "cniVersion": JSON(NetworkPlugins.version), "name": JSON(bridge.interface), "type": "bridge",
            "bridge": JSON(bridge.interface), "isGateway": true, "isDefaultGateway": true, "hairpinMode": true,
            "ipam": [
                "type": "host-local", "dataDir": JSON(leases),
                "ranges": [
                    [["subnet": JSON(bridge.network.description), "gateway": JSON(bridge.gateway.description)]]
                ],
            ],
        ]
    }

    // MARK: What is left over

    /// Takes away what an earlier process left of pods that are none any more; `kept` are the sandboxes that are, with
    /// their ports of the bridge.
    func sweep(keeping kept: [String: String]) async {
        let folder = "\(leases)/\(bridge.interface)"
        for name in SystemCall.names(in: folder) where IPAddress(name) != nil {
            let text = String(decoding: SystemCall.contents(of: "\(folder)/\(name)") ?? [], as: UTF8.self)
            // Empty when its writer was killed between making and filling it.
            let owner = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
            guard kept[owner] == nil else { continue }
            if !owner.isEmpty { try? await leave(owner) }
            unlink("\(folder)/\(name)")
        }
        let names = Set(kept.keys.map { namespace(of: $0).name })
        for name in NetworkNamespace.names(withPrefix: prefix) where !names.contains(name) {
            NetworkNamespace(name: name).remove()
        }
        await bridge.removePorts(but: Set(kept.values))
    }
}
