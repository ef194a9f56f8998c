import APIMachinery
import CEL
import KubeAPI

/// What is wrong with a schema as a definition's `openAPIV3Schema`: what apiextensions' OpenAPI subset forbids, and what makes
/// it not structural. Paths are relative to the schema.
enum SchemaRules {
    private enum Level: Equatable {
        case root, item, field
        var name: String {
            switch self {
            case .root: "at the root"
            case .item: "for specified array items"
            case .field: "for specified object fields"
            }
        }
    }
    /// What is allowed where a schema stands.
    private struct Place {
        var level = Level.root
        /// Whether it is within another's metadata, kind or apiVersion.
        var isInMetadata = false
        /// Why there may be no defaults here.
        var noDefaults: String?
    }

    private static let types = ["array", "boolean", "integer", "number", "object", "string"]
    /// What a whole object has besides its own fields.
    private static let ofEveryKind: Set<String> = ["metadata", "kind", "apiVersion"]

    static func errors(_ schema: StructuralSchema) -> [FieldError] {
        var checker = FieldChecker()
        check(&checker, schema, Place())
        // What does not even parse as a schema has no expressions to speak of.
        if checker.errors.isEmpty { ExpressionFaults.check(&checker, schema) }
        return checker.errors
    }

    private static func check(_ checker: inout FieldChecker, _ schema: StructuralSchema, _ place: Place) {
        checkSubset(&checker, schema, place)
        checkLists(&checker, schema)
        checkStructure(&checker, schema, place)
        checkJunctors(&checker, schema)
        checkRules(&checker, schema)
        checkDefault(&checker, schema, place)
        let isWhole = place.level == .root || schema.isEmbedded
        for name in schema.names {
            guard let property = schema.properties[name] else { continue }
            var inner = Place(level: .field, isInMetadata: place.isInMetadata, noDefaults: place.noDefaults)
            if isWhole, ofEveryKind.contains(name) {
                inner.isInMetadata = true
                if place.level == .root { inner.noDefaults = "in top-level \(name)" }
            }
            checker.inside("properties[\(name)]") { check(&$0, property, inner) }
        }
        if let items = schema.items {
            checker.inside("items") {
                check(
                    &$0, items, Place(level: .item, isInMetadata: place.isInMetadata, noDefaults: place.noDefaults))
            }
        }
        if let additional = schema.additional.schema {
            var inner = Place(level: .field, isInMetadata: place.isInMetadata, noDefaults: place.noDefaults)
            if place.isInMetadata { inner.noDefaults = "inside additionalProperties applying to object metadata" }
            checker.inside("additionalProperties") { check(&$0, additional, inner) }
        }
    }

    // MARK: The subset

    private static func checkSubset(_ checker: inout FieldChecker, _ schema: StructuralSchema, _ place: Place) {
        let source = schema.source
        if schema.type == "null" {
            checker.forbidden("type", "type cannot be set to null, use nullable as an alternative")
        } else if !schema.type.isEmpty, !types.contains(schema.type) {
            checker.notSupported("type", JSON(schema.type), types)
        }
        for name in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"]
        where source[name] != nil && source[name]?.string != ""
            && !(source[name]?.isObject == true && source[name]?.count == 0)
        {
            checker.forbidden(name, "\(name) is not supported")
        }
        if source["items"]?.isArray == true {
            checker.forbidden("items", "items must be a schema object and not an array")
        }
        if source["uniqueItems"]?.bool == true {
            checker.forbidden(
                "uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic")
        }
        if !schema.properties.isEmpty {
            switch schema.additional {
            case .schema, .nothing:
                checker.forbidden("additionalProperties", "additionalProperties and properties are mutual exclusive")
            case .absent, .anything: break
            }
        }
        if source["x-kubernetes-preserve-unknown-fields"]?.bool == false {
            checker.invalid("x-kubernetes-preserve-unknown-fields", false, "must be true or undefined")
        }
        if place.isInMetadata, schema.isEmbedded {
            checker.forbidden("x-kubernetes-embedded-resource", "must not be used inside of resource meta")
        }
        if let pattern = schema.limits.pattern, schema.limits.compiledPattern == nil {
            checker.invalid(
                "pattern", JSON(pattern),
                "must be a valid regular expression, but isn't: error parsing regexp: \(reason(pattern))")
        }
    }
    private static func reason(_ pattern: String) -> String {
        do throws(PatternError) { _ = try Pattern(pattern) } catch { return error.sentence }
        return ""
    }

