import APIMachinery
import KubeAPI

/// Everything that is wrong with a CustomResourceDefinition.
enum DefinitionRules {
    /// MaxSelectableFields
    private static let mostSelectableFields = 8
    private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
    private static let columnFormats = [
        "byte", "date", "date-time", "double", "float", "int32", "int64", "password",
    ]

    static func errors(creating definition: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let name = definition["metadata", "name"]?.string ?? ""
        let spec = definition["spec"] ?? .object
        if name != "\(spec["names", "plural"]?.string ?? "").\(spec["group"]?.string ?? "")" {
            checker.invalid("metadata.name", JSON(name), "must be spec.names.plural+\".\"+spec.group")
        }
        checkAll(&checker, definition)
        return checker.errors
    }

    static func errors(updating new: JSON, from old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checkAll(&checker, new)
        if isEstablished(old) {
            checker.immutable("spec.scope", new["spec", "scope"], old["spec", "scope"])
            checker.immutable("spec.names.kind", new["spec", "names", "kind"], old["spec", "names", "kind"])
        }
        checker.immutable("spec.group", new["spec", "group"], old["spec", "group"])
        checker.immutable("spec.names.plural", new["spec", "names", "plural"], old["spec", "names", "plural"])
        return checker.errors
    }

    static func errors(ofStatus definition: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("status.acceptedNames", definition["status", "acceptedNames"]) { checkNames(&$0, $1) }
        return checker.errors
    }

    static func isEstablished(_ definition: JSON) -> Bool {
        (definition["status", "conditions"]?.elements ?? []).contains {
            $0["type"]?.string == "Established" && $0["status"]?.string == "True"
        }
    }

    private static func checkAll(_ checker: inout FieldChecker, _ definition: JSON) {
        checker.inside("spec") { checkSpec(&$0, definition["spec"] ?? .object) }
        checker.inside("status.acceptedNames", definition["status", "acceptedNames"]) { checkNames(&$0, $1) }
        checkStoredVersions(&checker, definition)
        checkApproval(&checker, definition)
    }

    // MARK: The spec

    private static func checkSpec(_ checker: inout FieldChecker, _ spec: JSON) {
        let group = spec["group"]?.string ?? ""
        let faults = Validation.isDNS1123Subdomain(group)
        if group.isEmpty {
            checker.required("group")
        } else if !faults.isEmpty {
            checker.invalid("group", JSON(group), faults.joined(separator: ","))
        } else if !group.contains(".") {
            checker.invalid("group", JSON(group), "should be a domain with at least one dot")
        }
        checker.oneOf("scope", of: spec, ["Cluster", "Namespaced"])
        if spec["preserveUnknownFields"]?.bool == true {
            checker.invalid(
                "preserveUnknownFields", true,
                "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
            )
        }
        let versions = spec["versions"]?.elements ?? []
        checker.each("versions", of: spec) { checkVersion(&$0, $1) }
        let names = versions.map { $0["name"]?.string ?? "" }
        if Set(names).count != names.count {
            checker.invalid("versions", spec["versions"], "must contain unique version names")
        }
        if versions.count(where: { $0["storage"]?.bool == true }) != 1 {
            checker.invalid("versions", spec["versions"], "must have exactly one version marked as storage version")
        }
        checker.inside("names", spec["names"] ?? .object) { checker, names in
            for name in ["plural", "singular", "kind", "listKind"] where (names[name]?.string ?? "").isEmpty {
                checker.required(name)
            }
            checkNames(&checker, names)
        }
        checker.inside("conversion", spec["conversion"]) { checkConversion(&$0, $1) }
    }

