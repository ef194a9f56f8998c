import APIMachinery
import KubeAPI
import Synchronization

/// One resource's objects in memory, as new as the last event of its watch. Reading never waits.
public final class ObjectCache: Sendable {
    struct State: Sendable {
        var objects: [ObjectKey: JSON] = [:]
        /// The newest revision of this resource that has been seen.
        var revision: Int64 = 0
        var isSynced = false
        var byNamespace: [String: Set<ObjectKey>] = [:]
        var byController = ObjectIndex.controller
        /// For pods alone.
        var byNode: ObjectIndex?
        /// A list, not a dictionary: each index is changed in place, with nothing else holding on to its storage.
        var indexes: [(name: String, index: ObjectIndex)] = []
        var waiters: [Int: Waiter] = [:]
        var lastWaiter = 0
    }
    struct Waiter: Sendable {
        var isMet: @Sendable (State) -> Bool
        var continuation: CheckedContinuation<Void, any Error>
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
        /// Of the object as it is now, or was last.
        public var revision: Int64 { (new ?? old)?.revision ?? 0 }
    }
    public let resource: GroupResource
    let state: Mutex<State>
    /// Held while changes are made and delivered, so that every handler sees them in order; taken before `state`.
    private let handlers = Mutex(Handlers())
    private struct Handlers {
        var list: [(identifier: Int, handle: @Sendable (Change) -> Void)] = []
        var last = 0
    }

    public init(_ resource: GroupResource) {
        self.resource = resource
        var state = State()
        if resource == Pod.resource { state.byNode = .node }
        self.state = Mutex(state)
    }

    // MARK: Reading

    public var isSynced: Bool { state.withLock { $0.isSynced } }
    public var revision: Int64 { state.withLock { $0.revision } }
    public var count: Int { state.withLock { $0.objects.count } }
    public func get(_ key: ObjectKey) -> JSON? { state.withLock { $0.objects[key] } }
    public func all() -> [JSON] { state.withLock { Array($0.objects.values) } }
    public func all(in namespace: String) -> [JSON] {
        state.withLock { state in (state.byNamespace[namespace] ?? []).compactMap { state.objects[$0] } }
    }
    /// The namespaces that have objects.
    public var namespaces: [String] { state.withLock { Array($0.byNamespace.keys) } }
    /// The objects whose controller owner reference has this uid.
    public func controlled(by uid: String) -> [JSON] {
        state.withLock { state in state.byController[uid].compactMap { state.objects[$0] } }
    }
    /// The pods whose spec.nodeName is this.
    public func onNode(_ name: String) -> [JSON] {
        state.withLock { state in (state.byNode?[name] ?? []).compactMap { state.objects[$0] } }
    }
    /// The nodes that pods are on.
    public var nodesOfPods: [String] { state.withLock { $0.byNode?.all ?? [] } }
    /// The objects that an index of this name (see `addIndex`) has under this value; none if there is no such index.
    public func indexed(_ index: String, _ value: String) -> [JSON] {
        state.withLock { state in
            let keys = state.indexes.first { $0.name == index }?.index[value] ?? []
            return keys.compactMap { state.objects[$0] }
        }
    }

    /// How many objects `indexed` finds, without looking at them.
    public func indexedCount(_ index: String, _ value: String) -> Int {
        state.withLock { state in state.indexes.first { $0.name == index }?.index[value].count ?? 0 }
    }

    /// Keeps a further index from now on; a second one of the same name is ignored, so that loops may share it.
    public func addIndex(_ name: String, _ values: @escaping @Sendable (JSON) -> [String]) {
        state.withLock { state in
            guard !state.indexes.contains(where: { $0.name == name }) else { return }
            var index = ObjectIndex(values)
            for (key, object) in state.objects { index.update(key, old: nil, new: object) }
            state.indexes.append((name, index))
        }
    }

    // MARK: News

    /// Calls `handler` in order for every object that is there and for every change from now on. Handlers run one at a
    /// time and must be quick. They may read caches, but must not call `observe` or change a cache: put a key on a queue.
    /// Returns what `stopObserving` wants.
    @discardableResult
    public func observe(_ handler: @escaping @Sendable (Change) -> Void) -> Int {
        handlers.withLock { handlers in
            handlers.last += 1
            handlers.list.append((handlers.last, handler))
            let objects = state.withLock { $0.objects }
            for (key, object) in objects { handler(Change(key: key, old: nil, new: object)) }
            return handlers.last
        }
    }
    public func stopObserving(_ identifier: Int) {
        handlers.withLock { handlers in handlers.list.removeAll { $0.identifier == identifier } }
    }

