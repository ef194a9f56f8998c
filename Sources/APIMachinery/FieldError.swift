/// One thing wrong with one field of an object (k8s.io/apimachinery field.Error).
public struct FieldError: Sendable, Equatable {
    public enum Reason: String, Sendable {
        case required = "FieldValueRequired", invalid = "FieldValueInvalid", notSupported = "FieldValueNotSupported"
        case duplicate = "FieldValueDuplicate", forbidden = "FieldValueForbidden", tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany", notFound = "FieldValueNotFound", internalError = "InternalError"
        case typeInvalid = "FieldValueTypeInvalid"
    }
    public var reason: Reason
    /// The path as Kubernetes writes it, such as `spec.containers[0].name`.
    public var field: String
    /// The sentence without the path, such as `Required value`, as it stands in the cause's message.
    public var message: String
    public init(_ reason: Reason, _ field: String, _ message: String) {
        self.reason = reason
        self.field = field
        self.message = message
    }
}

extension StatusError {
    /// 422: the object breaks these rules.
    public static func invalid(_ kind: GroupVersionKind, _ name: String, _ errors: [FieldError]) -> StatusError {
        let sentences = errors.map { "\($0.field): \($0.message)" }
        let all = sentences.count == 1 ? sentences[0] : "[\(sentences.joined(separator: ", "))]"
        let shown = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
        return StatusError(
            code: 422, reason: .invalid, message: "\(shown) \"\(name)\" is invalid: \(all)", group: kind.group,
            kind: kind.kind, name: name,
            causes: errors.map { Cause(reason: $0.reason.rawValue, message: $0.message, field: $0.field) })
    }
}
