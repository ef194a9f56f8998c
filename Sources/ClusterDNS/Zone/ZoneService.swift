import APIMachinery
import ControlLoops
import KubeAPI

/// What a Service's names lead to.
struct ZoneService: Sendable, Equatable {
    /// A pod or other address behind the Service, with the label that names it below the Service.
    struct Member: Sendable, Equatable {
        var label: String
        var address: IPv4
        var ports: [Port]
    }
    struct Port: Sendable, Hashable {
        var name: String
        /// "tcp", "udp" or "sctp".
        var transport: String
        var number: UInt16
    }
    enum Form: Sendable, Equatable {
        case clusterIPs([IPv4], ports: [Port])
        case headless
        case alias(DNSName)
    }
    var form: Form
    var members: [Member]

    /// nil when there is no such Service, or nothing of it is known to names (no address yet).
    init?(_ entry: ServiceEntry) {
        guard let service = entry.service else { return nil }
        let spec = service.spec
        members = Self.members(entry, publishesAll: spec.publishNotReadyAddresses ?? false)
        if spec.type == "ExternalName" {
            guard let name = spec.externalName.flatMap({ DNSName($0) }) else { return nil }
            form = .alias(name)
        } else if spec.clusterIP == "None" {
            form = .headless
        } else {
            let addresses = (spec.clusterIPs.isEmpty ? [spec.clusterIP ?? ""] : spec.clusterIPs).compactMap { IPv4($0) }
            let ports = spec.ports.compactMap { port in
                port.port.flatMap { Self.port(port.name, port.protocol, $0) }
            }
            form = .clusterIPs(addresses, ports: ports)
        }
    }

    private static func members(_ entry: ServiceEntry, publishesAll: Bool) -> [Member] {
        var members: [String: Member] = [:]
        for (_, slice) in entry.slices.sorted(by: { $0.key < $1.key }) {
            let ports = slice.ports.compactMap { port($0.name, $0.transport, $0.number) }
            for endpoint in slice.endpoints where endpoint.isReady || publishesAll {
                guard let address = IPv4(endpoint.address) else { continue }
                let label = endpoint.hostname.map { $0.lowercased() } ?? dashed(address)
                let id = "\(label)/\(address)"
                if members[id] == nil { members[id] = Member(label: label, address: address, ports: []) }
                for port in ports where members[id]?.ports.contains(port) == false { members[id]?.ports.append(port) }
            }
        }
        return members.values.sorted { ($0.address.number, $0.label) < ($1.address.number, $1.label) }
    }

    static func dashed(_ address: IPv4) -> String { address.bytes.map(String.init).joined(separator: "-") }

    private static func port(_ name: String?, _ transport: String?, _ number: Int) -> Port? {
        UInt16(exactly: number).map {
            Port(name: (name ?? "").lowercased(), transport: (transport ?? "TCP").lowercased(), number: $0)
        }
    }
}
