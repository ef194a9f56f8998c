import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// What is left in a namespace that is being deleted, and how its conditions tell so.
struct NamespaceRemains {
    private(set) var objects: [(resource: GroupResource, object: JSON)] = []
    private var counts: [(name: String, count: Int)] = []

    var isEmpty: Bool { objects.isEmpty }

    mutating func add(_ resource: GroupResource, _ found: [JSON]) {
        if found.isEmpty { return }
        counts.append(("\(resource.resource).\(resource.group)", found.count))
        objects += found.map { (resource, $0) }
    }

    /// nil if the conditions say so already.
    func report(on namespace: Namespace, _ now: Instant) -> Change? {
        var conditions = namespace.json["status", "conditions"]?.elements ?? []
        let before = conditions
        func set(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) {
            let status: JSON = isTrue ? "True" : "False"
            let index = conditions.firstIndex { $0["type"]?.string == type }
            let current = index.map { conditions[$0] }
            if current?["status"] == status, current?["reason"]?.string == reason,
                current?["message"]?.string == message
            {
                return
            }
            let time = current?["status"] == status ? current?["lastTransitionTime"] : nil
            let condition: JSON = [
                "type": JSON(type), "status": status, "lastTransitionTime": time ?? JSON(now.rfc3339),
                "reason": JSON(reason), "message": JSON(message),
            ]
            if let index { conditions[index] = condition } else { conditions.append(condition) }
        }
        set(
            "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
            "All resources successfully discovered")
        set(
            "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
            "All legacy kube types successfully parsed")
        set(
            "NamespaceDeletionContentFailure", false, "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization")
        let resources = counts.sorted { $0.name < $1.name }.map { "\($0.name) has \($0.count) resource instances" }
        set(
            "NamespaceContentRemaining", !resources.isEmpty,
            resources.isEmpty ? "ContentRemoved" : "SomeResourcesRemain",
            resources.isEmpty
                ? "All content successfully removed"
                : "Some resources are remaining: \(resources.joined(separator: ", "))")
        let finalizers = finalizerCounts.sorted { $0.key < $1.key }.map {
            "\($0.key) in \($0.value) resource instances"
        }
        set(
            "NamespaceFinalizersRemaining", !finalizers.isEmpty,
            finalizers.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
            finalizers.isEmpty
                ? "All content-preserving finalizers finished"
                : "Some content in the namespace has finalizers remaining: \(finalizers.joined(separator: ", "))")
        if conditions == before { return nil }
        var new = namespace
        new.json["status", "conditions"] = JSON(conditions)
        return .updateStatus(new)
    }

    private var finalizerCounts: [String: Int] {
        var counts: [String: Int] = [:]
        for item in objects {
            for name in item.object["metadata", "finalizers"]?.strings ?? [] { counts[name, default: 0] += 1 }
        }
        return counts
    }
}
