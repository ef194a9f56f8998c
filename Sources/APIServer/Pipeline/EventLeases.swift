import APIMachinery
import EtcdStore
import KubeAPI
import Synchronization

/// Events vanish by themselves (`Configuration.eventSeconds`): they are stored under a lease of the store, shared by those of
/// the same minute.
final class EventLeases: Sendable {
    static let sharedSeconds: Int64 = 60

    private let store: any RevisionedStore
    private let seconds: Int64
    private let surroundings: Surroundings
    private let present = Mutex<(lease: Int64, until: Int64)>((0, 0))

    init(_ store: any RevisionedStore, seconds: Int64, _ surroundings: Surroundings) {
        self.store = store
        self.seconds = seconds
        self.surroundings = surroundings
    }

    /// A lease that lives at least as long as an event has to.
    func lease() async throws -> Int64 {
        let now = surroundings.uptime()
        let shared = present.withLock { $0.until > now ? $0.lease : 0 }
        if shared != 0 { return shared }
        do {
            let lease = try await store.grantLease(0, timeToLiveSeconds: seconds + Self.sharedSeconds)
            present.withLock { $0 = (lease, now + Self.sharedSeconds * 1_000_000_000) }
            return lease
        } catch {
            throw Storage.statusError(error)
        }
    }
}

extension ClusterServer {
    /// The lease under which objects of the kind are stored; 0 for all but events.
    func lease(for resource: Resource) async throws -> Int64 {
        guard resource.isEvents else { return 0 }
        return try await eventLeases.lease()
    }
}
