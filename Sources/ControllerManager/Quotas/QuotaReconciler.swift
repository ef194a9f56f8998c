import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Counts what is used of each ResourceQuota. What is written is charged by the server before it happens; here it is
/// counted when a quota is new or changed, and when something may have become free.
struct QuotaReconciler: Reconciler {
    static let name = "resourcequota-controller"
    static let reads: [Interest] = [Interest(ResourceQuota.resource, keys: quotas)]
    static let readsOfKinds: KindInterest? = KindInterest(isCounted, keys: whatBecameFree)
    static let writes: [Permission] = [.status(ResourceQuota.self)]
    /// How often all is counted anew, whatever was seen.
    static let recountPeriod = Duration.seconds(300)

    let world: World
    let clock: any TimeSource
    private let kinds: ResourceDirectory

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        kinds = context.kinds
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let quota = world.get(ResourceQuota.self, key) else { return [] }
        let resources = kinds.current.resources.filter(Self.isCounted).map(\.groupResource)
        let hard = ResourceAmounts(quota.json["spec", "hard"])
        let usage = QuotaState.usage(of: quota.json, resources: resources, now: clock.now) { resource, body in
            for object in world.cache(resource).all(in: key.namespace) { body(object) }
        }
        var used = ResourceAmounts(quota.json["status", "used"]).only(hard.names)
        for name in usage.names { used[name] = usage[name] }
        let recount = Change.again(after: Self.recountPeriod)
        if Self.isReported(quota.json), used == ResourceAmounts(quota.json["status", "used"]) { return [recount] }
        var new = quota
        new.json["status"] = ["hard": quota.json["spec", "hard"] ?? .object, "used": used.json]
        return [.updateStatus(new), recount]
    }

    private static func isCounted(_ resource: Resource) -> Bool {
        resource.isNamespaced && resource.verbs.contains(.watch) && QuotaUsage.isCounted(resource.groupResource)
    }

    /// Whether the status has the spec's bounds.
    private static func isReported(_ quota: JSON) -> Bool {
        quota["status", "hard"] != nil && quota["status", "used"] != nil
            && ResourceAmounts(quota["spec", "hard"]) == ResourceAmounts(quota["status", "hard"])
    }

    /// A quota whose usage alone changed was charged, and needs no look.
    private static let quotas: @Sendable (ObjectCache.Change, World) -> [ObjectKey] = { change, _ in
        guard let new = change.new else { return [] }
        let isNews = change.old.map { $0["spec"] != new["spec"] } ?? true
        let used = ResourceAmounts(new["status", "used"])
        let isUncounted = (new["status", "hard"]?.members ?? []).contains { used[$0.name] == nil }
        return isNews || !isReported(new) || isUncounted ? [change.key] : []
    }

    private static let whatBecameFree: @Sendable (ObjectCache.Change, GroupResource, World) -> [ObjectKey] = {
        change, resource, world in
        guard let old = change.old else { return [] }
        let quotas = world.all(ResourceQuota.self, in: change.key.namespace)
        if quotas.isEmpty || !QuotaUsage.mayShrink(old, change.new, resource, now: Instant(secondsSince1970: 0)) {
            return []
        }
        return quotas.filter { !QuotaState($0.json).names(countedBy: resource).isEmpty }.map(\.key)
    }
}
