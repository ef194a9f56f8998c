extension JSON {
    /// Nesting deeper than this is refused.
    public static let maximumDepth = 512
    /// Of the members found twice, so many are named.
    public static let maximumDuplicatesNamed = 100

    /// Reads one value; white space may surround it, nothing else may follow. Of members with the same name the last one
    /// counts, and a lone surrogate becomes U+FFFD, both as in Go's encoding/json; bytes that are not UTF-8 are refused.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var duplicates: [String] = []
        try self.init(parsing: bytes, duplicateFields: &duplicates)
    }
    public init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8)) }

    /// The same, and tells the paths of members whose name came before, such as `spec.containers[0].name`.
    public init(parsing bytes: [UInt8], duplicateFields: inout [String]) throws(JSONError) {
        (self, duplicateFields, _) = try Self.parse(bytes)
    }

    /// The value, the members that came before, and the value with all of them, each in its place.
    static func parse(_ bytes: [UInt8]) throws(JSONError) -> (value: JSON, duplicates: [String], sent: JSON) {
        let (document, needsRewriting, duplicates) = try Document.parse(bytes)
        let sent = JSON(document, 0)
        guard needsRewriting else { return (sent, duplicates, sent) }
        return (document.clean(0, hasDuplicates: !duplicates.isEmpty).frozen, duplicates, sent)
    }
}

extension Document {
    /// A text with much room behind it is copied rather than kept.
    private static let tolerableSlack = 512

    fileprivate static func parse(
        _ bytes: [UInt8]
    ) throws(JSONError) -> (Document, needsRewriting: Bool, duplicates: [String]) {
        guard bytes.count <= Token.maximumLength else {
            throw bytes.withUnsafeBufferPointer { Fault(place: .length, offset: 0).error(in: $0) }
        }
        let outcome = bytes.withUnsafeBufferPointer { parse($0) }
        let (tape, needsRewriting, duplicates) = try outcome.get()
        let end = Token(bits: tape[0]).end
        let slack = bytes.capacity - end
        let text = end < bytes.count || slack > max(tolerableSlack, end / 4) ? Array(bytes[..<end]) : bytes
        return (Document(text: text, tape: tape), needsRewriting, duplicates)
    }

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Result<([UInt64], Bool, [String]), JSONError> {
        guard let start = text.baseAddress, text.count > 0 else {
            return .failure(Fault(place: .value, offset: 0).error(in: text))
        }
        // The densest text, `[]` in `[]`, takes a word per byte, and each container that is still open one more.
        let scratch = UnsafeMutablePointer<UInt64>.allocate(capacity: text.count + JSON.maximumDepth + 2)
        let frames = UnsafeMutablePointer<Parser.Frame>.allocate(capacity: JSON.maximumDepth + 1)
        defer {
            scratch.deallocate()
            frames.deallocate()
        }
        var parser = Parser(text: start, count: text.count, tape: scratch, frames: frames)
        do {
            try parser.run()
        } catch {
            return .failure(error.error(in: text))
        }
        let tape = Array(UnsafeBufferPointer(start: scratch, count: parser.top))
        return .success((tape, parser.needsRewriting, parser.duplicates))
    }
}
