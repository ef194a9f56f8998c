/// What little of SQL's surface the migrations runner must know.
enum SQLText {
    /// Statements between semicolons; those in quotes (' " `) and comments (`--`, `#`, `/* */`) do not count.
    static func statements(_ text: String) -> [String] {
        var statements: [String] = []
        var current: [UInt8] = []
        var hasContent = false
        let bytes = Array(text.utf8)
        var index = 0
        func end(of start: Int) -> Int { skip(bytes, from: start) ?? start }
        while index < bytes.count {
            let after = end(of: index)
            if after > index {
                if !isComment(bytes, index) { hasContent = true }
                current += bytes[index..<after]
                index = after
            } else if bytes[index] == UInt8(ascii: ";") {
                if hasContent { statements.append(trimmed(current)) }
                current = []
                hasContent = false
                index += 1
            } else {
                if !isSpace(bytes[index]) { hasContent = true }
                current.append(bytes[index])
                index += 1
            }
        }
        if hasContent { statements.append(trimmed(current)) }
        return statements
    }

    /// Where the quoted text or comment that begins here ends; nil if none begins here.
    private static func skip(_ bytes: [UInt8], from start: Int) -> Int? {
        let byte = bytes[start]
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`") {
            var index = start + 1
            while index < bytes.count {
                if bytes[index] == UInt8(ascii: "\\") && byte != UInt8(ascii: "`") {
                    index += 2
                } else if bytes[index] == byte {
                    return index + 1
                } else {
                    index += 1
                }
            }
            return bytes.count
        }
        guard isComment(bytes, start) else { return nil }
        if byte == UInt8(ascii: "/") {
            var index = start + 2
            while index + 1 < bytes.count {
                if bytes[index] == UInt8(ascii: "*") && bytes[index + 1] == UInt8(ascii: "/") { return index + 2 }
                index += 1
            }
            return bytes.count
        }
        return (bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1) + 1
    }

    private static func isComment(_ bytes: [UInt8], _ index: Int) -> Bool {
        func at(_ offset: Int) -> UInt8? { index + offset < bytes.count ? bytes[index + offset] : nil }
        switch bytes[index] {
        case UInt8(ascii: "#"): return true
        case UInt8(ascii: "/"): return at(1) == UInt8(ascii: "*") && at(2) != UInt8(ascii: "!")
        case UInt8(ascii: "-"):
            guard at(1) == UInt8(ascii: "-") else { return false }
            return at(2).map { isSpace($0) } ?? true
        default: return false
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
        let end = bytes.lastIndex { !isSpace($0) } ?? start
        return start < bytes.endIndex ? String(decoding: bytes[start...end], as: UTF8.self) : ""
    }
}
