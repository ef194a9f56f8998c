import Basics

/// The form of a time in JSON: with whole seconds, or with microseconds; nil if this is no time.
enum TimeText {
    static func canonical(_ text: String, microseconds: Bool) -> String? {
        guard let time = Instant(rfc3339: text) else { return nil }
        return microseconds ? time.rfc3339Micro : time.rfc3339
    }
}

/// The form of bytes in JSON: what Go writes of the bytes that it read, without line ends and without stray bits at the
/// end; nil if this is no base64.
enum Base64Text {
    static func canonical(_ text: String) -> String? { Base64.decode(text).map { Base64.encode($0) } }
}

/// The form of a quantity in JSON: as written if Kubernetes keeps it so, else canonical. Spaces around it are passed over,
/// as Kubernetes does; what JSON writes with an escape (a tab, a line's end) is none to it.
struct QuantityText {
    let canonical: String
    /// Whether it was written in another form.
    let isChanged: Bool

    init(_ json: JSON) throws(QuantityError) {
        guard let text = json.string ?? json.number else { throw .format }
        canonical = try Quantity(Self.trimmed(text)).text
        isChanged = json.kind == .number || canonical != text
    }

    private static func trimmed(_ text: String) -> String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace && scalar.value >= 0x20 }
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
            isSpace(first) || isSpace(last)
        else { return text }
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
        while let last = scalars.last, isSpace(last) { scalars.removeLast() }
        return String(scalars)
    }
}
