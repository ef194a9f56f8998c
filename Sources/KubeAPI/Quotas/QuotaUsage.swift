import APIMachinery
import Basics

/// What an object uses of a namespace's quotas: how many there are of its kind, and of pods, Services and claims what
/// they ask for (Kubernetes' quota evaluators).
public enum QuotaUsage {
    /// Kinds that nobody counts: they are not kept, or are many and vanish by themselves.
    public static func isCounted(_ resource: GroupResource) -> Bool {
        !uncounted.contains(resource)
    }
    private static let uncounted: Set<GroupResource> = [
        GroupResource(resource: "bindings"), GroupResource(resource: "componentstatuses"),
        GroupResource(resource: "events"), GroupResource(group: "events.k8s.io", resource: "events"),
    ]

    /// The amounts by their names in a quota. `now` tells whether a pod that was told to go is overdue, and then free.
    public static func of(_ object: JSON, _ resource: GroupResource, now: Instant) -> ResourceAmounts {
        var usage = ResourceAmounts([countName(resource): Quantity(1)])
        switch resource {
        case Pod.resource: if isCharged(object, now) { usage += compute(PodResources(object)) }
        case Service.resource: usage += of(service: object)
        case PersistentVolumeClaim.resource: usage += of(claim: object)
        case DeviceUsage.resource: usage += DeviceUsage.of(claim: object)
        default: if let alias = aliases[resource] { usage[alias] = Quantity(1) }
        }
        return usage
    }

    /// Which of a quota's names objects of this resource are counted for.
    public static func names(_ names: some Sequence<String>, countedBy resource: GroupResource) -> [String] {
        let count = countName(resource)
        return names.filter { name in
            if name == count { return true }
            switch resource {
            case Pod.resource: return podNames.contains(name) || isOfPods(name)
            case Service.resource: return serviceNames.contains(name)
            case PersistentVolumeClaim.resource:
                return claimNames.contains(name) || claimNames.contains { name.hasSuffix(classSuffix + $0) }
            case DeviceUsage.resource: return name.hasSuffix(DeviceUsage.suffix)
            default: return aliases[resource] == name
            }
        }
    }

    /// Whether an update may use more, so that quotas must be asked.
    public static func isConcerned(
        _ resource: GroupResource, by new: JSON, from old: JSON, subresource: SubresourceName?
    ) -> Bool {
        switch (resource, subresource) {
        case (Pod.resource, nil): QuotaScope.isTerminating(new) != QuotaScope.isTerminating(old)
        case (Pod.resource, .resize): true
        case (Service.resource, nil), (PersistentVolumeClaim.resource, nil): true
        case (PersistentVolumeClaim.resource, .status): isRefilled(claim: new, from: old)
        default: false
        }
    }

    /// Whether a change, or that the object is gone, may leave less used than was counted.
    public static func mayShrink(_ old: JSON, _ new: JSON?, _ resource: GroupResource, now: Instant) -> Bool {
        guard let new else { return true }
        switch resource {
        case Pod.resource:
            return isCharged(old, now) != isCharged(new, now)
                || QuotaScope.isTerminating(old) != QuotaScope.isTerminating(new)
                || PodResources(old) != PodResources(new)
        case Service.resource: return of(service: old) != of(service: new)
        case PersistentVolumeClaim.resource:
            return of(claim: old) != of(claim: new) || isRefilled(claim: new, from: old)
        default: return false
        }
    }

    /// `count/deployments.apps`
    static func countName(_ resource: GroupResource) -> String { "count/\(resource)" }

    /// Names from before `count/`.
    private static let aliases = Dictionary(
        uniqueKeysWithValues: ["configmaps", "resourcequotas", "replicationcontrollers", "secrets"].map {
            (GroupResource(resource: $0), $0)
        })

    // MARK: Pods

    private static let podNames: Set<String> = [
        "pods", "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
        "limits.cpu", "limits.memory", "limits.ephemeral-storage",
    ]
    /// Those that a pod must name for each container where a quota has them.
    private static let demanded: Set<String> = [
        "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
    ]
    private static let deviceClass = "deviceclass.resource.kubernetes.io/"

    /// Huge pages and what belongs to domains: only what is asked for is counted, as nothing of it is overcommitted.
    private static func isOfPods(_ name: String) -> Bool {
        if name.hasPrefix("hugepages-") || name.hasPrefix("requests.hugepages-") { return true }
        guard name.hasPrefix("requests.") else { return false }
        return name.hasPrefix("requests.\(deviceClass)") || name.contains("/") && !name.contains("kubernetes.io/")
    }

