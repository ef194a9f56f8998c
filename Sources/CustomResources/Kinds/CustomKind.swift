import APIMachinery
import KubeAPI

/// What a CustomResourceDefinition makes: a `Resource` for each version that is served, the stored one first.
public enum CustomKind {
    /// Empty for a definition that is not established, or that serves no version. The stored version is there where any is,
    /// as its objects are kept in it.
    public static func resources(of definition: JSON) -> [Resource] {
        guard DefinitionStatus.isTrue(definition, "Established"),
            let group = definition["spec", "group"]?.string
        else { return [] }
        let versions = definition["spec", "versions"]?.elements ?? []
        guard let stored = versions.first(where: { $0["storage"]?.bool == true }) else { return [] }
        let served = versions.filter { $0["served"]?.bool == true }
        if served.isEmpty { return [] }
        let ordered = served.filter { $0["name"] == stored["name"] } + served.filter { $0["name"] != stored["name"] }
        let storedName = stored["name"]?.string ?? ""
        return ordered.map { CustomVersion(definition, group, $0, storedAs: "\(group)/\(storedName)").resource }
    }
}

/// One version of a custom kind.
private struct CustomVersion {
    private let definition: JSON
    private let version: JSON
    private let kind: GroupVersionKind
    private let storedVersion: String
    private let schema: StructuralSchema
    private let names: JSON

    init(_ definition: JSON, _ group: String, _ version: JSON, storedAs storedVersion: String) {
        self.definition = definition
        self.version = version
        self.storedVersion = storedVersion
        names = definition["status", "acceptedNames"] ?? .object
        kind = GroupVersionKind(
            group: group, version: version["name"]?.string ?? "", kind: names["kind"]?.string ?? "")
        schema = StructuralSchema(version["schema", "openAPIV3Schema"] ?? .object)
    }

