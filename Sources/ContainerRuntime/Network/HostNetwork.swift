import APIMachinery
import Glibc
import Logging

/// The machine's part of a cluster's network of bridges: a bridge for each node with the node's address, the Services'
/// addresses as the machine's own, forwarding, and masquerade for what pods send elsewhere.
///
/// The bridges of all nodes are in one namespace, so the kernel has the routes between them. All of it can be made again over what
/// is there, and is found by its addresses after a crash.
public struct HostNetwork: Sendable {
    private let pods: CIDR
    private let services: CIDR
    private let bridges: [NodeBridge]
    private let logger: Logger

    /// `nodes` are the addresses of each node's pods, which are of `pods`.
    public init(pods: CIDR, services: CIDR, nodes: [CIDR], logger: Logger) {
        self.pods = pods
        self.services = services
        self.logger = logger
        bridges = nodes.map { NodeBridge($0) }
    }

    /// Why pods cannot have networks of their own here, as a sentence; nil when they can.
    public static var obstacle: String? {
        if geteuid() != 0 { return "only root may make network namespaces" }
        let status = String(decoding: SystemCall.contents(of: "/proc/self/status") ?? [], as: UTF8.self)
        if !mayAdminister(status) { return "this process may not administer networks (CAP_NET_ADMIN, CAP_SYS_ADMIN)" }
        if NetworkPlugins.installed() == nil {
            let names = NetworkPlugins.needed.joined(separator: ", ")
            return "the CNI plugins \(names) are not installed (Debian's containernetworking-plugins)"
        }
        if ToolProcess.find("ip") == nil { return "the program ip is not installed (Debian's iproute2)" }
        return nil
    }

    /// As in a container, root may have lost what it takes; `status` is what /proc/self/status tells.
    static func mayAdminister(_ status: String) -> Bool {
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        guard let digits = line?.split(whereSeparator: \.isWhitespace).last, let held = UInt64(digits, radix: 16) else {
            return false
        }
        let needed: UInt64 = 1 << 12 | 1 << 21
        return held & needed == needed
    }

    /// Makes what is missing. Throws when pods would have no network.
    public func prepare() async throws {
        let present = Self.interfaces()
        var lines: [String] = []
        // Those of nodes that there are no more.
        for name in present where isOfTheCluster(name) && !bridges.contains(where: { $0.interface == name }) {
            lines.append("link delete dev \(name)")
        }
        for bridge in bridges {
            if !present.contains(bridge.interface) {
                lines.append("link add name \(bridge.interface) address \(bridge.hardwareAddress) type bridge")
            }
            lines.append("address replace \(bridge.gateway)/\(bridge.network.prefixLength) dev \(bridge.interface)")
            lines.append("link set dev \(bridge.interface) up")
        }
        lines.append("route replace local \(services) dev lo")
        try await configure(lines)
        do throws(ContainerError) {
            try SystemCall.write("1", to: "/proc/sys/net/ipv4/ip_forward")
        } catch {
            logger.warning("Pods reach no other nodes and nothing outside", metadata: ["error": "\(error)"])
        }
        await masquerade()
    }

    /// Takes all of it away; what pods still run are cut off.
    public func remove() async {
        let present = Set(Self.interfaces())
        try? await lead([:])
        var lines = bridges.filter { present.contains($0.interface) }.map { "link delete dev \($0.interface)" }
        lines.append("route delete local \(services) dev lo")
        do { try await configure(lines) } catch {
            logger.warning("Cannot take the network away", metadata: ["error": "\(error)"])
        }
        // A pod that was being made at the end was nobody's to stop.
        for name in bridges.flatMap({ NetworkNamespace.names(withPrefix: $0.namespacePrefix) }) {
            NetworkNamespace(name: name).remove()
        }
        if let program = ToolProcess.find("nft") {
            _ = try? await ToolProcess.run(program, ["delete", "table", "ip", table])
        }
    }

