/// A JSON value (RFC 8259) that keeps numbers as they were written and members in the order they came.
///
/// A parsed value is a slice of its text and a tape of tokens (`Document`): reading walks the tape, and parts of it share
/// the one text. Changing a member unfolds only the containers on its path; what was not touched stays a slice, and is
/// copied as bytes when written. Looking up a member costs a walk over its siblings, so code that handles every member
/// of an object should go through `members` once.
public struct JSON: Sendable {
    /// What a value is.
    public enum Kind: Sendable, Equatable { case null, bool, number, string, array, object }

    enum Node: Sendable {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([JSON])
        case object([Member])
        /// The value whose token is at this index of the document's tape.
        case slice(Document, UInt32)
    }

    /// One member of an object.
    public typealias Member = (name: String, value: JSON)

    var node: Node

    init(node: Node) { self.node = node }
    init(_ document: Document, _ index: Int) { node = .slice(document, UInt32(truncatingIfNeeded: index)) }

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
        guard value.isFinite else {
            node = .null
            return
        }
        node = .number(value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value))
    }
    public init(_ elements: [JSON]) { node = .array(elements) }
    public init(_ strings: [String]) { node = .array(strings.map { JSON($0) }) }
    /// An object whose members are sorted by name.
    public init(_ map: [String: String]) {
        node = .object(map.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) })
    }
    /// An object with these members in this order; names must differ.
    public init(members: [(name: String, value: JSON)]) { node = .object(members) }
    /// A number whose text is known to be one (RFC 8259, section 6).
    init(number text: String) { node = .number(text) }

    public var kind: Kind {
        switch node {
        case .null: .null
        case .bool: .bool
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        case .slice(let document, let index):
            switch document.token(Int(index)).kind {
            case .null: .null
            case .true, .false: .bool
            case .number: .number
            case .string, .escapedString: .string
            case .array: .array
            case .object: .object
            }
        }
    }
    public var isNull: Bool { kind == .null }
    public var isObject: Bool { kind == .object }
    public var isArray: Bool { kind == .array }

    /// The string, or nil if this is not a string.
    public var string: String? {
        switch node {
        case .string(let value): value
        case .slice(let document, let index) where kind == .string: document.string(Int(index))
        default: nil
        }
    }
    public var bool: Bool? {
        switch node {
        case .bool(let value): value
        case .slice(let document, let index) where kind == .bool: document.token(Int(index)).kind == .true
        default: nil
        }
    }
    /// The number as it was written, or nil if this is not a number.
    public var number: String? {
        switch node {
        case .number(let text): text
        case .slice(let document, let index) where kind == .number:
            String(decoding: document.text[document.range(Int(index))], as: UTF8.self)
        default: nil
        }
    }
    /// The number if it is written as a whole one and fits; nil otherwise, so also for 1.0 and 1e3.
    public var int: Int? { number.flatMap { Int($0) } }
    /// The nearest finite double.
    public var double: Double? { number.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }
}

/// There is no literal for null: with one, `condition ? nil : value` would be JSON's null where a member is to be removed.
extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self.init(value) }
    public init(booleanLiteral value: Bool) { self.init(value) }
    public init(integerLiteral value: Int) { self.init(value) }
    public init(arrayLiteral elements: JSON...) { self.init(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(members: elements.map { (name: $0.0, value: $0.1) })
    }
}
