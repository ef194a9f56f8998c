import APIMachinery
import KubeAPI
import Synchronization

/// Keeps a `ServiceCatalog` up from the world and gathers which Services changed until their reader takes them.
/// A reader that is slow sees fewer, newer changes; nothing piles up.
public final class ServiceWatch: Sendable {
    public static let reads = [Service.resource, EndpointSlice.resource]

    private struct State {
        var catalog = ServiceCatalog()
        var changed: Set<ObjectKey> = []
    }
    private let state = Mutex(State())
    private let continuation: AsyncStream<Void>.Continuation
    /// One element whenever there may be something to take; for one reader.
    public let wakeups: AsyncStream<Void>

    public init(_ world: World) {
        (wakeups, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        world.cache(Service.resource).observe { [self] change in take { $0.apply(service: change) } }
        world.cache(EndpointSlice.resource).observe { [self] change in take { $0.apply(slice: change) } }
    }

    /// Wakes the reader although no Service changed, such as for a timer or other news.
    public func wake() { continuation.yield() }

    /// The Services that changed since the last call, each with what is known now; nil for one that is gone.
    public func takeChanges() -> [ObjectKey: ServiceEntry?] {
        state.withLock { state in
            defer { state.changed = [] }
            var changes: [ObjectKey: ServiceEntry?] = [:]
            for key in state.changed { changes.updateValue(state.catalog.entries[key], forKey: key) }
            return changes
        }
    }

    /// What is known of one Service now.
    public func entry(_ key: ObjectKey) -> ServiceEntry? { state.withLock { $0.catalog.entries[key] } }

    private func take(_ apply: (inout ServiceCatalog) -> [ObjectKey]) {
        state.withLock { $0.changed.formUnion(apply(&$0.catalog)) }
        continuation.yield()
    }
}
