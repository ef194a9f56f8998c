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
            let object = try Protobuf.decode(request.body, type: protobufType)
            let isDefinition = GroupVersionKind(of: object) == DefinitionWire.kind
            return .object(isDefinition ? DefinitionWire.plain(object) : object, duplicateFields: [])
        default: throw unsupported(accepted)
        }
    }

    /// Options are of one type, whichever group's version they are sent in.
    private static func protobufType(_ kind: GroupVersionKind) -> SchemaType? {
        if kind.kind == "DeleteOptions" {
            return Schema.kubernetes(GroupVersionKind(group: "", version: "v1", kind: "DeleteOptions"))
        }
        return kind == DefinitionWire.kind ? DefinitionWire.type : Schema.kubernetes(kind)
    }

    /// A patch; its media type says which. Kinds that users define know no strategic ones. What an applied configuration has
    /// twice is refused or warned of.
    static func patch(_ request: Request, _ call: inout Call) throws -> Call.Body {
        let type = mediaType(request)
        let taken: [PatchKind] = [.json, .merge, .apply] + (call.resource.published == nil ? [.strategicMerge] : [])
        guard let kind = PatchKind(rawValue: type), taken.contains(kind) else {
            throw unsupported(taken.map(\.rawValue).joined(separator: ", "))
        }
        do {
            if kind == .apply {
                let document = try YAML.document(request.body)
                try judge(document.duplicates, &call)
                return .patch(kind, document.value)
            }
            return .patch(kind, try JSON(parsing: request.body))
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError.badRequest("error decoding patch: \(error)")
        }
    }

    private static func judge(_ duplicates: [YAML.Duplicate], _ call: inout Call) throws {
        guard !duplicates.isEmpty, call.fieldValidation != .ignore else { return }
        if call.fieldValidation == .warn { return call.warnings += duplicates.map(\.description) }
        let lines = duplicates.map { "  \($0)" }.joined(separator: "\n")
        throw StatusError.badRequest(
            "error decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n\(lines)")
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
