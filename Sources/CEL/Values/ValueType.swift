/// What is known of a value before it is there.
public indirect enum ValueType: Sendable, Hashable {
    /// Anything.
    case dyn
    case null, bool, int, uint, double, string, bytes, timestamp, duration, type
    case list(ValueType)
    case map(ValueType, ValueType)
    case optional(ValueType)
    /// An object type of the environment, or a type that came with its functions.
    case named(String)
    /// In the signature of a function: the same type wherever the same letter stands.
    case parameter(String)

    static let listOfAny = ValueType.list(.dyn)
}

extension ValueType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .dyn: "dyn"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .type: "type"
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        case .optional(let value): "optional_type(\(value))"
        case .named(let name): name
        case .parameter(let letter): letter
        }
    }
    /// As `type()` names it.
    var runtimeName: String {
        switch self {
        case .list: "list"
        case .map: "map"
        case .null: "null_type"
        case .optional: "optional_type"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        default: description
        }
    }
}

extension ValueType {
    /// Whether a value of this type may stand where `wanted` is; letters in `wanted` take what they meet first.
    func fits(_ wanted: ValueType, _ letters: inout [String: ValueType]) -> Bool {
        switch (self, wanted) {
        case (_, .parameter(let letter)):
            guard let known = letters[letter], known != .dyn else {
                letters[letter] = self
                return true
            }
            if self == .dyn || fits(known, &letters) { return true }
            guard known.fits(self, &letters) else { return false }
            letters[letter] = self
            return true
        case (.dyn, _), (_, .dyn): return true
        case (.list(let mine), .list(let other)): return mine.fits(other, &letters)
        case (.optional(let mine), .optional(let other)): return mine.fits(other, &letters)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return key.fits(otherKey, &letters) && value.fits(otherValue, &letters)
        // What may be absent may be null.
        case (.null, .named), (.null, .timestamp), (.null, .duration): return true
        default: return self == wanted
        }
    }
    func filled(_ letters: [String: ValueType]) -> ValueType {
        switch self {
        case .parameter(let letter): letters[letter] ?? .dyn
        case .list(let element): .list(element.filled(letters))
        case .optional(let value): .optional(value.filled(letters))
        case .map(let key, let value): .map(key.filled(letters), value.filled(letters))
        default: self
        }
    }
    /// What is either.
    func joined(_ other: ValueType) -> ValueType {
        if self == other { return self }
        switch (self, other) {
        case (.null, .named), (.null, .timestamp), (.null, .duration): return other
        case (.named, .null), (.timestamp, .null), (.duration, .null): return self
        case (.list(let mine), .list(let theirs)): return .list(mine.joined(theirs))
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return .map(key.joined(otherKey), value.joined(otherValue))
        default: return .dyn
        }
    }
}