    static func checkNames(_ checker: inout FieldChecker, _ names: JSON) {
        func check(_ checker: inout FieldChecker, _ name: String, _ value: String?, hasCase: Bool = false) {
            guard let value, !value.isEmpty else { return }
            let faults = Validation.isDNS1035Label(hasCase ? value.lowercased() : value)
            if faults.isEmpty { return }
            let prefix = hasCase ? "may have mixed case, but should otherwise match: " : ""
            checker.invalid(name, JSON(value), prefix + faults.joined(separator: ","))
        }
        let kind = names["kind"]?.string ?? ""
        check(&checker, "plural", names["plural"]?.string)
        check(&checker, "singular", names["singular"]?.string)
        check(&checker, "kind", kind, hasCase: true)
        check(&checker, "listKind", names["listKind"]?.string, hasCase: true)
        for list in ["shortNames", "categories"] {
            for (index, name) in (names[list]?.strings ?? []).enumerated() {
                let faults = Validation.isDNS1035Label(name)
                if !faults.isEmpty { checker.invalid("\(list)[\(index)]", JSON(name), faults.joined(separator: ",")) }
            }
        }
        if !kind.isEmpty, kind == names["listKind"]?.string {
            checker.invalid("listKind", JSON(kind), "kind and listKind may not be the same")
        }
    }

    // MARK: Versions

    private static func checkVersion(_ checker: inout FieldChecker, _ version: JSON) {
        let name = version["name"]?.string ?? ""
        let faults = Validation.isDNS1035Label(name)
        if !faults.isEmpty { checker.invalid("name", JSON(name), faults.joined(separator: ",")) }
        if let warning = version["deprecationWarning"]?.string {
            for fault in deprecationFaults(warning, isDeprecated: version["deprecated"]?.bool ?? false) {
                checker.invalid("deprecationWarning", JSON(warning), fault)
            }
        }
        let source = version["schema", "openAPIV3Schema"]
        let schema = source.flatMap { $0.isObject ? StructuralSchema($0) : nil }
        if let schema {
            checker.inside("schema.openAPIV3Schema") { checker in
                for error in SchemaRules.errors(schema) { checker.add(error.reason, error.field, error.message) }
            }
        } else {
            checker.required("schema.openAPIV3Schema")
        }
        checker.inside("subresources", version["subresources"]) { checker, subresources in
            checker.inside("scale", subresources["scale"]) { checkScale(&$0, $1) }
        }
        checker.each("additionalPrinterColumns", of: version) { checkColumn(&$0, $1) }
        checkSelectableFields(&checker, version, schema)
    }

