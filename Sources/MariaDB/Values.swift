/// A parameter of a statement, or a column of a row.
public enum SQLValue: Sendable, Equatable {
    case null
    case int(Int64)
    case unsigned(UInt64)
    case double(Double)
    /// Also dates, times and decimals, as MariaDB writes them.
    case text(String)
    case bytes([UInt8])

    public var isNull: Bool { self == .null }
    public var int: Int64? {
        switch self {
        case .int(let value): value
        case .unsigned(let value): Int64(exactly: value)
        default: nil
        }
    }
    public var text: String? { if case .text(let value) = self { value } else { nil } }
    public var bytes: [UInt8]? {
        switch self {
        case .bytes(let value): value
        case .text(let value): Array(value.utf8)
        default: nil
        }
    }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(nilLiteral: ()) { self = .null }
}

/// One row of a result, its columns in the statement's order.
public struct Row: Sendable, Equatable {
    public var columns: [SQLValue]
    public init(_ columns: [SQLValue]) { self.columns = columns }
    /// Null when there is no such column.
    public subscript(_ index: Int) -> SQLValue { columns.indices.contains(index) ? columns[index] : .null }
}

/// What a statement did that returns no rows.
public struct Outcome: Sendable, Equatable {
    public var affectedRows: Int
    /// The AUTO_INCREMENT value that was given out; 0 for none.
    public var lastInsertID: UInt64
}