    var resource: Resource {
        let schema = schema
        let kind = kind
        let expressions = SchemaExpressions(schema)
        let hasStatus = version["subresources", "status"] != nil
        let statusSchema = schema.properties["status"]
        let verbs: [Verb] = [.get, .patch, .update]
        var subresources: [Resource.Subresource] = []
        if hasStatus { subresources.append(Resource.Subresource(.status, kind, verbs: verbs)) }
        if scale != nil {
            subresources.append(
                Resource.Subresource(
                    .scale, GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"), verbs: verbs))
        }
        return Resource(
            kind.apiVersion, kind.kind, plural: names["plural"]?.string ?? "",
            shortNames: names["shortNames"]?.strings ?? [], categories: names["categories"]?.strings ?? [],
            isNamespaced: definition["spec", "scope"]?.string == "Namespaced", verbs: allVerbs,
            subresources: subresources,
            columns: columns, schema: OwnedTypes.type(of: schema, kind: kind.kind), allowsUnconditionalUpdate: false,
            prepareForCreate: { object in
                if hasStatus { object["status"] = Optional.none }
                object["metadata", "generation"] = 1
            },
            prepareForUpdate: { new, old in
                if hasStatus { new["status"] = old["status"] }
                let isChanged = Self.content(new, withStatus: !hasStatus) != Self.content(old, withStatus: !hasStatus)
                let generation = old["metadata", "generation"]?.int ?? 0
                new["metadata", "generation"] = JSON(isChanged ? generation + 1 : generation)
            },
            prepareForStatusUpdate: { new, old in
                var kept = old
                kept["status"] = new["status"]
                kept["metadata", "resourceVersion"] = new["metadata", "resourceVersion"]
                kept["metadata", "managedFields"] = new["metadata", "managedFields"]
                new = kept
            },
            setDefaults: { schema.fillIn(&$0) },
            validate: { Self.errors($0, old: nil, schema, expressions) },
            validateUpdate: { new, old in Self.errors(new, old: old, schema, expressions) },
            validateStatusUpdate: { new, old in
                guard let statusSchema, let status = new["status"] else { return [] }
                let whole = StructuralSchema(["type": "object", "properties": ["status": statusSchema.source]])
                return ObjectValidation.errors(["status": status], whole) + ListRules.errors(["status": status], whole)
                    + ExpressionRules.errors(new, old: old, schema, expressions)
            },
            validateName: { Validation.isDNS1123Subdomain($0) }, finalizerNames: .any, conversion: conversion,
            selectableFields: selectableFields, deprecation: deprecation, singular: names["singular"]?.string,
            listKind: names["listKind"]?.string,
            reader: { object throws(StatusError) in try Self.read(object, schema, kind) }, scalePaths: scale,
            published: published)
    }

    /// While the definition goes, its objects go too, and nobody makes new ones.
    private var allVerbs: [Verb] {
        let all: [Verb] = [.create, .delete, .deleteCollection, .get, .list, .patch, .update, .watch]
        return definition["metadata", "deletionTimestamp"] == nil ? all : all.filter { $0 != .create }
    }

    /// All but the metadata, which generations do not count.
    private static func content(_ object: JSON, withStatus: Bool) -> JSON {
        var object = object
        object["metadata"] = Optional.none
        if !withStatus { object["status"] = Optional.none }
        return object
    }

    // MARK: Reading and rules

    private static let metadata = Schema.kubernetes(
        GroupVersionKind(group: "", version: "v1", kind: "PartialObjectMetadata"))

    /// Drops what the schema does not know; metadata is read as every object's is.
    private static func read(
        _ object: JSON, _ schema: StructuralSchema, _ kind: GroupVersionKind
    ) throws(StatusError) -> SchemaType.Reading {
        var result = object
        var unknown: [String] = []
        if let type = metadata, let value = object["metadata"] {
            do throws(SchemaTypeError) {
                let reading = try type.read(["metadata": value, "apiVersion": "v1", "kind": "PartialObjectMetadata"])
                result["metadata"] = reading.value["metadata"] ?? .object
                if result["metadata", "creationTimestamp"]?.isNull == true {
                    result["metadata"]?["creationTimestamp"] = Optional.none
                }
                unknown += reading.unknownFields
            } catch {
                throw .cannotBeHandled(as: kind, error.description)
            }
        }
        unknown = (unknown + EmbeddedMetadata.read(&result, schema) + Pruning.prune(&result, schema)).sorted()
        return SchemaType.Reading(value: result, unknownFields: unknown)
    }

    private static func errors(
        _ object: JSON, old: JSON?, _ schema: StructuralSchema, _ expressions: SchemaExpressions
    ) -> [FieldError] {
        var errors = ObjectValidation.errors(object, schema)
        let isRepeated = old.map { !ListRules.errors($0, schema).isEmpty } ?? false
        if !isRepeated { errors += ListRules.errors(object, schema) }
        // Where types are wrong, expressions make no sense.
        let isTyped = !errors.contains {
            [.required, .tooLong, .tooMany, .notSupported, .typeInvalid].contains($0.reason)
        }
        if isTyped { errors += ExpressionRules.errors(object, old: old, schema, expressions) }
        return errors
    }

    /// Nothing but the version's name changes; where there are defaults, what is read has them, whenever it was written.
    private var conversion: VersionConversion? {
        let isStored = kind.apiVersion == storedVersion
        guard !isStored || schema.hasDefaults else { return nil }
        let (apiVersion, storedVersion, schema) = (kind.apiVersion, storedVersion, schema)
        return VersionConversion(
            isOfStoredVersion: isStored,
            serve: { object in
                var served = object
                served["apiVersion"] = JSON(apiVersion)
                if !isStored { _ = Pruning.prune(&served, schema) }
                schema.fillIn(&served)
                return served
            },
            store: { object in
                var stored = object
                stored["apiVersion"] = JSON(storedVersion)
                return stored
            })
    }

    // MARK: What is shown

    private var scale: Resource.ScalePaths? {
        guard let scale = version["subresources", "scale"],
            let replicas = scale["specReplicasPath"]?.string.flatMap({ FieldPath($0) }),
            let status = scale["statusReplicasPath"]?.string.flatMap({ FieldPath($0) })
        else { return nil }
        return Resource.ScalePaths(
            replicas: replicas.names, statusReplicas: status.names,
            selector: scale["labelSelectorPath"]?.string.flatMap { FieldPath($0)?.names })
    }

    private var columns: [Resource.Column] {
        let name = Resource.Column("Name", "string", format: "name") { $0["metadata", "name"] ?? "" }
        let others = version["additionalPrinterColumns"]?.elements ?? []
        if others.isEmpty {
            return [name, Resource.Column("Age", "date") { $0["metadata", "creationTimestamp"] ?? .null }]
        }
        return [name] + others.compactMap { CustomColumn.column($0) }
    }

    private var selectableFields: [String: @Sendable (JSON) -> String] {
        var fields: [String: @Sendable (JSON) -> String] = [:]
        for field in version["selectableFields"]?.elements ?? [] {
            guard let text = field["jsonPath"]?.string, let path = FieldPath(text) else { continue }
            fields[String(text.dropFirst())] = { object in
                let value = object.at(path.names) ?? .null
                return value.string ?? (value.isNull ? "" : value.text)
            }
        }
        return fields
    }

    private var deprecation: String {
        guard version["deprecated"]?.bool == true else { return "" }
        return version["deprecationWarning"]?.string ?? "\(kind.apiVersion) \(kind.kind) is deprecated"
    }

    private var published: Resource.Published {
        let reversed = kind.group.split(separator: ".").reversed().joined(separator: ".")
        return Resource.Published(
            name: "\(reversed).\(kind.version).\(kind.kind)",
            v2: schema.preservesUnknownFields ? StructuralSchema.unknown : schema.publishedV2, v3: schema.publishedV3)
    }
}