    private static func compute(_ resources: PodResources) -> ResourceAmounts {
        var usage = ResourceAmounts(["pods": Quantity(1)])
        for name in ["cpu", "memory", "ephemeral-storage"] {
            if let amount = resources.requests[name] {
                usage[name] = amount
                usage["requests.\(name)"] = amount
            }
            if let amount = resources.limits[name] { usage["limits.\(name)"] = amount }
        }
        for name in resources.requests.names {
            if name.hasPrefix("hugepages-") { usage[name] = resources.requests[name] }
            if name.hasPrefix("hugepages-") || name.hasPrefix(deviceClass) || QuantityRules.isExtended(name) {
                usage["requests.\(name)"] = resources.requests[name]
            }
        }
        return usage
    }

    /// Neither ended nor overdue.
    static func isCharged(_ pod: JSON, _ now: Instant) -> Bool {
        if ["Succeeded", "Failed"].contains(pod["status", "phase"]?.string ?? "") { return false }
        guard let grace = pod["metadata", "deletionGracePeriodSeconds"]?.int,
            let told = pod["metadata", "deletionTimestamp"]?.string.flatMap({ Instant(rfc3339: $0) })
        else { return true }
        return now.nanoseconds <= told.nanoseconds + Int64(clamping: grace) * 1_000_000_000
    }

    /// Why a pod does not satisfy a quota of these names, since its containers do not say what they need; nil if it does.
    public static func lack(in pod: JSON, of names: [String]) -> String? {
        let spec = pod["spec"] ?? .object
        if PodResources.areSetOnPod(spec) { return nil }
        var missing: [String: Set<String>] = [:]
        for container in (spec["containers"]?.elements ?? []) + (spec["initContainers"]?.elements ?? []) {
            for name in names where demanded.contains(name) {
                let isSaid =
                    if name.hasPrefix("limits.") {
                        container["resources", "limits", String(name.dropFirst("limits.".count))] != nil
                    } else {
                        container["resources", "requests", name.replacing("requests.", with: "")] != nil
                    }
                if !isSaid { missing[name, default: []].insert(container["name"]?.string ?? "") }
            }
        }
        if missing.isEmpty { return nil }
        let sentences = missing.keys.sorted().map {
            "\($0) for: \((missing[$0] ?? []).sorted().joined(separator: ","))"
        }
        return "must specify \(sentences.joined(separator: "; "))"
    }

    // MARK: Services

    private static let serviceNames: Set<String> = ["services", "services.nodeports", "services.loadbalancers"]

    private static func of(service: JSON) -> ResourceAmounts {
        let ports = service["spec", "ports"]?.elements ?? []
        var usage = ResourceAmounts([
            "services": Quantity(1), "services.nodeports": .zero, "services.loadbalancers": .zero,
        ])
        switch service["spec", "type"]?.string ?? "" {
        case "NodePort": usage["services.nodeports"] = Quantity(ports.count)
        case "LoadBalancer":
            let getsPorts = service["spec", "allocateLoadBalancerNodePorts"]?.bool ?? true
            let given = getsPorts ? ports.count : ports.count { ($0["nodePort"]?.int ?? 0) != 0 }
            usage["services.nodeports"] = Quantity(given)
            usage["services.loadbalancers"] = Quantity(1)
        default: break
        }
        return usage
    }

    // MARK: Claims

    private static let claimNames: Set<String> = ["persistentvolumeclaims", "requests.storage"]
    /// `gold.storageclass.storage.k8s.io/requests.storage`
    private static let classSuffix = ".storageclass.storage.k8s.io/"

    private static func of(claim: JSON) -> ResourceAmounts {
        var usage = ResourceAmounts(["persistentvolumeclaims": Quantity(1)])
        if let storage = storage(of: claim) { usage["requests.storage"] = storage }
        let old = claim["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]?.string
        let storageClass = old ?? claim["spec", "storageClassName"]?.string ?? ""
        if storageClass.isEmpty { return usage }
        for name in usage.names { usage["\(storageClass)\(classSuffix)\(name)"] = usage[name] }
        return usage
    }

    /// In whole bytes; more than was asked for where more was given.
    private static func storage(of claim: JSON) -> Quantity? {
        guard let asked = claim["spec", "resources", "requests", "storage"].map(QuantityRules.quantity) else {
            return nil
        }
        let given = claim["status", "allocatedResources", "storage"].map(QuantityRules.quantity) ?? .zero
        let most = max(asked, given)
        return most.isWhole ? most : Quantity(most.value, format: most.format)
    }

    private static func isRefilled(claim new: JSON, from old: JSON) -> Bool {
        new["status", "allocatedResources", "storage"] != old["status", "allocatedResources", "storage"]
            || QuotaScope.attributesClasses(of: new) != QuotaScope.attributesClasses(of: old)
    }
}
