import APIMachinery

/// `?timeout=`, by which a client says how long a request may take. How long it takes is the server's to say; what is no duration
/// is refused.
enum RequestTimeout {
    private static let units: Set<Substring> = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"]

    /// Throws 400.
    static func check(_ query: Query) throws {
        guard let text = query["timeout"], !text.isEmpty, let wrong = wrong(with: text) else { return }
        throw StatusError.badRequest("invalid timeout specified in the request URL - \(wrong)")
    }

    /// What is wrong with a duration, as Go reads them: `1h15m30.918s`.
    static func wrong(with text: String) -> String? {
        let shown = JSON(text).text
        var rest = text[...]
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return nil }
        if rest.isEmpty { return "time: invalid duration \(shown)" }
        while !rest.isEmpty {
            let number = rest.prefix { $0 == "." || "0" <= $0 && $0 <= "9" }
            guard number.contains(where: { $0 != "." }), number.count(where: { $0 == "." }) < 2 else {
                return "time: invalid duration \(shown)"
            }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { $0 != "." && !("0" <= $0 && $0 <= "9") }
            if unit.isEmpty { return "time: missing unit in duration \(shown)" }
            guard units.contains(unit) else {
                return "time: unknown unit \(JSON(String(unit)).text) in duration \(shown)"
            }
            rest = rest[unit.endIndex...]
        }
        return nil
    }
}