    private func configure(_ lines: [String]) async throws {
        guard let program = ToolProcess.find("ip") else { throw ContainerError.refused("there is no program ip") }
        let input = Array((lines.joined(separator: "\n") + "\n").utf8)
        let result = try await ToolProcess.run(program, ["-batch", "-"], input: input)
        guard result.exitCode == 0 else { throw ContainerError.refused("ip: \(result.complaint)") }
    }

    // MARK: Other nodes

    /// What marks our routes in the kernel's table (`rtm_protocol` of rtnetlink(7)); a number that nobody else has.
    private static let routeProtocol = 83

    /// Leads what is for pods of nodes elsewhere to those nodes: these routes and no others. Throws what the kernel says of those
    /// that it refuses; the others are there.
    public func lead(_ routes: [CIDR: IPAddress]) async throws {
        guard let program = ToolProcess.find("ip") else { throw ContainerError.refused("there is no program ip") }
        let known = try await ToolProcess.run(
            program, ["-4", "-json", "route", "show", "proto", String(Self.routeProtocol)])
        let present = ((try? JSON(parsing: known.output))?.elements ?? []).compactMap { route -> (CIDR, String)? in
            guard let range = CIDR(route["dst"]?.string ?? ""), pods.overlaps(range) else { return nil }
            return (range, route["gateway"]?.string ?? "")
        }
        var lines = present.filter { routes[$0.0] == nil }.map { "route delete \($0.0) proto \(Self.routeProtocol)" }
        for (range, address) in routes.sorted(by: { $0.key.first < $1.key.first })
        where !present.contains(where: { $0.0 == range && $0.1 == address.description }) {
            lines.append("route replace \(range) via \(address) proto \(Self.routeProtocol)")
        }
        if lines.isEmpty { return }
        let input = Array((lines.joined(separator: "\n") + "\n").utf8)
        let result = try await ToolProcess.run(program, ["-force", "-batch", "-"], input: input)
        guard result.exitCode == 0 else { throw ContainerError.refused("ip: \(result.complaint)") }
    }

    // MARK: What goes elsewhere

    private var table: String { NodeBridge.prefix + NodeBridge.digits(pods.first.bytes) }

    /// Pods' addresses mean nothing outside: what they send there comes from the machine.
    private func masquerade() async {
        let rules = """
            table ip \(table) {}
            delete table ip \(table)
            table ip \(table) {
              chain postrouting {
                type nat hook postrouting priority 100; policy accept;
                ip saddr \(pods) ip daddr != \(pods) masquerade
              }
            }

            """
        var why = "the program nft is not installed (Debian's nftables)"
        if let program = ToolProcess.find("nft") {
            do {
                let result = try await ToolProcess.run(program, ["-f", "-"], input: Array(rules.utf8))
                if result.exitCode == 0 { return }
                why = result.complaint
            } catch { why = "\(error)" }
        }
        logger.warning("Pods reach nothing outside of the cluster", metadata: ["error": "\(why)"])
    }

    // MARK: What is there

    private func isOfTheCluster(_ interface: String) -> Bool {
        guard interface.hasPrefix(NodeBridge.prefix),
            let number = UInt32(interface.dropFirst(NodeBridge.prefix.count), radix: 16), number < 1 << 24
        else { return false }
        return pods.contains(IPAddress(ipv4: number << 8))
    }

    /// The interfaces of this process' namespace, whichever one /sys shows.
    private static func interfaces() -> [String] {
        let text = String(decoding: SystemCall.contents(of: "/proc/net/dev") ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return line[..<colon].split(separator: " ").first.map(String.init)
        }
    }

    /// The networks that the machine reaches by itself but for those of clusters, as /proc/net/route tells them.
    public static func routes() -> [CIDR] {
        let text = String(decoding: SystemCall.contents(of: "/proc/net/route") ?? [], as: UTF8.self)
        return routes(text)
    }
    static func routes(_ text: String) -> [CIDR] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            guard fields.count > 7, !fields[0].hasPrefix(NodeBridge.prefix),
                let address = UInt32(fields[1], radix: 16), let mask = UInt32(fields[7], radix: 16), mask != 0
            else { return nil }
            return CIDR(ipv4: UInt32(bigEndian: address), prefixLength: mask.nonzeroBitCount)
        }
    }
}
