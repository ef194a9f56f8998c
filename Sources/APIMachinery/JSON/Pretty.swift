extension JSON {
    /// This value's text over several lines, each level indented by so many spaces: 2 as the API server does for
    /// `?pretty=true`, 4 as kubectl does. Empty containers stay on one line. No line break at the end.
    public func prettyText(indent: Int = 2) -> String {
        var output: [UInt8] = []
        writePretty(indent, level: 0, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private func writePretty(_ indent: Int, level: Int, to output: inout [UInt8]) {
        guard !isEmpty, count > 0 else { return write(to: &output) }
        func newLine(_ level: Int) {
            output.append(UInt8(ascii: "\n"))
            output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
        }
        output.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        for (position, member) in (isObject ? members : elements.map { ("", $0) }).enumerated() {
            if position > 0 { output.append(UInt8(ascii: ",")) }
            newLine(level + 1)
            if isObject {
                Escapes.write(member.name, to: &output)
                output.append(contentsOf: ": ".utf8)
            }
            member.value.writePretty(indent, level: level + 1, to: &output)
        }
        newLine(level)
        output.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    /// The compact text with every object's members in the order of their names' bytes, as Go writes a map: two equal
    /// values have the same canonical text if their numbers and escapes are written alike.
    public var canonicalText: String { sortedKeys.text }

    /// The same value with every object's members in the order of their names' bytes.
    public var sortedKeys: JSON {
        switch kind {
        case .array: JSON(elements.map(\.sortedKeys))
        case .object:
            JSON(
                members: members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
                    .map { (name: $0.name, value: $0.value.sortedKeys) })
        case .string: JSON(string ?? "")
        case .null, .bool, .number: self
        }
    }
}
