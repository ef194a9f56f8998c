import APIMachinery
import KubeAPI

/// Chooses the patch algorithm by the request's media type.
enum Patching {
    /// What the patch makes of the object; `type` guides a strategic merge. Throws 400, 413, 415 or 422.
    static func apply(_ kind: PatchKind, _ patch: JSON, to object: JSON, _ type: SchemaType?) throws -> JSON {
        switch kind {
        case .merge: return try MergePatch.apply(patch, to: object)
        case .strategicMerge: return try StrategicMergePatch.apply(patch, to: object, type: type)
        case .json: return try JSONPatch(patch).apply(to: object)
        case .apply:
            throw StatusError(
                code: 415, reason: .unsupportedMediaType,
                message: "an apply configuration (application/apply-patch+yaml) cannot be used here")
        }
    }

    /// A value's kind in the words of Go's encoding/json.
    static func goName(_ value: JSON) -> String {
        switch value.kind {
        case .array: "array"
        case .string: "string"
        case .number: "number"
        case .bool: "bool"
        case .object: "object"
        case .null: "null"
        }
    }
}