    /// Takes in events of a watch, in order. What is older than what is held is left out.
    public func apply(_ events: [WatchEvent]) {
        change { state in
            var changes: [Change] = []
            for event in events {
                switch event {
                case .added(let object), .modified(let object):
                    let key = object.key
                    let old = state.objects[key]
                    let revision = object.revision
                    state.revision = max(state.revision, revision)
                    if let old, old.revision >= revision { continue }
                    state.set(key, old: old, new: object, &changes)
                case .deleted(let object):
                    let key = object.key
                    state.revision = max(state.revision, object.revision)
                    if let old = state.objects[key], old.revision <= object.revision {
                        state.set(key, old: old, new: nil, &changes)
                    }
                case .bookmark(let revision):
                    state.revision = max(state.revision, revision)
                }
            }
            return changes
        }
    }

    /// Takes in a whole list: what differs from what is held is delivered as changes, as if each had been watched.
    public func replace(with list: ObjectList) {
        change { state in
            var changes: [Change] = []
            var new: [ObjectKey: JSON] = [:]
            new.reserveCapacity(list.items.count)
            for item in list.items { new[item.key] = item }
            for (key, old) in state.objects where new[key] == nil { state.set(key, old: old, new: nil, &changes) }
            for item in list.items {
                let key = item.key
                let old = state.objects[key]
                if let old, old.revision == item.revision, old.uid == item.uid { continue }
                state.set(key, old: old, new: item, &changes)
            }
            state.revision = list.revision
            state.isSynced = true
            return changes
        }
    }

    private func change(_ body: (inout State) -> [Change]) {
        let woken: [Waiter] = handlers.withLock { handlers in
            let (changes, woken) = state.withLock { state in
                let changes = body(&state)
                return (changes, state.takeMetWaiters())
            }
            for change in changes { for handler in handlers.list { handler.handle(change) } }
            return woken
        }
        // Only now, so that whoever waited finds its handlers already called.
        for waiter in woken { waiter.continuation.resume() }
    }

    // MARK: Waiting

    /// Returns once this resource was listed for the first time; throws `CancellationError`.
    public func waitUntilSynced() async throws { try await wait { $0.isSynced } }
    /// Returns once everything up to a revision of this resource has been seen. A revision that one wrote is seen even
    /// if the object was changed again or deleted since.
    public func wait(untilRevision revision: Int64) async throws { try await wait { $0.revision >= revision } }
    /// Returns once the object (nil while it is absent) is as the condition wants it.
    public func wait(until key: ObjectKey, _ condition: @escaping @Sendable (JSON?) -> Bool) async throws {
        try await wait { condition($0.objects[key]) }
    }

    private func wait(_ isMet: @escaping @Sendable (State) -> Bool) async throws {
        let identifier: Int = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isDone = state.withLock { state -> Bool in
                    if isMet(state) { return true }
                    state.waiters[identifier] = Waiter(isMet: isMet, continuation: continuation)
                    return false
                }
                if isDone { continuation.resume() } else if Task.isCancelled { cancelWaiter(identifier) }
            }
        } onCancel: {
            cancelWaiter(identifier)
        }
    }
    private func cancelWaiter(_ identifier: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: identifier) }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}

extension ObjectCache.State {
    /// Another object of the same name (another uid) is delivered as a deletion and an addition.
    mutating func set(_ key: ObjectKey, old: JSON?, new: JSON?, _ changes: inout [ObjectCache.Change]) {
        if let old, let new, old.uid != new.uid {
            set(key, old: old, new: nil, &changes)
            set(key, old: nil, new: new, &changes)
            return
        }
        objects[key] = new
        if old == nil { byNamespace[key.namespace, default: []].insert(key) }
        if new == nil {
            byNamespace[key.namespace]?.remove(key)
            if byNamespace[key.namespace]?.isEmpty == true { byNamespace[key.namespace] = nil }
        }
        byController.update(key, old: old, new: new)
        byNode?.update(key, old: old, new: new)
        for place in indexes.indices { indexes[place].index.update(key, old: old, new: new) }
        changes.append(ObjectCache.Change(key: key, old: old, new: new))
    }

    mutating func takeMetWaiters() -> [ObjectCache.Waiter] {
        if waiters.isEmpty { return [] }
        let met = waiters.filter { $0.value.isMet(self) }
        for identifier in met.keys { waiters[identifier] = nil }
        return Array(met.values)
    }
}
