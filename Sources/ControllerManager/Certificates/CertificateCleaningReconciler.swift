import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Removes requests that nobody will look at any more: decided ones after an hour, others after a day.
struct CertificateCleaningReconciler: Reconciler {
    static let name = "certificatesigningrequest-cleaner-controller"
    static let account = "certificate-controller"
    static let reads: [Interest] = [.every(CertificateSigningRequest.self)]
    static let writes: [Permission] = [.delete(CertificateSigningRequest.self)]

    private static let decidedSeconds = 3600
    private static let pendingSeconds = 24 * 3600

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let request = world.get(CertificateSigningRequest.self, key), !request.isBeingDeleted else { return [] }
        let due = due(request)
        return due <= clock.now ? [.delete(request)] : [.again(after: due - clock.now)]
    }

    /// When its time is over.
    private func due(_ request: CertificateSigningRequest) -> Instant {
        let decisions = request.status.conditions.filter { ["Approved", "Denied", "Failed"].contains($0.type ?? "") }
        // The last word counts, as Kubernetes reads it by `lastUpdateTime`.
        if let decided = decisions.compactMap({ Instant($0.json["lastUpdateTime"]) }).max() {
            return decided + .seconds(Self.decidedSeconds)
        }
        let created = Instant(request.json["metadata", "creationTimestamp"]) ?? clock.now
        return created + .seconds(Self.pendingSeconds)
    }
}
