/// A Swagger 2.0 document as a message: gnostic's `openapi.v2.Document` (github.com/google/gnostic-models/openapiv2), which
/// clients in Go ask `/openapi/v2` for. What a document of ours has is written, the rest of that format is left out.
public enum SwaggerProtobuf {
    public static let mediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    /// The media type's name before RFC 6838 was minded, which clients still send.
    public static let formerMediaType = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

    public static func encode(_ document: JSON) -> [UInt8] {
        var writer = ProtobufWriter()
        for member in document.members {
            let value = member.value
            switch member.name {
            case "swagger": text(value, 1, &writer)
            case "info": writer.message(2) { info(value, &$0) }
            case "consumes": texts(value, 6, &writer)
            case "produces": texts(value, 7, &writer)
            case "paths":
                writer.message(8) { paths in
                    for path in value.members { named(path, 2, &paths) { pathItem($0, &$1) } }
                }
            case "definitions":
                writer.message(9) { definitions in
                    for definition in value.members { named(definition, 1, &definitions) { schema($0, &$1) } }
                }
            default: vendorExtension(member, 16, &writer)
            }
        }
        return writer.output
    }

    // MARK: Parts

    private static func info(_ info: JSON, _ writer: inout ProtobufWriter) {
        text(info["title"], 1, &writer)
        text(info["version"], 2, &writer)
        text(info["description"], 3, &writer)
    }

    private static let operations = [
        "get": 2, "put": 3, "post": 4, "delete": 5, "options": 6, "head": 7, "patch": 8,
    ]

    private static func pathItem(_ item: JSON, _ writer: inout ProtobufWriter) {
        for member in item.members {
            if let number = operations[member.name] {
                writer.message(number) { operation(member.value, &$0) }
            } else if member.name == "parameters" {
                for value in member.value.elements { writer.message(9) { parameter(value, &$0) } }
            } else {
                vendorExtension(member, 10, &writer)
            }
        }
    }

    private static func operation(_ operation: JSON, _ writer: inout ProtobufWriter) {
        for member in operation.members {
            switch member.name {
            case "tags": texts(member.value, 1, &writer)
            case "summary": text(member.value, 2, &writer)
            case "description": text(member.value, 3, &writer)
            case "operationId": text(member.value, 5, &writer)
            case "produces": texts(member.value, 6, &writer)
            case "consumes": texts(member.value, 7, &writer)
            case "parameters":
                for value in member.value.elements { writer.message(8) { parameter(value, &$0) } }
            case "responses":
                writer.message(9) { responses in
                    for answer in member.value.members {
                        // A ResponseValue's response.
                        named(answer, 1, &responses) { value, writer in writer.message(1) { response(value, &$0) } }
                    }
                }
            case "schemes": texts(member.value, 10, &writer)
            case "deprecated": flag(member.value, 11, &writer)
            default: vendorExtension(member, 13, &writer)
            }
        }
    }

    private static func response(_ response: JSON, _ writer: inout ProtobufWriter) {
        text(response["description"], 1, &writer)
        // A SchemaItem's schema.
        if let value = response["schema"] { writer.message(2) { $0.message(1) { schema(value, &$0) } } }
    }

    /// Which field of NonBodyParameter has a parameter that is `in` there, and how its own fields are numbered.
    private static let places: [String: (number: Int, type: Int)] = [
        "header": (1, 5), "formData": (2, 6), "query": (3, 6), "path": (4, 5),
    ]

    /// A ParametersItem: its parameter.
    private static func parameter(_ parameter: JSON, _ writer: inout ProtobufWriter) {
        writer.message(1) { writer in
            guard let place = places[parameter["in"]?.string ?? ""] else {
                return writer.message(1) { body in
                    text(parameter["description"], 1, &body)
                    text(parameter["name"], 2, &body)
                    text(parameter["in"], 3, &body)
                    flag(parameter["required"], 4, &body)
                    if let value = parameter["schema"] { body.message(5) { schema(value, &$0) } }
                }
            }
            writer.message(2) { writer in
                writer.message(place.number) { inner in
                    flag(parameter["required"], 1, &inner)
                    text(parameter["in"], 2, &inner)
                    text(parameter["description"], 3, &inner)
                    text(parameter["name"], 4, &inner)
                    // Only formData and query have `allowEmptyValue`, as their number 5.
                    if place.type == 6 { flag(parameter["allowEmptyValue"], 5, &inner) }
                    text(parameter["type"], place.type, &inner)
                    text(parameter["format"], place.type + 1, &inner)
                }
            }
        }
    }

    private static func schema(_ schema: JSON, _ writer: inout ProtobufWriter) {
        for member in schema.members {
            let value = member.value
            switch member.name {
            case "$ref": text(value, 1, &writer)
            case "format": text(value, 2, &writer)
            case "title": text(value, 3, &writer)
            case "description": text(value, 4, &writer)
            case "default": any(value, 5, &writer)
            case "pattern": text(value, 13, &writer)
            case "required": texts(value, 19, &writer)
            case "enum": for choice in value.elements { any(choice, 20, &writer) }
            case "additionalProperties":
                writer.message(21) { item in
                    if value.isObject { item.message(1) { self.schema(value, &$0) } } else { flag(value, 2, &item) }
                }
            case "type":
                writer.message(22) { value.isArray ? texts(value, 1, &$0) : text(value, 1, &$0) }
            case "items": writer.message(23) { $0.message(1) { self.schema(value, &$0) } }
            case "allOf": for part in value.elements { writer.message(24) { self.schema(part, &$0) } }
            case "properties":
                writer.message(25) { properties in
                    for property in value.members { named(property, 1, &properties) { self.schema($0, &$1) } }
                }
            default: vendorExtension(member, 31, &writer)
            }
        }
    }

    // MARK: Values

    private static func text(_ value: JSON?, _ number: Int, _ writer: inout ProtobufWriter) {
        if let text = value?.string, !text.isEmpty { writer.string(number, text) }
    }
    private static func texts(_ value: JSON, _ number: Int, _ writer: inout ProtobufWriter) {
        for text in value.elements.compactMap(\.string) { writer.string(number, text) }
    }
    private static func flag(_ value: JSON?, _ number: Int, _ writer: inout ProtobufWriter) {
        if value?.bool == true { writer.integer(number, 1) }
    }
    /// A message of a map: its key is field 1, its value the message 2.
    private static func named(
        _ member: JSON.Member, _ number: Int, _ writer: inout ProtobufWriter,
        _ write: (JSON, inout ProtobufWriter) -> Void
    ) {
        writer.message(number) { entry in
            entry.string(1, member.name)
            entry.message(2) { write(member.value, &$0) }
        }
    }
    /// Any value, as text in YAML, which JSON is.
    private static func any(_ value: JSON, _ number: Int, _ writer: inout ProtobufWriter) {
        writer.message(number) { $0.string(2, value.text) }
    }
    /// A NamedAny for what begins with `x-`; other members have no place.
    private static func vendorExtension(_ member: JSON.Member, _ number: Int, _ writer: inout ProtobufWriter) {
        guard member.name.hasPrefix("x-") else { return }
        writer.message(number) { entry in
            entry.string(1, member.name)
            any(member.value, 2, &entry)
        }
    }
}
