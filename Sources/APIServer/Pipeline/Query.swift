import APIMachinery

/// Percent-decoding (RFC 3986) for paths and queries.
enum Percent {
    /// nil for a broken escape or bytes that are no UTF-8; `+` is a space in queries only.
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool) -> String? {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else if byte == UInt8(ascii: "+"), plusIsSpace {
                bytes.append(UInt8(ascii: " "))
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// A query's parameters in order.
struct Query: Sendable {
    private var parameters: [(name: String, value: String)] = []

    init() {}

    /// Throws 400 for broken escapes.
    init(_ text: String) throws {
        guard !text.isEmpty else { return }
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Percent.decode(sides[0], plusIsSpace: true),
                let value = Percent.decode(sides.count == 2 ? sides[1] : "", plusIsSpace: true)
            else { throw StatusError.badRequest("invalid URL escape in the query: \"\(part)\"") }
            parameters.append((name, value))
        }
    }

    /// The first value; nil when the parameter is absent.
    subscript(_ name: String) -> String? {
        get { parameters.first { $0.name == name }?.value }
        set {
            parameters.removeAll { $0.name == name }
            if let newValue { parameters.append((name, newValue)) }
        }
    }
    func text(_ name: String) -> String { self[name] ?? "" }
    func all(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }

    /// As Kubernetes reads booleans: present and not "false" or "0".
    func flag(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return value.lowercased() != "false" && value != "0"
    }
    /// nil when absent or empty; throws 400 when not a whole number.
    func number(_ name: String) throws -> Int? {
        guard let value = self[name], !value.isEmpty else { return nil }
        guard let number = Int(value) else {
            throw StatusError.badRequest("strconv.ParseInt: parsing \"\(value)\": invalid syntax (parameter \(name))")
        }
        return number
    }
}