    // MARK: Lists and maps

    private static func checkLists(_ checker: inout FieldChecker, _ schema: StructuralSchema) {
        mustBe(&checker, "object", schema.type, where: "x-kubernetes-map-type", schema.mapType)
        if let type = schema.mapType, !["atomic", "granular"].contains(type) {
            checker.notSupported("x-kubernetes-map-type", JSON(type), ["atomic", "granular"])
        }
        mustBe(&checker, "array", schema.type, where: "x-kubernetes-list-type", schema.listType)
        if let type = schema.listType, !["atomic", "set", "map"].contains(type) {
            checker.notSupported("x-kubernetes-list-type", JSON(type), ["atomic", "set", "map"])
        }
        if schema.listType == "set", schema.type == "array", let items = schema.items {
            let detail = "must be atomic as item of a list with x-kubernetes-list-type=set"
            if items.type == "array", let inner = items.listType, inner != "atomic" {
                checker.invalid("items.x-kubernetes-list-type", JSON(inner), detail)
            }
            if items.type == "object", items.mapType != "atomic" {
                checker.invalid("items.x-kubernetes-map-type", items.mapType.map { JSON($0) }, detail)
            }
        }
        if !schema.listMapKeys.isEmpty, schema.listType != "map" {
            let detail = "must be map if x-kubernetes-list-map-keys is non-empty"
            if let type = schema.listType {
                checker.invalid("x-kubernetes-list-type", JSON(type), detail)
            } else {
                checker.required("x-kubernetes-list-type", detail)
            }
        }
        if ["set", "map"].contains(schema.listType), schema.items?.isNullable == true {
            checker.forbidden(
                "items.nullable", "cannot be nullable when x-kubernetes-list-type is \(schema.listType ?? "")")
        }
        if schema.listType == "map" { checkKeys(&checker, schema) }
    }

    private static func mustBe(
        _ checker: inout FieldChecker, _ wanted: String, _ type: String, where name: String, _ value: String?
    ) {
        guard value != nil, type != wanted else { return }
        let detail = "must be \(wanted) if \(name) is specified"
        if type.isEmpty { checker.required("type", detail) } else { checker.invalid("type", JSON(type), detail) }
    }

    private static func checkKeys(_ checker: inout FieldChecker, _ schema: StructuralSchema) {
        if schema.listMapKeys.isEmpty {
            checker.required("x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map")
        }
        guard let items = schema.items else {
            return checker.required("items", "must have a schema if x-kubernetes-list-type is map")
        }
        guard items.type == "object" else {
            return checker.invalid(
                "items.type", JSON(items.type), "must be object if parent array's x-kubernetes-list-type is map")
        }
        var seen: Set<String> = []
        for key in schema.listMapKeys {
            if !seen.insert(key).inserted {
                checker.invalid(
                    "x-kubernetes-list-map-keys", JSON(schema.listMapKeys), "must not contain duplicate entries")
            }
            guard let member = items.properties[key] else {
                checker.invalid(
                    "x-kubernetes-list-map-keys", JSON(schema.listMapKeys),
                    "entries must all be names of item properties")
                continue
            }
            checker.inside("items.properties[\(key)]") { checker in
                if ["array", "object"].contains(member.type) {
                    checker.invalid(
                        "type", JSON(items.type),
                        "must be a scalar type if parent array's x-kubernetes-list-type is map")
                }
                if !items.required.contains(key), member.defaultValue == nil {
                    checker.required(
                        "default",
                        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
                    )
                }
                if member.isNullable {
                    checker.forbidden(
                        "nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable")
                }
            }
        }
    }

    // MARK: Structure

