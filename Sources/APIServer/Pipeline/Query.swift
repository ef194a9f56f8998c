import APIMachinery
import Basics

/// A query's parameters in order.
struct Query: Sendable {
    private var parameters: [(name: String, value: String)] = []

    init() {}

    /// Throws 400 for broken escapes.
    init(_ text: String) throws {
        guard !text.isEmpty else { return }
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(sides[0], plusIsSpace: true),
                let value = PercentEncoding.decode(sides.count == 2 ? sides[1] : "", plusIsSpace: true)
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
            throw StatusError.badRequest("strconv.ParseInt: parsing \"\(value)\": invalid syntax")
        }
        return number
    }
}
