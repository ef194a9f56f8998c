/// The fields of one message, one after the other (protobuf's wire format).
struct ProtobufReader {
    enum Field {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case delimited(ProtobufReader)
    }

    private let text: [UInt8]
    private(set) var range: Range<Int>

    init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
        text = bytes
        self.range = range ?? 0..<bytes.count
    }

    var isAtEnd: Bool { range.isEmpty }
    var bytes: ArraySlice<UInt8> { text[range] }

    mutating func next() throws(ProtobufError) -> (number: Int, field: Field)? {
        if range.isEmpty { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw ProtobufError("illegal tag \(tag >> 3)") }
        return (Int(tag >> 3), try field(wireType: Int(tag & 7)))
    }

    private mutating func field(wireType: Int) throws(ProtobufError) -> Field {
        switch wireType {
        case 0: return .varint(try varint())
        case 1: return .fixed64(try fixed(8))
        case 5: return .fixed32(UInt32(truncatingIfNeeded: try fixed(4)))
        case 2:
            let length = try varint()
            guard length <= UInt64(range.count) else { throw ProtobufError("unexpected end of the message") }
            let end = range.lowerBound + Int(length)
            let inner = ProtobufReader(text, range.lowerBound..<end)
            range = end..<range.upperBound
            return .delimited(inner)
        default: throw ProtobufError("illegal wire type \(wireType)")
        }
    }

    mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard let index = range.first else { throw ProtobufError("unexpected end of the message") }
            range = index + 1..<range.upperBound
            value |= UInt64(text[index] & 0x7F) << UInt64(shift)
            if text[index] < 0x80 { return value }
        }
        throw ProtobufError("integer overflow")
    }

    private mutating func fixed(_ count: Int) throws(ProtobufError) -> UInt64 {
        guard range.count >= count else { throw ProtobufError("unexpected end of the message") }
        let end = range.lowerBound + count
        let value = text[range.lowerBound..<end].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        range = end..<range.upperBound
        return value
    }
}

extension ProtobufReader.Field {
    func message() throws(ProtobufError) -> ProtobufReader {
        guard case .delimited(let reader) = self else { throw ProtobufError("wrong wire type for a message") }
        return reader
    }
    func bytes() throws(ProtobufError) -> [UInt8] { Array(try message().bytes) }
    func string() throws(ProtobufError) -> String {
        guard let string = String(validating: try message().bytes, as: UTF8.self) else {
            throw ProtobufError("string is not UTF-8")
        }
        return string
    }
    func varint() throws(ProtobufError) -> UInt64 {
        guard case .varint(let value) = self else { throw ProtobufError("wrong wire type for a number") }
        return value
    }
    func int64() throws(ProtobufError) -> Int64 { Int64(bitPattern: try varint()) }
    func int32() throws(ProtobufError) -> Int32 { Int32(truncatingIfNeeded: try varint()) }
    func double() throws(ProtobufError) -> Double {
        guard case .fixed64(let bits) = self else { throw ProtobufError("wrong wire type for a number") }
        return Double(bitPattern: bits)
    }
}

/// Writes the fields of one message.
struct ProtobufWriter {
    private(set) var output: [UInt8]

    init(_ start: [UInt8] = []) { output = start }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(truncatingIfNeeded: rest))
    }
    mutating func integer(_ number: Int, _ value: Int64) {
        varint(UInt64(number) << 3)
        varint(UInt64(bitPattern: value))
    }
    mutating func double(_ number: Int, _ value: Double) {
        varint(UInt64(number) << 3 | 1)
        for shift in stride(from: 0, to: 64, by: 8) {
            output.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
        }
    }
    mutating func bytes(_ number: Int, _ bytes: [UInt8]) {
        start(number, count: bytes.count)
        output += bytes
    }
    mutating func string(_ number: Int, _ text: String) {
        start(number, count: text.utf8.count)
        output += text.utf8
    }
    /// What comes before so many bytes of a delimited field.
    mutating func start(_ number: Int, count: Int) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(count))
    }
    /// A field that is a message: its length is put before it when it is known.
    mutating func message<Failure: Error>(
        _ number: Int, _ write: (inout ProtobufWriter) throws(Failure) -> Void
    ) throws(Failure) {
        varint(UInt64(number) << 3 | 2)
        let place = output.count
        output.append(0)
        try write(&self)
        var length = output.count - place - 1
        guard length >= 0x80 else {
            output[place] = UInt8(length)
            return
        }
        var digits: [UInt8] = []
        while length >= 0x80 {
            digits.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        digits.append(UInt8(length))
        output.replaceSubrange(place...place, with: digits)
    }
}
