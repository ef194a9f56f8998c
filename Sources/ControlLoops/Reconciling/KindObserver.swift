import APIMachinery
import KubeAPI

/// An interest in every object of kinds that come and go while a loop runs.
public struct KindInterest: Sendable {
    /// Which of the kinds that are served.
    public var includes: @Sendable (Resource) -> Bool
    /// The keys that a change of one of their objects, of this resource, concerns.
    public var keys: @Sendable (ObjectCache.Change, GroupResource, World) -> [ObjectKey]
    public init(
        _ includes: @escaping @Sendable (Resource) -> Bool,
        keys: @escaping @Sendable (ObjectCache.Change, GroupResource, World) -> [ObjectKey]
    ) {
        self.includes = includes
        self.keys = keys
    }
}

/// Observes the caches of the kinds that are served and wanted: of a new one from the moment it is served, of one that
/// is gone no longer.
public struct KindObserver: Sendable {
    private let context: LoopContext
    private let includes: @Sendable (Resource) -> Bool
    /// Told of every version of what is served, before its new kinds are observed.
    private let began: @Sendable (ResourceRegistry) -> Void
    private let handle: @Sendable (ObjectCache.Change, GroupResource) -> Void

    public init(
        _ context: LoopContext, including includes: @escaping @Sendable (Resource) -> Bool,
        began: @escaping @Sendable (ResourceRegistry) -> Void = { _ in },
        _ handle: @escaping @Sendable (ObjectCache.Change, GroupResource) -> Void
    ) {
        self.context = context
        self.includes = includes
        self.began = began
        self.handle = handle
    }

    /// Runs until the task is cancelled.
    public func run() async {
        var observed: [GroupResource: (cache: ObjectCache, identifier: Int)] = [:]
        for await registry in context.kinds.versions() {
            began(registry)
            let wanted = Set(registry.resources.filter(includes).map(\.groupResource))
            for (resource, observation) in observed where !wanted.contains(resource) {
                observation.cache.stopObserving(observation.identifier)
                observed[resource] = nil
            }
            for resource in wanted where observed[resource] == nil {
                let cache = context.world.cache(resource)
                observed[resource] = (cache, cache.observe { [handle] change in handle(change, resource) })
            }
        }
        for observation in observed.values { observation.cache.stopObserving(observation.identifier) }
    }
}
