import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging
import Synchronization

/// The cluster as a node may see it that is a user like others: its own pods, its own object, and of Secrets, ConfigMaps,
/// claims and volumes those that its pods use. To loops these look like whole resources that can be listed and watched.
///
/// A pod is told of only when what it uses was read, or that took too long: its containers find what they were given.
public final class NodeView: ClusterAPI {
    /// How long a pod waits for what it uses.
    static let patience = Duration.seconds(5)

    private struct State {
        var pods: [ObjectKey: Set<PodReference>] = [:]
    }
    private let api: any ClusterAPI
    private let clock: any TimeSource
    private let feeds: [GroupResource: ReferenceFeed]
    private let state = Mutex(State())
    private let hasListedPods = Gate<Void>()

    /// What a world over this holds of the resources that a node may list only in part.
    public static func scopes(_ node: String) -> [GroupResource: Scope] {
        [
            Pod.resource: Scope(fieldSelector: "spec.nodeName=\(node)"),
            Node.resource: Scope(fieldSelector: "metadata.name=\(node)"),
        ]
    }

    /// `api` is the cluster as the node's user.
    public init(_ api: any ClusterAPI, clock: any TimeSource = SystemClock(), logger: Logger) {
        self.api = api
        self.clock = clock
        let feeds = [
            // Of these a node may watch single ones; of those it may only look at them.
            (Secret.resource, true), (ConfigMap.resource, true), (PersistentVolumeClaim.resource, false),
            (PersistentVolume.resource, false),
        ].map { ($0, ReferenceFeed($0, mayWatch: $1, api: api, clock: clock, logger: logger)) }
        self.feeds = Dictionary(uniqueKeysWithValues: feeds)
        // Which volumes there are is in the claims.
        let volumes = self.feeds[PersistentVolume.resource]
        self.feeds[PersistentVolumeClaim.resource]?.follow { claims in
            volumes?.want(
                Set(
                    claims.compactMap { $0["spec", "volumeName"]?.string }.filter { !$0.isEmpty }.map {
                        ObjectKey(name: $0)
                    }))
        }
    }

    deinit { for feed in feeds.values { feed.end() } }

    // MARK: Pods

    /// These are all pods of the node.
    private func took(_ pods: [JSON]) {
        state.withLock { state in
            state.pods = Dictionary(pods.map { ($0.key, Self.references($0)) }) { first, _ in first }
        }
        want()
        hasListedPods.open()
    }

    private func took(_ events: [WatchEvent]) {
        state.withLock { state in
            for event in events {
                switch event {
                case .added(let pod), .modified(let pod): state.pods[pod.key] = Self.references(pod)
                case .deleted(let pod): state.pods[pod.key] = nil
                case .bookmark: break
                }
            }
        }
        want()
    }

    /// What ended for good is read no more.
    private static func references(_ pod: JSON) -> Set<PodReference> {
        let isOver = ["Succeeded", "Failed"].contains(pod["status", "phase"]?.string)
        return isOver ? [] : PodReference.all(of: pod)
    }

    private func want() {
        let all = state.withLock { $0.pods.values.reduce(into: Set<PodReference>()) { $0.formUnion($1) } }
        var wanted: [GroupResource: Set<ObjectKey>] = [:]
        for reference in all {
            wanted[reference.resource, default: []].insert(
                ObjectKey(namespace: reference.namespace, name: reference.name))
        }
        for (resource, feed) in feeds where resource != PersistentVolume.resource { feed.want(wanted[resource] ?? []) }
    }

    /// Returns when what the pods use was read and taken by who follows it, or after a while.
    private func settle() async {
        let deadline = clock.now + Self.patience
        // Volumes last, which are known by the claims.
        for resource in [
            Secret.resource, ConfigMap.resource, PersistentVolumeClaim.resource, PersistentVolume.resource,
        ] {
            await feeds[resource]?.settle(until: deadline, isTaken: true)
        }
    }

    private struct PodWatch: ClusterWatch {
        let watch: any ClusterWatch
        let view: NodeView

        func next() async throws -> [WatchEvent]? {
            guard let events = try await watch.next() else { return nil }
            view.took(events)
            await view.settle()
            return events
        }
        func cancel() { watch.cancel() }
    }

    // MARK: The cluster

    public func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        if let feed = feeds[resource] {
            // Else it would seem that there is nothing.
            try await hasListedPods.wait()
            await feed.settle(until: clock.now + Self.patience, isTaken: false)
            return feed.list()
        }
        let list = try await api.list(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        if resource == Pod.resource {
            took(list.items)
            await settle()
        }
        return list
    }

    public func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        if let feed = feeds[resource] { return feed.watch() }
        let watch = try await api.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, from: revision)
        return resource == Pod.resource ? PodWatch(watch: watch, view: self) : watch
    }

    public func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON {
        try await api.get(resource, key)
    }
    public func create(
        _ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?
    ) async throws -> JSON {
        try await api.create(resource, object, name: name, subresource: subresource)
    }
    public func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON {
        try await api.update(resource, object, subresource: subresource)
    }
    public func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON {
        try await api.patch(resource, key, kind, patch, subresource: subresource)
    }
    public func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        try await api.delete(resource, key, options)
    }
}
