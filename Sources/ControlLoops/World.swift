import APIMachinery
import KubeAPI
import Synchronization

/// One resource's objects in memory, as new as the last event of its watch. Reading never waits.
public final class ObjectCache: Sendable {
    struct State {
        var objects: [ObjectKey: JSON] = [:]
        /// The newest revision of this resource that has been seen.
        var revision: Int64 = 0
        var isSynced = false
        /// Object keys by owner's uid, for the controller reference.
        var byController: [String: Set<ObjectKey>] = [:]
        /// Keys by node name, for pods.
        var byNode: [String: Set<ObjectKey>] = [:]
        var byNamespace: [String: Set<ObjectKey>] = [:]
        var handlers: [@Sendable (Change) -> Void] = []
    }
    /// What became of one object; `old` is nil for a new one, `new` is nil for a deleted one.
    public struct Change: Sendable {
        public var key: ObjectKey
        public var old: JSON?
        public var new: JSON?
        public init(key: ObjectKey, old: JSON?, new: JSON?) {
            self.key = key
            self.old = old
            self.new = new
        }
    }
    public let resource: GroupResource
    let state = Mutex(State())

    public init(_ resource: GroupResource) { self.resource = resource }

    public var isSynced: Bool { state.withLock { $0.isSynced } }
    public var revision: Int64 { state.withLock { $0.revision } }
    public var count: Int { state.withLock { $0.objects.count } }
    public func get(_ key: ObjectKey) -> JSON? { state.withLock { $0.objects[key] } }
    public func all() -> [JSON] { state.withLock { Array($0.objects.values) } }
    public func all(in namespace: String) -> [JSON] {
        state.withLock { state in (state.byNamespace[namespace] ?? []).compactMap { state.objects[$0] } }
    }
    /// The objects whose controller owner reference has this uid.
    public func controlled(by uid: String) -> [JSON] {
        state.withLock { state in (state.byController[uid] ?? []).compactMap { state.objects[$0] } }
    }
    /// The pods whose spec.nodeName is this.
    public func onNode(_ name: String) -> [JSON] {
        state.withLock { state in (state.byNode[name] ?? []).compactMap { state.objects[$0] } }
    }
    /// Calls `handler` in order for every object that is there and for every change from now on. Handlers run inside
    /// the cache's lock order: they must be quick and must not call back into the cache; put a key on a queue.
    public func observe(_ handler: @escaping @Sendable (Change) -> Void) {
        state.withLock { state in
            state.handlers.append(handler)
            for (key, object) in state.objects { handler(Change(key: key, old: nil, new: object)) }
        }
    }
}

/// The part of the cluster that loops have in memory: one cache per resource, shared by all loops of a process.
public final class World: Sendable {
    public let api: any ClusterAPI
    let caches = Mutex<[GroupResource: ObjectCache]>([:])

    public init(_ api: any ClusterAPI) { self.api = api }

    /// The cache of a resource, made at first use; it fills once `run` is going.
    public func cache(_ resource: GroupResource) -> ObjectCache {
        caches.withLock { caches in
            if let cache = caches[resource] { return cache }
            let cache = ObjectCache(resource)
            caches[resource] = cache
            return cache
        }
    }
    public func get<T: Kind>(_ type: T.Type, _ key: ObjectKey) -> T? { cache(T.resource).get(key).map { T($0) } }
    public func all<T: Kind>(_ type: T.Type) -> [T] { cache(T.resource).all().map { T($0) } }
    public func all<T: Kind>(_ type: T.Type, in namespace: String) -> [T] {
        cache(T.resource).all(in: namespace).map { T($0) }
    }
    public func controlled<T: Kind>(_ type: T.Type, by uid: String) -> [T] {
        cache(T.resource).controlled(by: uid).map { T($0) }
    }
}
