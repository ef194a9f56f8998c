/// The name/value block of SYN_STREAM, SYN_REPLY and HEADERS before compression (section 2.6.10): a count, then names
/// and values, each behind its length; all numbers have four bytes, the highest first.
enum SPDYHeaderBlock {
    /// Bytes of a block in the clear; more is refused while it is being decompressed.
    static let maximumBytes = 64 << 10
    static let maximumHeaders = 100

    static func bytes(of headers: [SPDYHeader]) -> [UInt8] {
        var output: [UInt8] = []
        output.appendNumber(UInt32(clamping: headers.count))
        for header in headers {
            for text in [header.name, header.value] {
                output.appendNumber(UInt32(clamping: text.utf8.count))
                output.append(contentsOf: text.utf8)
            }
        }
        return output
    }

    static func headers(in block: [UInt8]) throws(SPDYViolation) -> [SPDYHeader] {
        var rest = block[...]
        let count = try number(&rest)
        guard count <= maximumHeaders else { throw SPDYViolation(reason: "too many headers") }
        var headers: [SPDYHeader] = []
        for _ in 0..<count {
            let name = try text(&rest)
            let value = try text(&rest)
            guard !name.isEmpty, !name.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
            else { throw SPDYViolation(reason: "a header's name is empty or has capitals") }
            guard headers[name] == nil else { throw SPDYViolation(reason: "a header comes twice") }
            headers.append(SPDYHeader(name: name, value: value))
        }
        guard rest.isEmpty else { throw SPDYViolation(reason: "bytes after the headers") }
        return headers
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) throws(SPDYViolation) -> Int {
        guard rest.count >= 4 else { throw SPDYViolation(reason: "the headers end early") }
        defer { rest.removeFirst(4) }
        return Int(rest.number(at: 0))
    }
    private static func text(_ rest: inout ArraySlice<UInt8>) throws(SPDYViolation) -> String {
        let count = try number(&rest)
        guard rest.count >= count else { throw SPDYViolation(reason: "the headers end early") }
        defer { rest.removeFirst(count) }
        return String(decoding: rest.prefix(count), as: UTF8.self)
    }
}

extension [UInt8] {
    /// Four bytes, the highest first.
    mutating func appendNumber(_ number: UInt32) {
        for shift: UInt32 in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}

extension ArraySlice<UInt8> {
    /// The four bytes at a distance from the start, which must be there.
    func number(at offset: Int) -> UInt32 {
        self[(startIndex + offset)..<(startIndex + offset + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
}
