/// Objects in JSON one after the other, with or without white space between.
enum JSONStream {
    /// nil if the text is anything else, which may still be YAML.
    static func documents(_ bytes: [UInt8]) -> [YAML.Document]? {
        guard bytes.first(where: { !isSpace($0) }) == UInt8(ascii: "{") else { return .none }
        var documents: [YAML.Document] = []
        var line = 1
        for piece in pieces(bytes) {
            var duplicates: [String] = []
            guard let value = try? JSON(parsing: Array(bytes[piece]), duplicateFields: &duplicates), value.isObject
            else {
                return .none
            }
            let blank = bytes[piece].prefix(while: isSpace)
            let start = line + blank.count { $0 == 0x0A }
            line += bytes[piece].count { $0 == 0x0A }
            documents.append(
                YAML.Document(
                    value: value, line: start,
                    duplicates: duplicates.map { YAML.Duplicate(path: $0, key: lastName($0), line: start) }))
        }
        return documents
    }

    /// Where each outermost object ends, seen by braces outside of strings only; what is within is for the parser.
    private static func pieces(_ bytes: [UInt8]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = 0
        var depth = 0
        var isInString = false
        var isEscaped = false
        for (index, byte) in bytes.enumerated() {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 {
                    pieces.append(start..<index + 1)
                    start = index + 1
                }
            default: break
            }
        }
        if bytes[start...].contains(where: { !isSpace($0) }) { pieces.append(start..<bytes.count) }
        return pieces
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
    private static func lastName(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }
}
