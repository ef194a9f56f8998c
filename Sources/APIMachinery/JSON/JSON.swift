/// A JSON value (RFC 8259) that keeps numbers as they were written and members in the order they came.
public struct JSON: Sendable {
    /// What a value is.
    public enum Kind: Sendable, Equatable { case null, bool, number, string, array, object }

    enum Node: Sendable {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([JSON])
        case object([(name: String, value: JSON)])
    }

    var node: Node

    init(node: Node) { self.node = node }

    public static let null = JSON(node: .null)
    /// The empty object, `{}`.
    public static let object = JSON(node: .object([]))
    /// The empty array, `[]`.
    public static let array = JSON(node: .array([]))

    public init(_ value: String) { node = .string(value) }
    public init(_ value: Bool) { node = .bool(value) }
    public init(_ value: some FixedWidthInteger) { node = .number(String(value)) }
    /// A finite number; NaN and the infinities become null, as JSON has no form for them.
    public init(_ value: Double) {
        node =
            value.isFinite
            ? .number(value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)) : .null
    }
    public init(_ elements: [JSON]) { node = .array(elements) }
    public init(_ strings: [String]) { node = .array(strings.map { JSON($0) }) }
    /// An object whose members are sorted by name.
    public init(_ map: [String: String]) {
        node = .object(map.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) })
    }
    /// An object with these members in this order; names must differ.
    public init(members: [(name: String, value: JSON)]) { node = .object(members) }

    public var kind: Kind {
        switch node {
        case .null: .null
        case .bool: .bool
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
    public var isNull: Bool { kind == .null }
    public var isObject: Bool { kind == .object }
    public var isArray: Bool { kind == .array }

    /// The string, or nil if this is not a string.
    public var string: String? { if case .string(let value) = node { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = node { value } else { nil } }
    /// The number as it was written, or nil if this is not a number.
    public var number: String? { if case .number(let text) = node { text } else { nil } }
    /// The number if it is whole and fits; nil otherwise.
    public var int: Int? { number.flatMap { Int($0) } }
    public var double: Double? { number.flatMap { Double($0) } }

    /// The elements of an array; empty for anything else.
    public var elements: [JSON] { if case .array(let elements) = node { elements } else { [] } }
    /// The members of an object in their order; empty for anything else.
    public var members: [(name: String, value: JSON)] { if case .object(let members) = node { members } else { [] } }
    /// The strings among an array's elements.
    public var strings: [String] { elements.compactMap(\.string) }
    /// An object's members that are strings; empty for anything else.
    public var stringMap: [String: String] {
        var map: [String: String] = [:]
        for member in members { if let text = member.value.string { map[member.name] = text } }
        return map
    }
    /// The number of elements or members; 0 for scalars.
    public var count: Int {
        switch node {
        case .array(let elements): elements.count
        case .object(let members): members.count
        default: 0
        }
    }
    /// Whether this is an array or object with nothing in it, or null.
    public var isEmpty: Bool {
        switch kind {
        case .array, .object: count == 0;
        case .null: true;
        default: false
        }
    }

    /// An object's member: nil when absent or when this is not an object. Setting nil removes the member; setting a
    /// member of a null makes it an object; setting one of another value replaces it by an object.
    public subscript(_ name: String) -> JSON? {
        get {
            guard case .object(let members) = node else { return nil }
            return members.first { $0.name == name }?.value
        }
        set {
            var members: [(name: String, value: JSON)] = if case .object(let present) = node { present } else { [] }
            if let index = members.firstIndex(where: { $0.name == name }) {
                if let newValue { members[index].value = newValue } else { members.remove(at: index) }
            } else if let newValue {
                members.append((name, newValue))
            }
            node = .object(members)
        }
    }

    /// The value at the end of a path of member names. Setting makes the objects on the way; setting nil removes the
    /// last member only and makes nothing.
    public subscript(_ first: String, _ second: String, _ rest: String...) -> JSON? {
        get {
            guard var value = self[first]?[second] else { return nil }
            for name in rest {
                guard let next = value[name] else { return nil }
                value = next
            }
            return value
        }
        set { set([first, second] + rest, to: newValue) }
    }

    /// The same as the path subscript with the path as an array; the empty path is the value itself.
    public func at(_ path: [String]) -> JSON? {
        var value = self
        for name in path {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }

    public mutating func set(_ path: some Collection<String>, to newValue: JSON?) {
        guard let first = path.first else {
            self = newValue ?? .null
            return
        }
        let rest = path.dropFirst()
        if rest.isEmpty {
            if newValue != nil || self[first] != nil { self[first] = newValue }
        } else {
            if newValue == nil && self[first] == nil { return }
            var inner = self[first] ?? .object
            inner.set(rest, to: newValue)
            self[first] = inner
        }
    }

    /// An array's element; null when out of range or when this is not an array. Setting out of range does nothing.
    public subscript(_ index: Int) -> JSON {
        get {
            guard case .array(let elements) = node, elements.indices.contains(index) else { return .null }
            return elements[index]
        }
        set {
            guard case .array(var elements) = node, elements.indices.contains(index) else { return }
            elements[index] = newValue
            node = .array(elements)
        }
    }

    /// Appends to an array; a null becomes an array first, anything else is replaced by one.
    public mutating func append(_ element: JSON) {
        var elements = self.elements
        elements.append(element)
        node = .array(elements)
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self.init(value) }
    public init(booleanLiteral value: Bool) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(value) }
    public init(arrayLiteral elements: JSON...) { self.init(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(members: elements.map { (name: $0.0, value: $0.1) })
    }
    public init(nilLiteral: ()) { self = .null }
}

/// Two values are equal if they have the same meaning: the order of members does not count, numbers count by value.
extension JSON: Equatable {
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left.node, right.node) {
        case (.null, .null): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.number(let a), .number(let b)): return a == b || Double(a) == Double(b)
        case (.string(let a), .string(let b)): return a == b
        case (.array(let a), .array(let b)): return a == b
        case (.object(let a), .object(let b)):
            guard a.count == b.count else { return false }
            return a.allSatisfy { member in right[member.name] == member.value }
        default: return false
        }
    }
}
