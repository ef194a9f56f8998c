import Basics

/// What expressions work with.
public indirect enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case timestamp(Instant)
    /// In nanoseconds.
    case duration(Int64)
    case list([Value])
    case map(any MapSource)
    case optional(Value?)
    case type(ValueType)
    case foreign(any ForeignValue)
}

/// A map or an object whose members are looked up when they are asked for.
public protocol MapSource: Sendable {
    var keys: [Value] { get }
    var count: Int { get }
    /// nil for what is absent.
    func value(_ key: Value) -> Value?
    /// What `in` says, should it differ.
    func contains(_ key: Value) -> Bool
    /// The type's name of an object; nil for a map.
    var typeName: String? { get }
}
extension MapSource {
    public var typeName: String? { nil }
    public func contains(_ key: Value) -> Bool { value(key) != nil }
}

/// A value of a type that the language does not know.
public protocol ForeignValue: Sendable {
    static var type: ValueType { get }
    func isEqual(to other: any ForeignValue) -> Bool
}

/// A map that is there.
public struct ValueMap: MapSource {
    private var places: [MapKey: Int] = [:]
    private var entries: [(key: Value, value: Value)] = []
    public init() {}
    public init(_ members: [String: Value]) {
        for (name, value) in members.sorted(by: { $0.key < $1.key }) { set(.string(name), value) }
    }
    public var keys: [Value] { entries.map(\.key) }
    public var count: Int { entries.count }
    public func value(_ key: Value) -> Value? {
        MapKey(key).flatMap { places[$0] }.map { entries[$0].value }
    }
    /// False if a key is of a type that keys cannot be of, or there already.
    @discardableResult mutating func set(_ key: Value, _ value: Value) -> Bool {
        guard let place = MapKey(key), places[place] == nil else { return false }
        places[place] = entries.count
        entries.append((key, value))
        return true
    }
}

/// Numbers that are equal are one key.
private enum MapKey: Hashable {
    case bool(Bool), int(Int64), uint(UInt64), string(String)
    init?(_ value: Value) {
        switch value {
        case .bool(let value): self = .bool(value)
        case .string(let value): self = .string(value)
        case .int(let value): self = .int(value)
        case .uint(let value): self = Int64(exactly: value).map { .int($0) } ?? .uint(value)
        case .double(let value):
            guard let whole = Int64(exactly: value) else { return nil }
            self = .int(whole)
        default: return nil
        }
    }
}

extension Value {
    public var type: ValueType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .duration: .duration
        case .list: .listOfAny
        case .map(let map): map.typeName.map { .named($0) } ?? .map(.dyn, .dyn)
        case .optional: .optional(.dyn)
        case .type: .type
        case .foreign(let value): Swift.type(of: value).type
        }
    }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }

    /// How much of it a function that reads it all reads.
    public var size: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .list(let values): values.count
        case .map(let map): map.count
        default: 1
        }
    }
}

extension Value: Equatable {
    /// Values of different types are different, but for numbers.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.duration(let a), .duration(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.type(let a), .type(let b)): a.runtimeName == b.runtimeName
        case (.optional(let a), .optional(let b)): a == b
        case (.foreign(let a), .foreign(let b)): a.isEqual(to: b)
        case (.map(let a), .map(let b)):
            a.count == b.count
                && a.keys.allSatisfy { key in
                    guard let mine = a.value(key), let other = b.value(key) else { return false }
                    return mine == other
                }
        default: Numbers.compare(left, right) == .same
        }
    }
}

/// How two values of comparable types lie.
enum Order { case before, same, after, none }

/// Numbers of the three sorts lie on one line.
enum Numbers {
    /// nil if one of them is no number.
    static func compare(_ left: Value, _ right: Value) -> Order? {
        switch (left, right) {
        case (.int(let a), .int(let b)): order(a, b)
        case (.uint(let a), .uint(let b)): order(a, b)
        case (.double(let a), .double(let b)): a.isNaN || b.isNaN ? Order.none : order(a, b)
        case (.int(let a), .uint(let b)): a < 0 ? .before : order(UInt64(a), b)
        case (.uint(let a), .int(let b)): b < 0 ? .after : order(a, UInt64(b))
        case (.int(let a), .double(let b)): whole(b, a, { Int64(exactly: $0) }, least: -0x1p63, beyond: 0x1p63)
        case (.uint(let a), .double(let b)): whole(b, a, { UInt64(exactly: $0) }, least: 0, beyond: 0x1p64)
        case (.double, .int), (.double, .uint): compare(right, left).map(turned)
        default: nil
        }
    }
    private static func order<T: Comparable>(_ a: T, _ b: T) -> Order { a < b ? .before : a == b ? .same : .after }
    private static func turned(_ order: Order) -> Order {
        switch order {
        case .before: .after
        case .after: .before
        default: order
        }
    }
    /// A whole number beside a double, exactly.
    private static func whole<T: FixedWidthInteger>(
        _ double: Double, _ number: T, _ exact: (Double) -> T?, least: Double, beyond: Double
    ) -> Order {
        if double.isNaN { return .none }
        if double < least { return .after }
        if double >= beyond { return .before }
        guard let floor = exact(double.rounded(.down)) else { return .none }
        if number == floor { return double == double.rounded(.down) ? .same : .before }
        return number < floor ? .before : .after
    }
}
