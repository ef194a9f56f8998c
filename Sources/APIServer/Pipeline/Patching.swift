import APIMachinery
import ControlLoops
import KubeAPI

/// Chooses the patch algorithm and says what went wrong as Kubernetes does.
enum Patching {
    static func apply(_ kind: PatchKind, _ patch: JSON, to object: JSON, _ resource: Resource) throws -> JSON {
        switch kind {
        case .merge, .strategicMerge:
            guard patch.isObject else {
                throw StatusError.badRequest(
                    "error decoding patch: json: cannot unmarshal \(goName(patch)) into Go value of type map[string]interface {}"
                )
            }
            return merged(object, patch)
        case .json, .apply:
            throw StatusError(
                code: 415, reason: .unsupportedMediaType,
                message: "patches of type \(kind.rawValue) are not supported yet")
        }
    }

    /// RFC 7396.
    private static func merged(_ target: JSON, _ patch: JSON) -> JSON {
        guard patch.isObject else { return patch }
        var result: JSON = target.isObject ? target : .object
        for member in patch.members {
            if member.value.isNull {
                result[member.name] = nil
            } else {
                result[member.name] = merged(result[member.name] ?? .null, member.value)
            }
        }
        return result
    }

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
