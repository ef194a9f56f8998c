import APIMachinery
import Basics
import KubeAPI

/// Inputs for the functions that read what clients send, without a server. Gives a sentence when what was read does not stay.
enum FuzzValues {
    static let names = ["json", "yaml", "protobuf", "selectors", "fields", "patches", "quantities"]

    static func run(_ name: String, _ mutation: inout Mutation) -> String? {
        switch name {
        case "json": json(&mutation)
        case "yaml": yaml(&mutation)
        case "protobuf": protobuf(&mutation)
        case "selectors": selectors(&mutation)
        case "fields": fields(&mutation)
        case "patches": patches(&mutation)
        default: quantities(&mutation)
        }
    }

    private static let texts = FuzzSamples.objects.map { Array($0.utf8) }
    private static let values = FuzzSamples.objects.compactMap { try? JSON(parsing: $0) }
    private static let manager = ServerSideApply.Manager(name: "fuzz", time: Instant(secondsSince1970: 1_700_000_000))

    private static func type(_ object: JSON) -> SchemaType? { Schema.kubernetes(GroupVersionKind(of: object)) }

    private static func json(_ mutation: inout Mutation) -> String? {
        let bytes = mutation.mutated(mutation.pick(texts), with: texts)
        var duplicates = DuplicateFields()
        guard let value = try? JSON(parsing: bytes, duplicates: &duplicates) else { return nil }
        guard let again = try? JSON(parsing: value.bytes), again == value else { return "JSON does not stay" }
        guard value.isObject, let type = type(value), let written = try? Protobuf.encode(value, type: type) else {
            return nil
        }
        if (try? Protobuf.decode(written) { Schema.kubernetes($0) }) == nil { return "protobuf is not read again" }
        return nil
    }

    private static func yaml(_ mutation: inout Mutation) -> String? {
        let samples = FuzzSamples.yaml.map { Array($0.utf8) }
        let bytes = mutation.mutated(mutation.pick(samples), with: samples + texts)
        guard let documents = try? YAML.documents(bytes) else { return nil }
        for document in documents {
            guard let again = try? YAML.document(Array(YAML.text(document.value).utf8)) else {
                return "YAML is not read again"
            }
            if again.value != document.value { return "YAML does not stay" }
        }
        return nil
    }

    private static func protobuf(_ mutation: inout Mutation) -> String? {
        let bytes = mutation.mutated(mutation.pick(FuzzSamples.protobuf), with: FuzzSamples.protobuf)
        guard let value = try? Protobuf.decode(bytes, type: { Schema.kubernetes($0) }) else { return nil }
        if (try? JSON(parsing: value.bytes)) == nil { return "what protobuf gave is no JSON" }
        if value.isObject, let type = type(value) { _ = try? Protobuf.encode(value, type: type) }
        return nil
    }

    private static func selectors(_ mutation: inout Mutation) -> String? {
        let labels = ["a": "b", "x": "a", "k": ""]
        if let selector = try? LabelSelector(parsing: mutation.mutated(mutation.pick(FuzzSamples.labelSelectors))) {
            _ = selector.matches(labels)
        }
        _ = try? FieldSelector(parsing: mutation.mutated(mutation.pick(FuzzSamples.fieldSelectors)))
        return nil
    }

    /// FieldsV1: managed fields that a client sends, or that some other server has stored.
    private static func fields(_ mutation: inout Mutation) -> String? {
        let sample = Array(mutation.pick(FuzzSamples.fields).utf8)
        guard let fields = try? JSON(parsing: mutation.mutated(sample, with: [sample])) else { return nil }
        var live = mutation.pick(values)
        live["metadata", "managedFields"] = [
            [
                "manager": "other", "operation": JSON(mutation.pick(["Apply", "Update", "x"])), "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": fields,
            ]
        ]
        var config = mutation.pick(values)
        if let other = try? JSON(parsing: mutation.mutated(config.bytes, with: texts)), other.isObject {
            config = other
        }
        let type = type(live)
        let applied = try? ServerSideApply.apply(config, to: live, type: type, manager: manager, force: true)
        if let applied, (try? JSON(parsing: applied.bytes)) == nil { return "what was applied is no JSON" }
        let recorded = ServerSideApply.recordUpdate(from: live, to: config, type: type, manager: manager)
        if (try? JSON(parsing: recorded.bytes)) == nil { return "what was recorded is no JSON" }
        return nil
    }

    private static func patches(_ mutation: inout Mutation) -> String? {
        let samples = FuzzSamples.patches.map { Array($0.utf8) }
        guard let patch = try? JSON(parsing: mutation.mutated(mutation.pick(samples), with: samples)) else {
            return nil
        }
        let object = mutation.pick(values)
        let results = [
            (try? JSONPatch(patch))?.applied(to: object), try? MergePatch.apply(patch, to: object),
            try? StrategicMergePatch.apply(patch, to: object, type: type(object)),
        ]
        for case let result? in results where (try? JSON(parsing: result.bytes)) == nil {
            return "a patched object is no JSON"
        }
        return nil
    }

    private static func quantities(_ mutation: inout Mutation) -> String? {
        guard let quantity = try? Quantity(mutation.mutated(mutation.pick(FuzzSamples.quantities))) else { return nil }
        guard let again = try? Quantity(quantity.text), again == quantity else { return "a quantity does not stay" }
        _ = (quantity + again, quantity - again, quantity * 3, quantity.value, quantity.milliValue)
        return nil
    }
}

extension JSONPatch {
    fileprivate func applied(to object: JSON) -> JSON? { try? apply(to: object) }
}
