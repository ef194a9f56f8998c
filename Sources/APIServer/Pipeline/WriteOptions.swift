import APIMachinery
import KubeAPI

/// `dryRun` and `fieldValidation`, from the query or from DeleteOptions.
enum WriteOptions {
    static func read(_ call: inout Call) throws {
        let verb = call.attributes.verb
        guard !verb.isRead else { return }
        try setDryRun(&call, call.query.all("dryRun").filter { !$0.isEmpty })
        if let text = call.query["fieldValidation"], !text.isEmpty {
            guard let validation = FieldValidation(rawValue: text) else {
                throw invalid(
                    "fieldValidation", verb, text, supported: ["", "Ignore", "Strict", "Warn"])
            }
            call.fieldValidation = validation
        }
    }

    /// DeleteOptions may say dryRun in the body.
    static func readBody(_ call: inout Call) throws {
        guard [.delete, .deleteCollection].contains(call.attributes.verb), case .object(let body, _) = call.body else {
            return
        }
        let values = body["dryRun"]?.strings ?? []
        if !values.isEmpty { try setDryRun(&call, values) }
    }

    private static func setDryRun(_ call: inout Call, _ values: [String]) throws {
        for value in values where value != "All" {
            throw invalid("dryRun", call.attributes.verb, value, supported: ["All"])
        }
        if !values.isEmpty { call.isDryRun = true }
    }

    private static func invalid(_ field: String, _ verb: Verb, _ value: String, supported: [String]) -> StatusError {
        let kind =
            switch verb {
            case .create: "CreateOptions"
            case .patch: "PatchOptions"
            case .update: "UpdateOptions"
            default: "DeleteOptions"
            }
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        return .invalid(
            GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: kind), "",
            [.init(.notSupported, field, "Unsupported value: \"\(value)\": supported values: \(list)")])
    }
}
