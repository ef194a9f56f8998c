/// Kubernetes' checks of names and values (k8s.io/apimachinery util/validation and api/validate/content): each answers the
/// sentences that say what is wrong, none if all is well.
public enum Validation {
    public static let dns1123Label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    public static let dns1123Subdomain = dns1123Label + "(\\." + dns1123Label + ")*"
    static let dns1035Label = "[a-z]([-a-z0-9]*[a-z0-9])?"
    static let labelKeyName = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

    /// A label of DNS (RFC 1123): at most 63 lower-case letters, digits and hyphens.
    public static func isDNS1123Label(_ value: String) -> [String] {
        var wrong = maximumLength(value, 63, "characters")
        if !Shape.dns1123Label.fits(value) {
            wrong.append(
                Shape.isSubdomain(value)
                    ? "must not contain dots"
                    : regexError(
                        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
                            + "and must start and end with an alphanumeric character",
                        dns1123Label, "my-name", "123-abc"))
        }
        return wrong
    }

    /// A subdomain (RFC 1123): labels with dots between, at most 253 characters.
    public static func isDNS1123Subdomain(_ value: String) -> [String] { subdomain(value, "characters") }

    /// The same where labels may have underscores, as names of services in DNS do.
    public static func isDNS1123SubdomainWithUnderscore(_ value: String) -> [String] {
        var wrong = maximumLength(value, 253, "characters")
        let isOne = value.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            let rest = label.first == "_" ? label.dropFirst() : label
            return Shape.dns1123Label.fits(rest.replacing("_", with: "-")) && rest.first != "_" && rest.last != "_"
        }
        if !isOne {
            wrong.append(
                regexError(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', "
                        + "and must start and end with an alphanumeric character",
                    #"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*"#, "example.com"))
        }
        return wrong
    }

    private static func subdomain(_ value: String, _ unit: String) -> [String] {
        var wrong = maximumLength(value, 253, unit)
        if !Shape.isSubdomain(value) {
            wrong.append(
                regexError(
                    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
                        + "and must start and end with an alphanumeric character",
                    dns1123Subdomain, "example.com"))
        }
        return wrong
    }

    /// A label of DNS that starts with a letter (RFC 1035), as Services are named.
    public static func isDNS1035Label(_ value: String) -> [String] {
        var wrong = maximumLength(value, 63, "characters")
        if !Shape.dns1035Label.fits(value) {
            wrong.append(
                regexError(
                    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
                        + "alphabetic character, and end with an alphanumeric character",
                    dns1035Label, "my-name", "abc-123"))
        }
        return wrong
    }

    /// A subdomain whose first label is `*`.
    public static func isWildcardDNS1123Subdomain(_ value: String) -> [String] {
        var wrong = maximumLength(value, 253, "characters")
        if !value.hasPrefix("*.") || !Shape.isSubdomain(String(value.dropFirst(2))) {
            wrong.append(
                regexError(
                    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must "
                        + "consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
                    "\\*\\." + dns1123Subdomain, "*.example.com"))
        }
        return wrong
    }

    /// A label's or annotation's key: `name` or `example.com/name`.
    public static func isQualifiedName(_ value: String) -> [String] {
        if PlainNames.isKey(value) { return [] }
        let rule =
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            + "alphanumeric character"
        let examples = ["MyName", "my.name", "123-abc"]
        let parts = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2 else {
            return [
                "a valid label key " + regexError(rule, labelKeyName, examples)
                    + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        var wrong: [String] = []
        if parts.count == 2 {
            let prefix = parts[0]
            wrong +=
                prefix.isEmpty
                ? ["prefix part must be non-empty"] : subdomain(prefix, "bytes").map { "prefix part \($0)" }
        }
        let name = parts.last ?? ""
        if name.isEmpty {
            wrong.append("name part must be non-empty")
        } else {
            wrong += maximumLength(name, 63, "bytes").map { "name part \($0)" }
        }
        if !Shape.qualified.fits(name) { wrong.append("name part " + regexError(rule, labelKeyName, examples)) }
        return wrong
    }

    /// A label's value, which may be empty.
    public static func isLabelValue(_ value: String) -> [String] {
        if value.isEmpty || PlainNames.isName(value.utf8) { return [] }
        var wrong = maximumLength(value, 63, "bytes")
        if !value.isEmpty && !Shape.qualified.fits(value) {
            wrong.append(
                regexError(
                    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
                        + "must start and end with an alphanumeric character",
                    "(\(labelKeyName))?", "MyValue", "my_value", "12345"))
        }
        return wrong
    }

    static func maximumLength(_ value: String, _ limit: Int, _ unit: String) -> [String] {
        value.utf8.count > limit ? ["must be no more than \(limit) \(unit)"] : []
    }
    static func regexError(_ sentence: String, _ expression: String, _ examples: String...) -> String {
        regexError(sentence, expression, examples)
    }
    static func regexError(_ sentence: String, _ expression: String, _ examples: [String]) -> String {
        let shown = examples.map { "'\($0)', " }.joined(separator: " or ")
        let opening = examples.isEmpty ? " (" : " (e.g. \(shown)"
        return "\(sentence)\(opening)regex used for validation is '\(expression)')"
    }
}
