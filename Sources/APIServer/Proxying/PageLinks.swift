/// Rewrites the links of an HTML page as it passes: a value that takes pieces and gives pieces. All else stays as it is,
/// byte for byte. What is held back is one tag at most, and of it no more than `longestTag`.
struct PageLinks: Sendable {
    /// A longer tag passes unchanged, in bytes.
    static let longestTag = 64 << 10

    private enum State {
        case text, comment
        /// Within an element whose content is no markup; its end tag is looked for.
        case raw([UInt8])
    }
    private let links: ProxyLinks
    private var state = State.text
    private var held: [UInt8] = []

    init(_ links: ProxyLinks) { self.links = links }

    /// The next piece of the page; gives what can go on.
    mutating func feed(_ piece: [UInt8]) -> [UInt8] {
        held += piece
        var output: [UInt8] = []
        output.reserveCapacity(held.count + 256)
        var position = 0
        while let next = step(from: position, &output) { position = next }
        held.removeFirst(position)
        return output
    }

    /// The end of the page; gives what was held.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }

    // MARK: Steps

    /// Takes one piece of the page from `held` and gives where the next begins; nil when more must come first.
    private mutating func step(from start: Int, _ output: inout [UInt8]) -> Int? {
        guard start < held.count else { return nil }
        switch state {
        case .text: return text(from: start, &output)
        case .comment:
            let end = Self.find(Self.commentEnd, in: held, from: start)
            if end != nil { state = .text }
            return pass(from: start, to: end.map { $0 + 3 }, keeping: 2, &output)
        case .raw(let name):
            let end = Self.find(Array("</".utf8) + name, in: held, from: start)
            if end != nil { state = .text }
            return pass(from: start, to: end, keeping: name.count + 1, &output)
        }
    }

    /// Lets pass what is before `end`, or all but the last bytes, which may be the beginning of the end.
    private func pass(from start: Int, to end: Int?, keeping: Int, _ output: inout [UInt8]) -> Int? {
        let end = end ?? max(start, held.count - keeping)
        guard end > start else {
            // An end tag right here: the text goes on with it.
            if case .text = state { return end }
            return nil
        }
        output += held[start..<end]
        return end
    }

    private mutating func text(from start: Int, _ output: inout [UInt8]) -> Int? {
        guard let open = held[start...].firstIndex(of: UInt8(ascii: "<")) else {
            output += held[start...]
            return held.count
        }
        output += held[start..<open]
        let rest = held[open...]
        if rest.starts(with: Self.commentStart) {
            state = .comment
            output += Self.commentStart
            return open + Self.commentStart.count
        }
        // A comment's beginning or a tag's name may still be on its way.
        guard rest.count > 1, rest.count >= 4 || !Self.commentStart.starts(with: rest) else {
            return open > start ? open : nil
        }
        guard Self.isLetter(held[open + 1]) else {
            output.append(held[open])
            return open + 1
        }
        guard let end = Self.endOfTag(held, from: open) else {
            guard rest.count > Self.longestTag else { return open > start ? open : nil }
            output += rest
            return held.count
        }
        let tag = Tag(held[open...end])
        output += tag.rewritten(links)
        if Self.rawElements.contains(tag.name) { state = .raw(Array(tag.name.utf8)) }
        return end + 1
    }

    private static let commentStart = Array("<!--".utf8)
    private static let commentEnd = Array("-->".utf8)
    private static let rawElements: Set<String> = [
        "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
    ]

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }

    /// Where a text begins, letters in either case.
    private static func find(_ text: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= text.count else { return nil }
        var position = start
        while position <= bytes.count - text.count {
            let isHere = text.indices.allSatisfy { index in
                let byte = bytes[position + index]
                return byte == text[index] || isLetter(byte) && byte | 0x20 == text[index]
            }
            if isHere { return position }
            position += 1
        }
        return nil
    }

    /// The place of the `>` that ends a tag, outside of quotes.
    private static func endOfTag(_ bytes: [UInt8], from open: Int) -> Int? {
        var quote: UInt8?
        for position in open..<bytes.count {
            let byte = bytes[position]
            if let present = quote {
                if byte == present { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return position
            }
        }
        return nil
    }
}

/// One start tag as written, from `<` to `>`.
private struct Tag {
    /// In lower case.
    let name: String
    private let bytes: ArraySlice<UInt8>

    /// The attributes with URLs in them, as HTML 4 and 5 have them.
    private static let linked: [String: Set<String>] = [
        "a": ["href"], "applet": ["codebase"], "area": ["href"], "audio": ["src"], "base": ["href"],
        "blockquote": ["cite"], "body": ["background"], "button": ["formaction"], "command": ["icon"],
        "del": ["cite"], "embed": ["src"], "form": ["action"], "frame": ["longdesc", "src"], "head": ["profile"],
        "html": ["manifest"], "iframe": ["longdesc", "src"], "img": ["longdesc", "src", "usemap"],
        "input": ["src", "usemap", "formaction"], "ins": ["cite"], "link": ["href"],
        "object": ["classid", "codebase", "data", "usemap"], "q": ["cite"], "script": ["src"], "source": ["src"],
        "video": ["poster", "src"],
    ]

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        name = String(decoding: bytes.dropFirst().prefix { !Self.endsName($0) }, as: UTF8.self).lowercased()
    }

    func rewritten(_ links: ProxyLinks) -> [UInt8] {
        guard let wanted = Self.linked[name] else { return Array(bytes) }
        var output = Array(bytes.prefix(1 + name.utf8.count))
        var position = bytes.startIndex + output.count
        while position < bytes.endIndex {
            let start = position
            while position < bytes.endIndex, Self.endsName(bytes[position]) { position += 1 }
            let nameStart = position
            while position < bytes.endIndex, !Self.endsName(bytes[position]) { position += 1 }
            let attribute = String(decoding: bytes[nameStart..<position], as: UTF8.self).lowercased()
            guard let value = value(from: position) else {
                output += bytes[start..<position]
                continue
            }
            output += bytes[start..<value.lowerBound]
            output +=
                wanted.contains(attribute)
                ? Array(links.rewritten(String(decoding: bytes[value], as: UTF8.self)).utf8) : Array(bytes[value])
            position = value.upperBound
        }
        return output
    }

    /// The value behind `=`, without its quotes.
    private func value(from place: Int) -> Range<Int>? {
        var position = place
        while position < bytes.endIndex, Self.isSpace(bytes[position]) { position += 1 }
        guard position < bytes.endIndex, bytes[position] == UInt8(ascii: "=") else { return nil }
        position += 1
        while position < bytes.endIndex, Self.isSpace(bytes[position]) { position += 1 }
        guard position < bytes.endIndex else { return nil }
        let quote = bytes[position]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let end = bytes[(position + 1)...].firstIndex(of: quote) ?? bytes.endIndex
            return position + 1..<end
        }
        let end = bytes[position...].firstIndex { Self.isSpace($0) || $0 == UInt8(ascii: ">") } ?? bytes.endIndex
        return position..<end
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func endsName(_ byte: UInt8) -> Bool {
        isSpace(byte) || [UInt8(ascii: "="), UInt8(ascii: ">"), UInt8(ascii: "/"), 0x22, 0x27].contains(byte)
    }
}
