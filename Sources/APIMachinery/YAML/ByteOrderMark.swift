/// The mark that editors put in front of a text to say how it is encoded. libyaml counts it as a column, so that what
/// follows on the next lines would be outside of the document.
enum ByteOrderMark {
    private static let utf8: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The text as UTF-8, without marks at its start and at the start of each document in it: files that were joined keep
    /// theirs.
    static func removed(from bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), isBigEndian: false) ?? bytes }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), isBigEndian: true) ?? bytes }
        guard bytes.contains(utf8[0]) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isDocumentStart = true
        var lineStart = 0
        while lineStart < bytes.count {
            let lineEnd = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            var line = bytes[lineStart..<lineEnd]
            lineStart = lineEnd
            if line.starts(with: utf8) {
                let rest = line.dropFirst(utf8.count)
                if isDocumentStart || rest.starts(with: "---".utf8) { line = rest }
            }
            result.append(contentsOf: line)
            isDocumentStart = isSeparator(line) || isDocumentStart && isBlank(line)
        }
        return result
    }

    /// Whether a line ends a document and says nothing of the next one.
    private static func isSeparator(_ line: ArraySlice<UInt8>) -> Bool {
        (line.starts(with: "---".utf8) || line.starts(with: "...".utf8)) && isBlank(line.dropFirst(3))
    }
    /// White space, or a comment.
    private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
        let first = line.first { ![0x20, 0x09, 0x0D, 0x0A].contains($0) }
        return first == nil || first == UInt8(ascii: "#")
    }

    /// nil for half a character or a lone surrogate.
    private static func utf16(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> [UInt8]? {
        guard bytes.count % 2 == 0 else { return nil }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isBigEndian ? first << 8 | second : second << 8 | first
        }
        return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
    }
}
