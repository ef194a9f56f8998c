extension Duration {
    /// A duration as Go writes it, such as `500ms`, `1m30s` or `0`; nil for any other text, and for one of more than ten years.
    public init?(goText text: String) {
        if text == "0" {
            self = .zero
            return
        }
        var rest = Substring(text)
        var milliseconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let amount = Double(digits), let size = Self.unitMilliseconds[String(unit)] else { return nil }
            milliseconds += amount * size
        }
        guard milliseconds < 315_360_000_000 else { return nil }
        self = .milliseconds(Int64(milliseconds.rounded()))
    }
    /// As Go writes it, such as `1m30s`, `0s` or `500ms`; to the millisecond.
    public var goText: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if seconds == 0 { return milliseconds == 0 ? "0s" : "\(milliseconds)ms" }
        var text = ""
        if seconds >= 3_600 { text += "\(seconds / 3_600)h" }
        if seconds >= 60 { text += "\(seconds / 60 % 60)m" }
        if milliseconds == 0 { return text + "\(seconds % 60)s" }
        var part = Substring(milliseconds.digits(3))
        while part.last == "0" { part.removeLast() }
        return text + "\(seconds % 60).\(part)s"
    }
    private static let unitMilliseconds: [String: Double] = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]
}
