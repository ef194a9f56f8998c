import APIMachinery

/// The bridge of one node in the machine's network namespace; its name is made of the network, so that whoever comes to
/// have the network finds what is left of it.
struct NodeBridge: Sendable {
    static let prefix = "skiff-"
    let network: CIDR

    init(_ network: CIDR) { self.network = network }

    /// Such as skiff-0af400 for 10.244.0.0/24.
    var interface: String { Self.prefix + Self.digits(network.first.bytes.prefix(3)) }
    /// Its own address, which is the node's and its pods' way out.
    var gateway: IPAddress { network.first.advanced(by: 1) ?? network.first }
    /// One that stays: a bridge without one has the lowest of its ports', and pods would lose it with the port.
    var hardwareAddress: String { (["0a", "58"] + gateway.bytes.map { Self.digits([$0]) }).joined(separator: ":") }

    /// What the names of its pods' namespaces begin with: this process' own namespace is in it, as others on the machine
    /// may have the same addresses in theirs.
    var namespacePrefix: String { "\(interface)-\(NetworkNamespace.own)-" }

    static func digits(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { UInt64($0).digits(2, radix: 16) }.joined()
    }

    /// Takes the interfaces at it away that are not these.
    func removePorts(but kept: Set<String>) async {
        guard let program = ToolProcess.find("ip"),
            let result = try? await ToolProcess.run(program, ["-json", "link", "show", "master", interface]),
            let ports = try? JSON(parsing: result.output)
        else { return }
        for name in ports.elements.compactMap({ $0["ifname"]?.string }) where !kept.contains(name) {
            _ = try? await ToolProcess.run(program, ["link", "delete", "dev", name])
        }
    }
}
