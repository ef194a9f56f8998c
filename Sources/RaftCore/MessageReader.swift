/// Reads integers, lowest byte first, and what is made of them.
struct MessageReader {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    private var remaining: Int { bytes.endIndex - offset }

    mutating func integer<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type
    ) throws(CodingFailure) -> Number {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { throw .truncated }
        defer { offset += size }
        var number: Number = 0
        for place in 0..<size { number |= Number(bytes[offset + place]) << (8 * place) }
        return number
    }

    mutating func flag() throws(CodingFailure) -> Bool {
        switch try integer(UInt8.self) {
        case 0: false
        case 1: true
        default: throw .malformed
        }
    }

    /// A term or an index. None that is honest comes near the limit, and below it adding one cannot overflow.
    mutating func ordinal() throws(CodingFailure) -> UInt64 {
        let number = try integer(UInt64.self)
        guard number <= Message.ordinalLimit else { throw .malformed }
        return number
    }

    mutating func position() throws(CodingFailure) -> LogPosition {
        LogPosition(index: try ordinal(), term: try ordinal())
    }

    /// Entries with the indexes after `index`, and with terms that do not fall.
    mutating func entries(after index: Index) throws(CodingFailure) -> [Entry] {
        let count = Int(try integer(UInt32.self))
        guard count <= Message.entryLimit else { throw .tooLong }
        // Each takes at least 13 bytes; a false count reserves nothing that the message does not hold.
        guard remaining >= count * 13 else { throw .truncated }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for place in 0..<UInt64(count) { entries.append(try entry(at: index + 1 + place)) }
        return entries
    }

    private mutating func entry(at index: Index) throws(CodingFailure) -> Entry {
        let term = try ordinal()
        let code = try integer(UInt8.self)
        guard let kind = Entry.Kind(rawValue: code) else { throw .unknownKind(code) }
        let command = try command(length: Int(try integer(UInt32.self)))
        let entry = Entry(index: index, term: term, kind: kind, command: command)
        if kind == .configuration { _ = try Configuration(decoding: command) }
        return entry
    }

    private mutating func command(length: Int) throws(CodingFailure) -> [UInt8] {
        guard length <= remaining else { throw .truncated }
        defer { offset += length }
        return [UInt8](bytes[offset..<offset + length])
    }

    func end() throws(CodingFailure) {
        if remaining > 0 { throw .trailing }
    }
}

extension [UInt8] {
    mutating func appendInteger<Number: FixedWidthInteger>(_ number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    mutating func appendPosition(_ position: LogPosition) {
        appendInteger(position.index)
        appendInteger(position.term)
    }
}
