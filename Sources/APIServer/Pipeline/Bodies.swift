import APIMachinery
import HTTPMessages
import KubeAPI

/// Turns a request's body into a value, by its content type.
enum Bodies {
    static let accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf"

    /// An object; throws 415 for media types we cannot read and 400 for what is not an object.
    static func object(_ request: Request, kind: String) throws -> Call.Body {
        switch mediaType(request) {
        case "", "application/json", "*/*": return try json(request.body, kind: kind)
        case "application/yaml", "application/x-yaml", "text/yaml": return try yaml(request.body, kind: kind)
        case Protobuf.mediaType:
            return .object(try Protobuf.decode(request.body, type: protobufType), duplicateFields: [])
        default: throw unsupported(accepted)
        }
    }

    /// Options are of one type, whichever group's version they are sent in.
    private static func protobufType(_ kind: GroupVersionKind) -> SchemaType? {
        if kind.kind == "DeleteOptions" {
            return Schema.kubernetes(GroupVersionKind(group: "", version: "v1", kind: "DeleteOptions"))
        }
        // Schemas within definitions are JSON.
        return kind.group == "apiextensions.k8s.io" ? nil : Schema.kubernetes(kind)
    }

    /// A patch; its media type says which. Kinds that users define know no strategic ones.
    static func patch(_ request: Request, _ resource: Resource) throws -> Call.Body {
        let type = mediaType(request)
        let taken: [PatchKind] = [.json, .merge, .apply] + (resource.published == nil ? [.strategicMerge] : [])
        guard let kind = PatchKind(rawValue: type), taken.contains(kind) else {
            throw unsupported(taken.map(\.rawValue).joined(separator: ", "))
        }
        do {
            if kind == .apply { return .patch(kind, try YAML.document(request.body).value) }
            return .patch(kind, try JSON(parsing: request.body))
        } catch {
            throw StatusError.badRequest("error decoding patch: \(error)")
        }
    }

    private static func json(_ bytes: [UInt8], kind: String) throws -> Call.Body {
        var duplicates: DuplicateFields = []
        do {
            let value = try JSON(parsing: bytes, duplicates: &duplicates)
            guard value.isObject else {
                throw StatusError.badRequest(
                    "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; json parse error: "
                        + "json: cannot unmarshal \(Patching.goName(value)) into Go value of type struct { APIVersion string "
                        + "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }")
            }
            return .object(value, duplicateFields: duplicates)
        } catch let error as JSONError {
            throw StatusError.badRequest(
                "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; json parse error: "
                    + "\(error)")
        }
    }

    private static func yaml(_ bytes: [UInt8], kind: String) throws -> Call.Body {
        let document: YAML.Document
        do {
            document = try YAML.document(bytes)
        } catch {
            throw StatusError.badRequest(
                "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; json parse error: "
                    + "\(error)")
        }
        guard document.value.isObject else {
            throw StatusError.badRequest(
                "the object provided is unrecognized (must be of type \(kind)): the document is no map")
        }
        return .object(document.value, duplicateFields: DuplicateFields(document.duplicates.map(\.path)))
    }

    static func mediaType(_ request: Request) -> String {
        guard let header = request.header("content-type") else { return "" }
        // As nearly all write it.
        if header == "application/json" || isPlain(header) { return header }
        return header.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    }

    /// Whether nothing of a header is to be made lower case or left out.
    private static func isPlain(_ header: String) -> Bool {
        header.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ";") && !(0x41...0x5A ~= $0)
        }
    }

    private static func unsupported(_ accepted: String) -> StatusError {
        StatusError(
            code: 415, reason: .unsupportedMediaType,
            message: "the body of the request was in an unknown format - accepted media types include: \(accepted)")
    }
}
