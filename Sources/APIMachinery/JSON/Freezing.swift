extension JSON {
    /// The same value as one text with its tape, which is the cheapest form to keep, to read and to write. Untouched parts
    /// are copied, not parsed again; a value that is a whole text already is answered as it is.
    public var frozen: JSON {
        if case .slice(let document, 0) = node, document.token(0).length == document.text.count { return self }
        let hint = sizeHint
        guard hint <= Token.maximumLength / 2 else { return self }
        var freezer = Freezer(sizeHint: hint)
        freezer.add(self)
        guard freezer.text.count <= Token.maximumLength else { return self }
        return JSON(Document(text: freezer.text, tape: freezer.exactTape), 0)
    }
}

/// Writes a value's text and tape side by side.
private struct Freezer {
    var text: [UInt8] = []
    var tape: [UInt64] = []

    init(sizeHint: Int) {
        text.reserveCapacity(sizeHint)
        tape.reserveCapacity(sizeHint / 8 + 8)
    }

    /// The tape without room behind it.
    var exactTape: [UInt64] { tape.withUnsafeBufferPointer { Array($0) } }

    mutating func add(_ value: JSON) {
        switch value.node {
        case .null: add(.null, value)
        case .bool(let isTrue): add(isTrue ? .true : .false, value)
        case .number: add(.number, value)
        case .string(let string): add(string)
        case .slice(let document, let index): copy(document, Int(index))
        case .array(let elements):
            add(.array, count: elements.count, opening: "[", closing: "]") { freezer in
                for (position, element) in elements.enumerated() {
                    if position > 0 { freezer.text.append(UInt8(ascii: ",")) }
                    freezer.add(element)
                }
            }
        case .object(let members):
            add(.object, count: members.count, opening: "{", closing: "}") { freezer in
                for (position, member) in members.enumerated() {
                    if position > 0 { freezer.text.append(UInt8(ascii: ",")) }
                    freezer.add(member.name)
                    freezer.text.append(UInt8(ascii: ":"))
                    freezer.add(member.value)
                }
            }
        }
    }

    private mutating func add(_ kind: Token.Kind, _ scalar: JSON) {
        let start = text.count
        scalar.write(to: &text)
        tape.append(Token(kind, start: start, length: text.count - start).bits)
    }

    private mutating func add(_ string: String) {
        let start = text.count
        Escapes.write(string, to: &text)
        let length = text.count - start
        tape.append(
            Token(length == string.utf8.count + 2 ? .string : .escapedString, start: start, length: length).bits)
    }

    private mutating func add(
        _ kind: Token.Kind, count: Int, opening: Unicode.Scalar, closing: Unicode.Scalar,
        _ content: (inout Freezer) -> Void
    ) {
        let start = text.count
        let index = tape.count
        tape.append(0)
        tape.append(0)
        text.append(UInt8(ascii: opening))
        content(&self)
        text.append(UInt8(ascii: closing))
        tape[index] = Token(kind, start: start, length: text.count - start).bits
        tape[index + 1] = Extent(words: tape.count - index, count: count).bits
    }

    private mutating func copy(_ document: Document, _ index: Int) {
        let range = document.range(index)
        let distance = text.count - range.lowerBound
        text.append(contentsOf: document.text[range])
        document.copyTape(index..<document.next(after: index), movedBy: distance, to: &tape)
    }
}

extension Document {
    /// Appends whole values of this tape, as if their texts stood `distance` bytes further on.
    func copyTape(_ range: Range<Int>, movedBy distance: Int, to output: inout [UInt64]) {
        var index = range.lowerBound
        while index < range.upperBound {
            let token = token(index)
            output.append(token.moved(by: distance).bits)
            index += 1
            if token.isContainer {
                output.append(tape[index])
                index += 1
            }
        }
    }
}
