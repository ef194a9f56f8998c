import APIMachinery
import KubeAPI

/// The kind CustomResourceDefinition (apiextensions.k8s.io/v1).
public enum CustomResourceDefinitions {
    public static let name = GroupResource(group: "apiextensions.k8s.io", resource: "customresourcedefinitions")
    /// Keeps a definition until its objects are gone.
    public static let cleanup = "customresourcecleanup.apiextensions.k8s.io"

    private static let kind = "CustomResourceDefinition"
    private static let apiVersion = "apiextensions.k8s.io/v1"

    public static let resource = Resource(
        apiVersion, kind, plural: name.resource, shortNames: ["crd", "crds"], categories: ["api-extensions"],
        isNamespaced: false,
        subresources: [
            Resource.Subresource(
                .status, GroupVersionKind(apiVersion: apiVersion, kind: kind), verbs: [.get, .patch, .update])
        ],
        columns: [
            Resource.Column("Name", "string", format: "name") { $0["metadata", "name"] ?? "" },
            Resource.Column("Created At", "date") { $0["metadata", "creationTimestamp"] ?? .null },
        ],
        allowsUnconditionalUpdate: false,
        prepareForCreate: { definition in
            definition["metadata", "generation"] = 1
            definition["status"] = ["acceptedNames": noNames, "storedVersions": JSON(storageVersions(definition))]
        },
        prepareForUpdate: { new, old in
            new["status"] = old["status"]
            if new["spec"] != old["spec"] {
                new["metadata", "generation"] = JSON((old["metadata", "generation"]?.int ?? 0) + 1)
            } else {
                new["metadata", "generation"] = old["metadata", "generation"]
            }
            let stored = new["status", "storedVersions"]?.strings ?? []
            let added = storageVersions(new).filter { !stored.contains($0) }
            if !added.isEmpty { new["status", "storedVersions"] = JSON(stored + added) }
        },
        prepareForStatusUpdate: { new, old in
            new["spec"] = old["spec"]
            for name in ["generation", "ownerReferences", "labels", "annotations"] {
                new["metadata"]?[name] = old["metadata", name]
            }
        },
        setDefaults: setDefaults, validate: { DefinitionRules.errors(creating: $0) },
        validateUpdate: { DefinitionRules.errors(updating: $0, from: $1) },
        validateStatusUpdate: { new, _ in DefinitionRules.errors(ofStatus: new) },
        validateName: { Validation.isDNS1123Subdomain($0) }, finalizerNames: .any, deletionFinalizer: cleanup)

    private static let noNames: JSON = ["plural": "", "kind": ""]

    private static func storageVersions(_ definition: JSON) -> [String] {
        (definition["spec", "versions"]?.elements ?? []).first { $0["storage"]?.bool == true }
            .flatMap { $0["name"]?.string }.map { [$0] } ?? []
    }

    private static func setDefaults(_ definition: inout JSON) {
        let kind = definition["spec", "names", "kind"]?.string ?? ""
        func fill(_ path: [String], _ value: JSON) {
            if (definition.at(path)?.string ?? "").isEmpty { definition.set(path, to: value) }
        }
        if !kind.isEmpty {
            fill(["spec", "names", "singular"], JSON(kind.lowercased()))
            fill(["spec", "names", "listKind"], JSON("\(kind)List"))
        }
        if definition["spec", "conversion"] == nil { definition["spec", "conversion"] = ["strategy": "None"] }
        if definition["spec", "conversion", "webhook", "clientConfig", "service"]?.isObject == true,
            definition["spec", "conversion", "webhook", "clientConfig", "service", "port"] == nil
        {
            definition.set(["spec", "conversion", "webhook", "clientConfig", "service", "port"], to: 443)
        }
    }
}
