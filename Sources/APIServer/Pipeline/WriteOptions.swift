import APIMachinery
import KubeAPI

/// `dryRun`, `fieldValidation`, `fieldManager` and `force`, from the query or from DeleteOptions.
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
        if [.create, .update, .patch].contains(verb) { try checkManager(call.query.text("fieldManager"), verb) }
    }

    private static let maximumManagerBytes = 128

    private static func checkManager(_ name: String, _ verb: Verb) throws {
        if name.utf8.count > maximumManagerBytes {
            throw invalid(
                verb, .init(.tooLong, "fieldManager", "Too long: may not be more than \(maximumManagerBytes) bytes"))
        }
        // A blank is the only separator that can be printed.
        func isPrinted(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
            case .spaceSeparator: scalar == " "
            default: true
            }
        }
        guard let (index, wrong) = name.unicodeScalars.enumerated().first(where: { !isPrinted($0.element) }) else {
            return
        }
        let digits = String(wrong.value, radix: 16, uppercase: true)
        let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        throw invalid(
            verb,
            .init(
                .invalid, "fieldManager",
                "Invalid value: \(JSON(name).text): invalid character U+\(code) (at position \(index))"))
    }

    /// `force` is for server-side apply alone.
    static func checkForce(_ call: Call) throws {
        guard call.attributes.verb == .patch, call.query["force"] != nil else { return }
        if case .patch(.apply, _) = call.body { return }
        throw invalid(.patch, .init(.forbidden, "force", "Forbidden: may not be specified for non-apply patch"))
    }

    /// DeleteOptions may say dryRun in the body.
    static func readBody(_ call: inout Call) throws {
        try checkForce(call)
        guard [.delete, .deleteCollection].contains(call.attributes.verb), case .object(let body, _) = call.body else {
            return
        }
        let values = body["dryRun"]?.strings ?? []
        if !values.isEmpty { try setDryRun(&call, values) }
    }

    private static func setDryRun(_ call: inout Call, _ values: [String]) throws {
        if values.contains(where: { $0 != "All" }) {
            throw invalid(
                call.attributes.verb,
                .init(.notSupported, "dryRun", "Unsupported value: \(JSON(values).text): supported values: \"All\""))
        }
        if !values.isEmpty { call.isDryRun = true }
    }

    private static func invalid(_ field: String, _ verb: Verb, _ value: String, supported: [String]) -> StatusError {
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        return invalid(verb, .init(.notSupported, field, "Unsupported value: \"\(value)\": supported values: \(list)"))
    }

    private static func invalid(_ verb: Verb, _ error: FieldError) -> StatusError {
        let kind =
            switch verb {
            case .create: "CreateOptions"
            case .patch: "PatchOptions"
            case .update: "UpdateOptions"
            default: "DeleteOptions"
            }
        return .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: kind), "", [error])
    }
}
