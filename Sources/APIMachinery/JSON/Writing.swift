extension JSON {
    /// Appends this value's compact text.
    public func write(to output: inout [UInt8]) {
        switch node {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let text): output.append(contentsOf: text.utf8)
        case .string(let text): Escapes.write(text, to: &output)
        case .slice(let document, let index): output.append(contentsOf: document.text[document.range(Int(index))])
        case .array(let elements):
            var separator = UInt8(ascii: "[")
            for element in elements {
                output.append(separator)
                element.write(to: &output)
                separator = UInt8(ascii: ",")
            }
            if elements.isEmpty { output.append(separator) }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            var separator = UInt8(ascii: "{")
            for member in members {
                output.append(separator)
                Escapes.write(member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(to: &output)
                separator = UInt8(ascii: ",")
            }
            if members.isEmpty { output.append(separator) }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// This value's compact text as bytes; for a whole parsed text that very array, without a copy.
    public var bytes: [UInt8] {
        if case .slice(let document, 0) = node, document.token(0).length == document.text.count { return document.text }
        var output: [UInt8] = []
        output.reserveCapacity(sizeHint)
        write(to: &output)
        return output
    }
    /// This value's compact text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// About how many bytes the text takes; never far too little.
    var sizeHint: Int {
        switch node {
        case .null, .bool: 5
        case .number(let text): text.utf8.count
        case .string(let text): text.utf8.count + 2
        case .slice(let document, let index): document.token(Int(index)).length
        case .array(let elements): elements.reduce(2) { $0 + $1.sizeHint + 1 }
        case .object(let members): members.reduce(2) { $0 + $1.name.utf8.count + 4 + $1.value.sizeHint }
        }
    }
}
