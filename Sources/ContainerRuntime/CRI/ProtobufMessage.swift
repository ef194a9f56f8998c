/// A protobuf message on its way out, field by field; what is its type's zero is left out, as proto3 has it.
/// Source: protobuf.dev/programming-guides/encoding.
package struct ProtobufMessage: Sendable, Equatable {
    package private(set) var bytes: [UInt8] = []

    package init() {}
    package init(_ write: (inout ProtobufMessage) -> Void) { write(&self) }

    package mutating func number(_ field: Int, _ value: Int) {
        guard value != 0 else { return }
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: Int64(value)))
    }
    package mutating func flag(_ field: Int, _ value: Bool) { number(field, value ? 1 : 0) }
    package mutating func text(_ field: Int, _ value: String) {
        if !value.isEmpty { delimited(field, Array(value.utf8)) }
    }
    package mutating func texts(_ field: Int, _ values: [String]) {
        for value in values { delimited(field, Array(value.utf8)) }
    }
    /// Written even when nothing is in it: it is there.
    package mutating func message(_ field: Int, _ write: (inout ProtobufMessage) -> Void) {
        delimited(field, ProtobufMessage(write).bytes)
    }
    package mutating func message(_ field: Int, _ message: ProtobufMessage) { delimited(field, message.bytes) }
    package mutating func map(_ field: Int, _ values: [String: String]) {
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            message(field) {
                $0.text(1, key)
                $0.text(2, value)
            }
        }
    }
    /// A message whose only field is a number: it may be there and be 0 (CRI's Int64Value).
    package mutating func optional(_ field: Int, _ value: Int?) {
        if let value { message(field) { $0.number(1, value) } }
    }

    private mutating func delimited(_ field: Int, _ content: [UInt8]) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }
    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// A protobuf message that has come: its fields by number. What is not there reads as its type's zero.
package struct ProtobufFields: Sendable {
    /// What ends before its time, or has a wire type that no version of protobuf has.
    package struct Malformed: Error, CustomStringConvertible {
        package var description: String { "grpc: failed to unmarshal the received message" }
    }
    private enum Value: Sendable {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }
    private var values: [Int: [Value]] = [:]

    package init(_ bytes: ArraySlice<UInt8>) throws(Malformed) {
        var rest = bytes
        while !rest.isEmpty {
            let key = try Self.varint(&rest)
            let value: Value
            switch key & 7 {
            case 0: value = .number(try Self.varint(&rest))
            case 1: value = .bytes(try Self.take(8, &rest))
            case 2: value = .bytes(try Self.take(try Self.varint(&rest), &rest))
            case 5: value = .bytes(try Self.take(4, &rest))
            default: throw Malformed()
            }
            values[Int(key >> 3), default: []].append(value)
        }
    }

    private static func take(_ count: UInt64, _ rest: inout ArraySlice<UInt8>) throws(Malformed) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Malformed() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
    private static func varint(_ rest: inout ArraySlice<UInt8>) throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw Malformed() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }

    package func number(_ field: Int) -> Int {
        if case .number(let value)? = values[field]?.last { Int(truncatingIfNeeded: value) } else { 0 }
    }
    package func flag(_ field: Int) -> Bool { number(field) != 0 }
    package func bytes(_ field: Int) -> ArraySlice<UInt8> {
        if case .bytes(let value)? = values[field]?.last { value } else { [] }
    }
    package func text(_ field: Int) -> String { String(decoding: bytes(field), as: UTF8.self) }
    package func texts(_ field: Int) -> [String] { all(field).map { String(decoding: $0, as: UTF8.self) } }
    /// nil when it is not there.
    package func message(_ field: Int) throws(Malformed) -> ProtobufFields? {
        if case .bytes(let value)? = values[field]?.last { try ProtobufFields(value) } else { nil }
    }
    package func messages(_ field: Int) throws(Malformed) -> [ProtobufFields] {
        var messages: [ProtobufFields] = []
        for bytes in all(field) { messages.append(try ProtobufFields(bytes)) }
        return messages
    }
    package func map(_ field: Int) throws(Malformed) -> [String: String] {
        var map: [String: String] = [:]
        for entry in try messages(field) { map[entry.text(1)] = entry.text(2) }
        return map
    }
    /// The number in a message that has but that; nil when it is not there.
    package func optional(_ field: Int) throws(Malformed) -> Int? { try message(field)?.number(1) }

    private func all(_ field: Int) -> [ArraySlice<UInt8>] {
        (values[field] ?? []).compactMap { if case .bytes(let value) = $0 { value } else { nil } }
    }
}
