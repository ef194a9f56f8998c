import Basics

/// Reads integers, lowest byte first, and what is made of them.
struct MessageReader {
    private var reader: ByteReader

    /// What `body` reads from all of `bytes`; throws too if it leaves some.
    static func read<Content>(
        _ bytes: ArraySlice<UInt8>, _ body: (inout MessageReader) throws(CodingFailure) -> Content
    ) throws(CodingFailure) -> Content {
        let result: Result<Content, CodingFailure> = bytes.withUnsafeBytes { buffer in
            do throws(CodingFailure) {
                var reader = MessageReader(reader: ByteReader(buffer))
                let content = try body(&reader)
                return reader.reader.remaining == 0 ? .success(content) : .failure(.trailing)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    mutating func integer<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type
    ) throws(CodingFailure) -> Number {
        do { return try reader.read() } catch { throw .truncated }
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
        guard reader.remaining >= count * 13 else { throw .truncated }
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
        do { return try reader.readBytes(length) } catch { throw .truncated }
    }
}

extension [UInt8] {
    mutating func appendPosition(_ position: LogPosition) {
        appendInteger(position.index)
        appendInteger(position.term)
    }
}