    private static func checkStructure(_ checker: inout FieldChecker, _ schema: StructuralSchema, _ place: Place) {
        if schema.type == "array", schema.items == nil, schema.source["items"]?.isArray != true {
            checker.required("items", "must be specified")
        }
        if place.level == .root, !schema.additional.isAbsent {
            checker.forbidden("additionalProperties", "must not be used at the root")
        }
        if schema.isIntOrString, schema.preservesUnknownFields {
            checker.invalid(
                "x-kubernetes-preserve-unknown-fields", true, "must be false if x-kubernetes-int-or-string is true")
        }
        if schema.isIntOrString, schema.isEmbedded {
            checker.invalid(
                "x-kubernetes-embedded-resource", true, "must be false if x-kubernetes-int-or-string is true")
        }
        if schema.isEmbedded {
            if schema.type != "object" {
                let detail = "must be object if x-kubernetes-embedded-resource is true"
                if schema.type.isEmpty {
                    checker.required("type", detail)
                } else {
                    checker.invalid("type", JSON(schema.type), detail)
                }
            }
            if !schema.additional.isAbsent {
                checker.forbidden("additionalProperties", "must not be used if x-kubernetes-embedded-resource is set")
            }
            if !schema.preservesUnknownFields, schema.properties.isEmpty {
                checker.required(
                    "properties",
                    "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
                )
            }
        } else if schema.type.isEmpty, !schema.isIntOrString, !schema.preservesUnknownFields {
            checker.required("type", "must not be empty \(place.level.name)")
        }
        if place.level == .root, !schema.type.isEmpty, schema.type != "object" {
            checker.invalid("type", JSON(schema.type), "must be object at the root")
        }
        if place.level == .root || schema.isEmbedded {
            checkOfEveryKind(&checker, schema, isRoot: place.level == .root)
        }
    }

    private static func checkOfEveryKind(_ checker: inout FieldChecker, _ schema: StructuralSchema, isRoot: Bool) {
        for name in ["kind", "apiVersion"] {
            if let property = schema.properties[name], property.type != "string" {
                checker.invalid("properties[\(name)].type", JSON(property.type), "must be string")
            }
        }
        guard let metadata = schema.properties["metadata"] else { return }
        if metadata.type != "object" {
            checker.invalid("properties[metadata].type", JSON(metadata.type), "must be object")
        }
        guard isRoot else { return }
        let names = Set(metadata.names).subtracting(["name", "generateName"])
        let others = Set(metadata.source.members.map(\.name)).subtracting([
            "type", "properties", "description", "title", "default",
        ])
        if !names.isEmpty || !others.isEmpty {
            checker.forbidden(
                "properties[metadata]",
                "must not specify anything other than name and generateName, but metadata is implicitly specified")
        }
    }

    // MARK: Junctors

    private static func checkJunctors(_ checker: inout FieldChecker, _ schema: StructuralSchema) {
        // `anyOf: [{type: integer}, {type: string}]` is how int-or-string is said to those who do not know it.
        let isPattern: ([StructuralSchema]) -> Bool = {
            $0.count == 2 && $0[0].source == ["type": "integer"] && $0[1].source == ["type": "string"]
        }
        if !isPattern(schema.anyOf) {
            for (index, part) in schema.anyOf.enumerated() {
                checker.inside("anyOf[\(index)]") { checkNested(&$0, part) }
            }
        }
        for (index, part) in schema.allOf.enumerated() {
            if index == 0, isPattern(part.anyOf), part.source.count == 1 { continue }
            checker.inside("allOf[\(index)]") { checkNested(&$0, part) }
        }
        for (index, part) in schema.oneOf.enumerated() { checker.inside("oneOf[\(index)]") { checkNested(&$0, part) } }
        if let not = schema.not { checker.inside("not") { checkNested(&$0, not) } }
    }

