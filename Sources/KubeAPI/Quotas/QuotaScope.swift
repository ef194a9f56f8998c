import APIMachinery

/// One of a quota's scopes: which pods or claims it counts (core/v1 ScopedResourceSelectorRequirement).
public struct QuotaScope: Sendable, Equatable {
    public var name: String
    /// "Exists", "DoesNotExist", "In" or "NotIn".
    public var operation: String
    public var values: [String]

    /// All scopes of a quota, of both its lists.
    public static func all(of quota: JSON) -> [QuotaScope] {
        let plain = (quota["spec", "scopes"]?.strings ?? []).map {
            QuotaScope(name: $0, operation: "Exists", values: [])
        }
        let selected = (quota["spec", "scopeSelector", "matchExpressions"]?.elements ?? []).map {
            QuotaScope(
                name: $0["scopeName"]?.string ?? "", operation: $0["operator"]?.string ?? "",
                values: $0["values"]?.strings ?? [])
        }
        return plain + selected
    }

    /// Whether the object is in it; a kind that has no such scope never is.
    public func contains(_ object: JSON, _ resource: GroupResource) -> Bool {
        switch (resource, name) {
        case (Pod.resource, "Terminating"): Self.isTerminating(object)
        case (Pod.resource, "NotTerminating"): !Self.isTerminating(object)
        case (Pod.resource, "BestEffort"): Self.isBestEffort(object)
        case (Pod.resource, "NotBestEffort"): !Self.isBestEffort(object)
        case (Pod.resource, "PriorityClass"):
            selects([object["spec", "priorityClassName"]?.string ?? ""].filter { !$0.isEmpty })
        case (Pod.resource, "CrossNamespacePodAffinity"): Self.looksAcrossNamespaces(object)
        case (PersistentVolumeClaim.resource, "VolumeAttributesClass"): selects(Self.attributesClasses(of: object))
        default: false
        }
    }

    /// Whether one of the names fits, or, where there is none, that there is none.
    private func selects(_ names: [String]) -> Bool {
        switch operation {
        case "Exists": !names.isEmpty
        case "DoesNotExist": names.isEmpty
        case "In": names.contains(where: values.contains)
        case "NotIn": names.isEmpty || names.contains { !values.contains($0) }
        default: false
        }
    }

    /// Whether the pod has a time after which it is ended.
    static func isTerminating(_ pod: JSON) -> Bool { (pod["spec", "activeDeadlineSeconds"]?.int ?? -1) >= 0 }

    private static func isBestEffort(_ pod: JSON) -> Bool {
        let known = pod["status", "qosClass"]?.string ?? ""
        return (known.isEmpty ? QualityOfService.name(pod["spec"] ?? .object) : known) == "BestEffort"
    }

    private static func looksAcrossNamespaces(_ pod: JSON) -> Bool {
        guard let affinity = pod["spec", "affinity"] else { return false }
        return ["podAffinity", "podAntiAffinity"].contains { kind in
            let required = affinity[kind, "requiredDuringSchedulingIgnoredDuringExecution"]?.elements ?? []
            let preferred = (affinity[kind, "preferredDuringSchedulingIgnoredDuringExecution"]?.elements ?? [])
                .compactMap { $0["podAffinityTerm"] }
            return (required + preferred).contains { term in
                term["namespaces"]?.isEmpty == false || term["namespaceSelector"]?.isObject == true
            }
        }
    }

    /// The VolumeAttributesClasses that a claim has or is to have.
    public static func attributesClasses(of claim: JSON) -> [String] {
        let names = [
            claim["spec", "volumeAttributesClassName"]?.string,
            claim["status", "currentVolumeAttributesClassName"]?.string,
            claim["status", "modifyVolumeStatus", "targetVolumeAttributesClassName"]?.string,
        ]
        return Set(names.compactMap { $0 }.filter { !$0.isEmpty }).sorted()
    }
}
