import APIMachinery
import Synchronization

/// The resources that a server serves, at one time.
public struct ResourceRegistry: Sendable {
    /// A kind that is served in several versions is here once for each, the stored one first.
    public private(set) var resources: [Resource]
    private var byGroupResource: [GroupResource: Int] = [:]
    private var byKind: [GroupVersionKind: Int] = [:]

    public init(_ resources: [Resource]) {
        self.resources = resources
        makeIndexes()
    }
    private mutating func makeIndexes() {
        byGroupResource = [:]
        byKind = [:]
        for (index, resource) in resources.enumerated() {
            if byGroupResource[resource.groupResource] == nil { byGroupResource[resource.groupResource] = index }
            byKind[resource.groupVersionKind] = index
        }
    }

    /// The resource in the version in which it is stored.
    public func resource(_ name: GroupResource) -> Resource? { byGroupResource[name].map { resources[$0] } }
    /// The resource in one of its versions.
    public func resource(_ name: GroupResource, version: String) -> Resource? {
        guard let index = byGroupResource[name] else { return nil }
        if resources[index].groupVersionKind.version == version { return resources[index] }
        return resources[index...].first { $0.groupResource == name && $0.groupVersionKind.version == version }
    }
    public func resource(_ kind: GroupVersionKind) -> Resource? { byKind[kind].map { resources[$0] } }

    /// Adds a resource behind all others, or puts it in the place of the one of its name and version.
    public mutating func put(_ resource: Resource) {
        let version = resource.groupVersionKind.version
        let index = resources.firstIndex {
            $0.groupResource == resource.groupResource && $0.groupVersionKind.version == version
        }
        if let index {
            resources[index] = resource
        } else {
            resources.append(resource)
        }
        makeIndexes()
    }
    public mutating func remove(_ name: GroupResource) {
        resources.removeAll { $0.groupResource == name }
        makeIndexes()
    }
}

/// What is served now, and what will be: kinds come, change and go while the cluster runs. The API server publishes a
/// registry once its kinds can be asked for; whoever deals with every kind (the garbage collector, the emptying of
/// namespaces) follows.
public final class ResourceDirectory: Sendable {
    private struct State {
        var current: ResourceRegistry
        var followers: [Int: AsyncStream<ResourceRegistry>.Continuation] = [:]
        var lastFollower = 0
    }
    private let state: Mutex<State>

    public init(_ registry: ResourceRegistry = .builtIn) { state = Mutex(State(current: registry)) }

    public var current: ResourceRegistry { state.withLock { $0.current } }

    /// Says that this is served from now on.
    public func publish(_ registry: ResourceRegistry) {
        state.withLock { state in
            state.current = registry
            for follower in state.followers.values { follower.yield(registry) }
        }
    }

    /// The present registry and then every change; who is slow gets the newest.
    public func versions() -> AsyncStream<ResourceRegistry> {
        let (stream, follower) = AsyncStream<ResourceRegistry>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let identity = state.withLock { state in
            state.lastFollower += 1
            state.followers[state.lastFollower] = follower
            follower.yield(state.current)
            return state.lastFollower
        }
        follower.onTermination = { [weak self] _ in
            self?.state.withLock { $0.followers[identity] = nil }
        }
        return stream
    }
}