    /// What says nothing but whether a value is right may say nothing else.
    private static func checkNested(_ checker: inout FieldChecker, _ schema: StructuralSchema) {
        let isEmptyOrUndefined: [(name: String, isThere: Bool, detail: String)] = [
            ("type", !schema.type.isEmpty, "must be empty to be structural"),
            ("additionalProperties", !schema.additional.isAbsent, "must be undefined to be structural"),
            ("default", schema.defaultValue != nil, "must be undefined to be structural"),
            ("title", schema.source["title"]?.string?.isEmpty == false, "must be empty to be structural"),
            ("description", schema.source["description"]?.string?.isEmpty == false, "must be empty to be structural"),
            ("nullable", schema.isNullable, "must be false to be structural"),
            (
                "x-kubernetes-preserve-unknown-fields", schema.preservesUnknownFields,
                "must be false to be structural"
            ),
            ("x-kubernetes-embedded-resource", schema.isEmbedded, "must be false to be structural"),
            ("x-kubernetes-int-or-string", schema.isIntOrString, "must be false to be structural"),
            ("x-kubernetes-list-map-keys", !schema.listMapKeys.isEmpty, "must be empty to be structural"),
            ("x-kubernetes-list-type", schema.listType != nil, "must be undefined to be structural"),
            ("x-kubernetes-map-type", schema.mapType != nil, "must be undefined to be structural"),
            ("x-kubernetes-validations", !schema.rules.isEmpty, "must be empty to be structural"),
        ]
        for rule in isEmptyOrUndefined where rule.isThere { checker.forbidden(rule.name, rule.detail) }
        if schema.properties["metadata"] != nil {
            checker.forbidden("properties[metadata]", "must not be specified in a nested context")
        }
        if let pattern = schema.limits.pattern, schema.limits.compiledPattern == nil {
            checker.invalid(
                "pattern", JSON(pattern),
                "must be a valid regular expression, but isn't: error parsing regexp: \(reason(pattern))")
        }
        checkJunctors(&checker, schema)
        if let items = schema.items { checker.inside("items") { checkNested(&$0, items) } }
        for name in schema.names {
            if let part = schema.properties[name] { checker.inside("properties[\(name)]") { checkNested(&$0, part) } }
        }
    }

    // MARK: Rules and defaults

    private static let reasons = [
        "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired",
    ]

    private static func checkRules(_ checker: inout FieldChecker, _ schema: StructuralSchema) {
        for (index, rule) in schema.rules.enumerated() {
            checker.inside("x-kubernetes-validations[\(index)]") { checker in
                let text = (rule["rule"]?.string ?? "").trimmed
                let message = rule["message"]?.string ?? ""
                if text.isEmpty {
                    checker.required("rule", "rule is not specified")
                } else if !message.isEmpty, message.trimmed.isEmpty {
                    checker.invalid("message", JSON(message), "must be non-empty if specified")
                } else if message.trimmed.contains(where: \.isNewline) {
                    checker.invalid("message", JSON(message), "must not contain line breaks")
                } else if text.contains(where: \.isNewline), message.trimmed.isEmpty {
                    checker.required("message", "message must be specified if rule contains line breaks")
                }
                if let made = rule["messageExpression"]?.string, !made.isEmpty, made.trimmed.isEmpty {
                    checker.required("messageExpression", "messageExpression must be non-empty if specified")
                }
                if let reason = rule["reason"]?.string, !reasons.contains(reason) {
                    checker.notSupported("reason", JSON(reason), reasons)
                }
                guard let path = rule["fieldPath"]?.string, !path.isEmpty else { return }
                if path.trimmed.isEmpty {
                    checker.invalid("fieldPath", JSON(path), "must be non-empty if specified")
                } else if path.contains(where: \.isNewline) {
                    checker.invalid("fieldPath", JSON(path), "must not contain line breaks")
                }
                if FieldPath(path).flatMap({ $0.schema(in: schema) }) == nil {
                    checker.invalid("fieldPath", JSON(path), "must be a valid path")
                }
            }
        }
    }

    private static func checkDefault(_ checker: inout FieldChecker, _ schema: StructuralSchema, _ place: Place) {
        guard let value = schema.defaultValue else { return }
        if let reason = place.noDefaults { return checker.forbidden("default", "must not be set \(reason)") }
        if place.level == .root { return checker.forbidden("default", "must not be set at the root") }
        var pruned = value
        let whole = StructuralSchema([
            "type": "object", "properties": ["default": schema.source], "x-kubernetes-embedded-resource": false,
        ])
        var holder: JSON = ["default": pruned]
        if !Pruning.prune(&holder, whole).isEmpty {
            return checker.invalid("default", value, "must not have unknown fields")
        }
        schema.fillIn(&pruned)
        for error in ObjectValidation.errors(["default": pruned], whole) {
            checker.add(error.reason, error.field, error.message)
        }
    }
}
