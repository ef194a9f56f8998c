/// A word of an expression.
struct Token: Sendable {
    enum Form: Sendable, Equatable {
        case identifier(String)
        case int(Int64), uint(UInt64), double(Double), string(String), bytes([UInt8])
        case symbol(String)
        case end
    }
    let at: Int
    let form: Form
    /// As it stands in the text, for errors.
    let text: String
}

/// Text to words (cel-spec, "Syntax").
struct Lexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private static let symbols = [
        "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[",
        "]", "{", "}",
    ].map { Array($0.unicodeScalars) }

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func tokens() throws(SyntaxFault) -> [Token] {
        var tokens: [Token] = []
        repeat { tokens.append(try next()) } while tokens.last?.form != .end
        return tokens
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }
    private func token(_ start: Int, _ form: Token.Form) -> Token {
        Token(at: start, form: form, text: String(String.UnicodeScalarView(scalars[start..<position])))
    }

    private mutating func next() throws(SyntaxFault) -> Token {
        skipBlanks()
        let start = position
        guard let first = peek() else { return Token(at: start, form: .end, text: "<EOF>") }
        if let string = try quoted() { return token(start, string) }
        if first.isLetter || first == "_" {
            while let scalar = peek(), scalar.isLetter || scalar.isDigit || scalar == "_" { position += 1 }
            return token(start, .identifier(String(String.UnicodeScalarView(scalars[start..<position]))))
        }
        if first == "`" {
            position += 1
            while let scalar = peek(), scalar != "`", scalar != "\n" { position += 1 }
            guard peek() == "`" else { throw SyntaxFault(at: start, "Syntax error: token recognition error at: '`'") }
            position += 1
            return token(start, .identifier(String(String.UnicodeScalarView(scalars[start + 1..<position - 1]))))
        }
        if first.isDigit || first == "." && peek(1)?.isDigit == true { return try number() }
        for symbol in Self.symbols where scalars[position...].starts(with: symbol) {
            position += symbol.count
            return token(start, .symbol(String(String.UnicodeScalarView(symbol))))
        }
        throw SyntaxFault(at: start, "Syntax error: token recognition error at: '\(first)'")
    }

    private mutating func skipBlanks() {
        while let scalar = peek() {
            if scalar.properties.isWhitespace {
                position += 1
            } else if scalar == "/", peek(1) == "/" {
                while let scalar = peek(), scalar != "\n" { position += 1 }
            } else {
                return
            }
        }
    }

    // MARK: Numbers

    private mutating func number() throws(SyntaxFault) -> Token {
        let start = position
        let isHex = peek() == "0" && (peek(1) == "x" || peek(1) == "X")
        var isDouble = false
        if isHex {
            position += 2
            while peek()?.properties.isASCIIHexDigit == true { position += 1 }
        } else {
            while peek()?.isDigit == true { position += 1 }
            if peek() == ".", peek(1)?.isDigit == true {
                isDouble = true
                position += 1
                while peek()?.isDigit == true { position += 1 }
            }
            if peek() == "e" || peek() == "E" {
                let sign = peek(1) == "+" || peek(1) == "-" ? 1 : 0
                if peek(1 + sign)?.isDigit == true {
                    isDouble = true
                    position += 1 + sign
                    while peek()?.isDigit == true { position += 1 }
                }
            }
        }
        let text = String(String.UnicodeScalarView(scalars[start + (isHex ? 2 : 0)..<position]))
        if isDouble {
            guard let value = Double(text.hasPrefix(".") ? "0" + text : text) else {
                throw SyntaxFault(at: start, "invalid double literal")
            }
            return token(start, .double(value))
        }
        if peek() == "u" || peek() == "U" {
            guard let value = UInt64(text, radix: isHex ? 16 : 10) else {
                throw SyntaxFault(at: start, "invalid uint literal")
            }
            position += 1
            return token(start, .uint(value))
        }
        // The least number is one that only its sign makes possible.
        if !isHex, text == "9223372036854775808" { return token(start, .int(.min)) }
        guard let value = Int64(text, radix: isHex ? 16 : 10) else {
            throw SyntaxFault(at: start, "invalid int literal")
        }
        return token(start, .int(value))
    }

    // MARK: Strings

    /// nil if no string begins here.
    private mutating func quoted() throws(SyntaxFault) -> Token.Form? {
        let start = position
        var (isRaw, isBytes) = (false, false)
        var ahead = 0
        while let scalar = peek(ahead), ahead < 2 {
            if !isRaw, scalar == "r" || scalar == "R" {
                isRaw = true
            } else if !isBytes, scalar == "b" || scalar == "B" {
                isBytes = true
            } else {
                break
            }
            ahead += 1
        }
        guard let quote = peek(ahead), quote == "\"" || quote == "'" else { return nil }
        position += ahead
        let isLong = peek(1) == quote && peek(2) == quote
        position += isLong ? 3 : 1
        var bytes: [UInt8] = []
        while true {
            guard let scalar = peek(), isLong || scalar != "\n" else {
                throw SyntaxFault(at: start, "Syntax error: token recognition error at: '\(quote)'")
            }
            if scalar == quote, !isLong || (peek(1) == quote && peek(2) == quote) {
                position += isLong ? 3 : 1
                break
            }
            position += 1
            if scalar == "\\", !isRaw {
                try escape(&bytes, start, isBytes)
            } else {
                bytes.append(contentsOf: String(scalar).utf8)
            }
        }
        return isBytes ? .bytes(bytes) : .string(String(decoding: bytes, as: UTF8.self))
    }

    private mutating func escape(_ bytes: inout [UInt8], _ start: Int, _ isBytes: Bool) throws(SyntaxFault) {
        let plain: [Unicode.Scalar: UInt8] = [
            "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "?": 63, "\"": 34, "'": 39, "`": 96,
        ]
        guard let sort = peek() else { throw SyntaxFault(at: start, "unterminated escape") }
        position += 1
        if let byte = plain[sort] { return bytes.append(byte) }
        let (count, radix): (Int, Int)
        switch sort {
        case "x", "X": (count, radix) = (2, 16)
        case "u" where !isBytes: (count, radix) = (4, 16)
        case "U" where !isBytes: (count, radix) = (8, 16)
        case "0", "1", "2", "3":
            position -= 1
            (count, radix) = (3, 8)
        default: throw SyntaxFault(at: start, "Syntax error: token recognition error at: '\\\(sort)'")
        }
        guard position + count <= scalars.count,
            let code = UInt32(
                String(String.UnicodeScalarView(scalars[position..<position + count])), radix: radix)
        else { throw SyntaxFault(at: start, "invalid escape in a string literal") }
        position += count
        if isBytes {
            guard let byte = UInt8(exactly: code) else { throw SyntaxFault(at: start, "invalid escape in bytes") }
            return bytes.append(byte)
        }
        guard let scalar = Unicode.Scalar(code) else { throw SyntaxFault(at: start, "invalid unicode code point") }
        bytes.append(contentsOf: String(scalar).utf8)
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }
    var isLetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
}