    private static func deprecationFaults(_ warning: String, isDeprecated: Bool) -> [String] {
        if !isDeprecated { return ["can only be set for deprecated versions"] }
        var faults: [String] = []
        if warning.utf8.count > 256 { faults.append("must be <= 256 characters long") }
        if warning.isEmpty { faults.append("must not be an empty string") }
        var offset = 0
        for scalar in warning.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .unassigned, .surrogate, .privateUse, .lineSeparator, .paragraphSeparator:
                faults.append(
                    "must only contain printable UTF-8 characters; non-printable character found at index \(offset)")
                return faults
            default: offset += String(scalar).utf8.count
            }
        }
        return faults
    }

    private static func checkScale(_ checker: inout FieldChecker, _ scale: JSON) {
        let paths: [(name: String, starts: [String], isRequired: Bool, words: String)] = [
            ("specReplicasPath", [".spec."], true, "under .spec"),
            ("statusReplicasPath", [".status."], true, "under .status"),
            ("labelSelectorPath", [".spec.", ".status."], false, "under either .spec or .status"),
        ]
        for rule in paths {
            guard let path = scale[rule.name]?.string, !path.isEmpty else {
                if rule.isRequired { checker.required(rule.name) }
                continue
            }
            if path.contains("[") || FieldPath(path) == nil {
                checker.invalid(rule.name, JSON(path), "must be a simple json path starting with .")
            } else if !rule.starts.contains(where: path.hasPrefix) {
                checker.invalid(rule.name, JSON(path), "should be a json path \(rule.words)")
            }
        }
    }

    private static func checkColumn(_ checker: inout FieldChecker, _ column: JSON) {
        if (column["name"]?.string ?? "").isEmpty { checker.required("name") }
        let types = "must be one of \(columnTypes.joined(separator: ","))"
        let type = column["type"]?.string ?? ""
        if type.isEmpty {
            checker.required("type", types)
        } else if !columnTypes.contains(type) {
            checker.invalid("type", JSON(type), types)
        }
        if let format = column["format"]?.string, !format.isEmpty, !columnFormats.contains(format) {
            checker.invalid("format", JSON(format), "must be one of \(columnFormats.joined(separator: ","))")
        }
        let path = column["jsonPath"]?.string ?? ""
        if path.isEmpty {
            checker.required("JSONPath")
        } else if JSONPath(path) == nil {
            checker.invalid("JSONPath", JSON(path), "is an invalid path")
        }
    }

    private static func checkSelectableFields(
        _ checker: inout FieldChecker, _ version: JSON, _ schema: StructuralSchema?
    ) {
        var seen: Set<String> = []
        checker.each("selectableFields", of: version) { checker, field in
            let text = field["jsonPath"]?.string ?? ""
            if text.isEmpty { return checker.required("jsonPath") }
            guard !text.contains("["), let path = FieldPath(text), let schema, let found = path.schema(in: schema)
            else {
                return checker.invalid("jsonPath", JSON(text), "is an invalid path: does not refer to a valid field")
            }
            if path.names.first == "metadata" {
                checker.invalid("jsonPath", JSON(text), "must not point to fields in metadata")
            }
            if !["string", "boolean", "integer"].contains(found.type) {
                checker.invalid(
                    "jsonPath", JSON(text),
                    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats "
                        + "are allowed.")
            }
            if !seen.insert(text).inserted { checker.duplicate("jsonPath", JSON(text)) }
        }
        if seen.count > mostSelectableFields { checker.tooMany("selectableFields", seen.count, mostSelectableFields) }
    }

    // MARK: What is around

    private static func checkConversion(_ checker: inout FieldChecker, _ conversion: JSON) {
        checker.oneOf("strategy", of: conversion, ["None", "Webhook"])
        switch conversion["strategy"]?.string {
        case "Webhook":
            checker.forbidden("strategy", "conversion by webhook is not served by this cluster")
        case "None":
            if conversion["webhook", "clientConfig"] != nil {
                checker.forbidden("webhookClientConfig", "should not be set when strategy is not set to Webhook")
            }
            if conversion["webhook", "conversionReviewVersions"]?.count ?? 0 > 0 {
                checker.forbidden("conversionReviewVersions", "should not be set when strategy is not set to Webhook")
            }
        default: break
        }
    }

    private static func checkStoredVersions(_ checker: inout FieldChecker, _ definition: JSON) {
        let stored = definition["status", "storedVersions"]?.strings ?? []
        let versions = definition["spec", "versions"]?.elements ?? []
        let names = versions.map { $0["name"]?.string ?? "" }
        if stored.isEmpty {
            return checker.invalid("status.storedVersions", [], "must have at least one stored version")
        }
        for version in versions where version["storage"]?.bool == true {
            let name = version["name"]?.string ?? ""
            if !stored.contains(name) {
                checker.invalid("status.storedVersions", JSON(stored), "must have the storage version \(name)")
            }
        }
        for (index, name) in stored.enumerated() where !names.contains(name) {
            checker.invalid(
                "status.storedVersions[\(index)]", JSON(name),
                "missing from spec.versions; \(name) was previously a storage version, and must remain in spec.versions "
                    + "until a storage migration ensures no data remains persisted in \(name) and removes \(name) from "
                    + "status.storedVersions")
        }
    }

    /// Groups of Kubernetes' own are for kinds that its people have looked at (KEP-1111).
    private static func checkApproval(_ checker: inout FieldChecker, _ definition: JSON) {
        let group = definition["spec", "group"]?.string ?? ""
        let isProtected =
            [".k8s.io", ".kubernetes.io"].contains { group.hasSuffix($0) }
            || ["k8s.io", "kubernetes.io"].contains(group)
        guard isProtected else { return }
        let name = "api-approved.kubernetes.io"
        let value = definition["metadata", "annotations"]?[name]?.string ?? ""
        if value.isEmpty {
            checker.required(
                "metadata.annotations[\(name)]",
                "protected groups must have approval annotation \"\(name)\", see https://github.com/kubernetes/enhancements/pull/1111"
            )
        } else if !value.hasPrefix("unapproved"), !value.hasPrefix("https://"), !value.hasPrefix("http://") {
            checker.invalid(
                "metadata.annotations[\(name)]", JSON(value),
                "protected groups must have approval annotation \"\(name)\" with either a URL or a reason starting with "
                    + "\"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111")
        }
    }
}
