import APIMachinery

/// Which combinations of list and watch options are allowed (apimachinery ValidateListOptions).
enum ListRules {
    static func check(_ query: Query, isWatch: Bool) throws {
        let version = query.text("resourceVersion")
        let match = query.text("resourceVersionMatch")
        var errors: [FieldError] = []
        if isWatch {
            errors += watchErrors(query, version, match)
        } else {
            if query["sendInitialEvents"] != nil, !query.text("sendInitialEvents").isEmpty {
                errors.append(
                    .init(.forbidden, "sendInitialEvents", "Forbidden: sendInitialEvents is forbidden for list"))
            }
            if !match.isEmpty {
                if version.isEmpty {
                    errors.append(
                        .init(
                            .forbidden, "resourceVersionMatch",
                            "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"))
                }
                if !query.text("continue").isEmpty {
                    errors.append(
                        .init(
                            .forbidden, "resourceVersionMatch",
                            "Forbidden: resourceVersionMatch is forbidden when continue is provided"))
                }
                errors += matchErrors(match, version)
            }
        }
        if !errors.isEmpty { throw invalid(errors) }
        if !query.text("continue").isEmpty, !version.isEmpty, version != "0" {
            throw StatusError.badRequest("specifying resource version is not allowed when using continue")
        }
    }

    private static func watchErrors(_ query: Query, _ version: String, _ match: String) -> [FieldError] {
        let initial = query.text("sendInitialEvents")
        guard initial.isEmpty else {
            guard match != "NotOlderThan" else { return [] }
            let field = "resourceVersionMatch"
            let required = FieldError(
                .forbidden, field,
                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
            let unknown = FieldError(
                .notSupported, field, "Unsupported value: \"\(match)\": supported values: \"NotOlderThan\"")
            return match.isEmpty ? [required] : [required, unknown]
        }
        guard match.isEmpty else {
            return [
                .init(
                    .forbidden, "resourceVersionMatch",
                    "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
            ]
        }
        return []
    }

    private static func matchErrors(_ match: String, _ version: String) -> [FieldError] {
        guard ["Exact", "NotOlderThan"].contains(match) else {
            return [
                .init(
                    .notSupported, "resourceVersionMatch",
                    "Unsupported value: \"\(match)\": supported values: \"Exact\", \"NotOlderThan\", \"\"")
            ]
        }
        if match == "Exact", version == "0" {
            return [
                .init(
                    .forbidden, "resourceVersionMatch",
                    "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
            ]
        }
        return []
    }

    static func badVersion(_ version: String) -> StatusError {
        invalid([.init(.invalid, "resourceVersion", why(bad: version))])
    }
    /// What is wrong with a resourceVersion that is no number, with the field's name.
    static func sentence(ofBad version: String) -> String { "resourceVersion: \(why(bad: version))" }
    private static func why(bad version: String) -> String {
        let isNumber = !version.isEmpty && version.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
        let fault = isNumber ? "value out of range" : "invalid syntax"
        return "Invalid value: \"\(version)\": strconv.ParseUint: parsing \"\(version)\": \(fault)"
    }

    private static func invalid(_ errors: [FieldError]) -> StatusError {
        .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "ListOptions"), "", errors)
    }
}
