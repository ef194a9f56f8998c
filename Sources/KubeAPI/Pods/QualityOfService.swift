import APIMachinery

/// A pod's class of service (`status.qosClass`), from the cpu and memory of its containers or of the pod itself.
public enum QualityOfService {
    public static func name(_ spec: JSON) -> String {
        if let podLevel = spec["resources"], podLevel["requests"] != nil || podLevel["limits"] != nil {
            return name(resources: [podLevel])
        }
        let containers = (spec["containers"]?.elements ?? []) + (spec["initContainers"]?.elements ?? [])
        return name(resources: containers.map { $0["resources"] ?? .object })
    }

    private static func name(resources: [JSON]) -> String {
        var isBestEffort = true
        var isGuaranteed = true
        for resource in resources {
            for name in ["cpu", "memory"] {
                let request = positive(resource["requests", name])
                let limit = positive(resource["limits", name])
                if request != nil || limit != nil { isBestEffort = false }
                if limit == nil || (request ?? limit) != limit { isGuaranteed = false }
            }
        }
        if isBestEffort { return "BestEffort" }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }

    /// The quantity's text unless it is zero.
    private static func positive(_ quantity: JSON?) -> String? {
        guard let text = quantity?.string ?? quantity?.number, text.contains(where: { ("1"..."9").contains($0) }) else {
            return nil
        }
        return text
    }
}
