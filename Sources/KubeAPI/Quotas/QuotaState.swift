import APIMachinery
import Basics

/// A ResourceQuota as it is enforced: what its status allows and says is used.
public struct QuotaState: Sendable {
    public let name: String
    public let hard: ResourceAmounts
    public var used: ResourceAmounts
    private let scopes: [QuotaScope]

    public init(_ quota: JSON) {
        name = quota.key.name
        hard = ResourceAmounts(quota["status", "hard"])
        used = ResourceAmounts(quota["status", "used"])
        scopes = QuotaScope.all(of: quota)
    }

    /// Its names that objects of the resource are counted for.
    public func names(countedBy resource: GroupResource) -> [String] {
        QuotaUsage.names(hard.names, countedBy: resource)
    }
    /// Whether it counts the object.
    public func counts(_ object: JSON, _ resource: GroupResource) -> Bool {
        !names(countedBy: resource).isEmpty && scopes.allSatisfy { $0.contains(object, resource) }
    }

    /// What is used of what a quota's spec names. Objects come from `forEach`, which is asked once for each resource that
    /// is counted; nil where nobody can count, as kinds that are not served.
    public static func usage(
        of quota: JSON, resources: [GroupResource], now: Instant,
        _ forEach: (GroupResource, (JSON) -> Void) throws -> Void
    ) rethrows -> ResourceAmounts {
        let names = (quota["spec", "hard"]?.members ?? []).map(\.name)
        let scopes = QuotaScope.all(of: quota)
        var usage = ResourceAmounts()
        for resource in resources where QuotaUsage.isCounted(resource) {
            let counted = QuotaUsage.names(names, countedBy: resource)
            if counted.isEmpty { continue }
            for name in counted where usage[name] == nil { usage[name] = .zero }
            try forEach(resource) { object in
                guard scopes.allSatisfy({ $0.contains(object, resource) }) else { return }
                usage += QuotaUsage.of(object, resource, now: now).only(counted)
            }
        }
        return usage
    }
}
