import APIMachinery

/// Collects sentences for the Warning header: what an object may be but had better not. Like `FieldChecker` it puts paths in
/// front only of what was found, so that an object without warnings pays nothing for them.
struct WarningCollector {
    private var found: [(path: String?, text: String)] = []

    /// The sentences, in the order of the checks.
    var sentences: [String] { found.map { path, text in path.map { "\($0): \(text)" } ?? text } }

    /// `text` comes after the field's path and a colon.
    mutating func warn(_ field: String, _ text: String) { found.append((field, text)) }
    /// A sentence as it stands.
    mutating func say(_ text: String) { found.append((nil, text)) }

    // MARK: Places

    /// Runs checks of a member that is there; `name` may be a path.
    mutating func inside(_ name: String, _ value: JSON?, _ check: (inout WarningCollector, JSON) -> Void) {
        guard let value, !value.isNull else { return }
        inside(name) { check(&$0, value) }
    }
    /// Runs checks whose fields are below `name`.
    mutating func inside(_ name: String, _ check: (inout WarningCollector) -> Void) {
        let start = found.count
        check(&self)
        for index in start..<found.count { prefix(name, index) }
    }
    /// Runs checks of every element of a list that is a member of `holder`.
    mutating func each(_ name: String, of holder: JSON?, _ check: (inout WarningCollector, JSON) -> Void) {
        guard let list = holder?[name] else { return }
        for (position, element) in list.elements.enumerated() {
            let start = found.count
            check(&self, element)
            for index in start..<found.count { prefix("\(name)[\(position)]", index) }
        }
    }
    private mutating func prefix(_ name: String, _ index: Int) {
        guard let field = found[index].path else { return }
        found[index].path = field.isEmpty ? name : field.hasPrefix("[") ? name + field : "\(name).\(field)"
    }

    // MARK: Common rules

    /// A name that ends up in pods' names and host names.
    mutating func nameOfPods(_ object: JSON) {
        let sentences = Validation.isDNS1123Label(object["metadata", "name"]?.string ?? "")
        guard !sentences.isEmpty else { return }
        warn(
            "metadata.name",
            "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is "
                + "recommended: \(Self.list(sentences))")
    }

    /// As Go shows a list of strings.
    static func list(_ sentences: [String]) -> String { "[\(sentences.joined(separator: " "))]" }

    /// A quantity that counts bytes, of which there are no parts.
    mutating func wholeBytes(_ field: String, of resources: JSON?, _ name: String) {
        guard let value = resources?[name], let quantity = try? Quantity(value), quantity.milliValue % 1000 != 0 else {
            return
        }
        warn("\(field)[\(name)]", "fractional byte value \(JSON(quantity.text).text) is invalid, must be an integer")
    }

    /// An address whose text is not the one that it would be written as.
    mutating func address(_ field: String, _ text: String) {
        guard let address = IPAddress(text) else { return }
        let shown = "\(JSON(text).text)"
        if let ipv4 = address.mappedIPv4 {
            warn(field, "non-standard IP address \(shown) is invalid: use \(JSON(ipv4.description).text)")
        } else if address.isIPv6, address.description != text {
            warn(
                field,
                "IPv6 address \(shown) should be in RFC 5952 canonical format (\(JSON(address.description).text))")
        }
    }

    /// A network that is ambiguous or not written as it would be.
    mutating func network(_ field: String, _ text: String) {
        guard let network = CIDR(text) else { return }
        let shown = JSON(text).text
        let plain = "\(network.first)/\(network.prefixLength)"
        let before = found.count
        if network.first != network.address {
            let single = "\(network.address)/\(network.address.isIPv6 ? 128 : 32)"
            warn(
                field,
                "CIDR value \(shown) is ambiguous in this context (should be \(JSON(plain).text) or "
                    + "\(JSON(single).text)?)")
        }
        if network.address.mappedIPv4 != nil {
            warn(field, "non-standard CIDR value \(shown) is invalid: use \(JSON(plain).text)")
        }
        if found.count == before, network.address.isIPv6, plain != text {
            warn(field, "IPv6 CIDR value \(shown) should be in RFC 5952 canonical format (\(JSON(plain).text))")
        }
    }
}

extension IPAddress {
    /// The IPv4 address that an IPv6 address of the form `::ffff:10.0.0.1` stands for.
    fileprivate var mappedIPv4: IPAddress? {
        guard isIPv6, value >> 32 == 0xFFFF else { return nil }
        return IPAddress(ipv4: UInt32(truncatingIfNeeded: value))
    }
}
