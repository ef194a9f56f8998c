/// Sentences as values of the Warning header (RFC 7234, section 5.5), within Kubernetes' bounds.
enum WarningHeaders {
    /// So many characters are told in all; beyond, each sentence is cut.
    static let maximumCharacters = 4096
    static let maximumOfEach = 256

    /// A value for each sentence, none twice. What has control characters cannot be told.
    static func values(_ sentences: [String]) -> [String] {
        if sentences.isEmpty { return [] }
        var seen: Set<String> = []
        let told = sentences.filter { sentence in
            !sentence.isEmpty && seen.insert(sentence).inserted
                && !sentence.unicodeScalars.contains { $0.properties.generalCategory == .control }
        }
        let length = told.reduce(0) { $0 + $1.unicodeScalars.count }
        if length <= maximumCharacters { return told.map(value) }
        var left = maximumCharacters
        var values: [String] = []
        for sentence in told where left > 0 {
            let cut = String(String.UnicodeScalarView(sentence.unicodeScalars.prefix(maximumOfEach)))
            values.append(value(cut))
            left -= cut.unicodeScalars.count
        }
        return values
    }

    private static func value(_ sentence: String) -> String {
        let text = sentence.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "299 - \"\(text)\""
    }
}
