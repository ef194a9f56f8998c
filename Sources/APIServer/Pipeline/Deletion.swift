import APIMachinery
import Basics
import KubeAPI

/// How an object goes away: at once, after its grace period, or after its finalizers; as values, so that it can be read.
enum Deletion {
    static let orphanFinalizer = "orphan"
    static let foregroundFinalizer = "foregroundDeletion"

    /// What a deletion asked for does to the object.
    enum Verdict: Equatable {
        case remove
        /// Marked, to go later.
        case mark(JSON)
        /// It is marked as asked already.
        case keep
    }

    static func decide(_ object: JSON, _ resource: Resource, _ options: DeletionOptions, nowSeconds: Int64) -> Verdict {
        var marked = object
        var finalizers = finalizers(object["metadata", "finalizers"]?.strings ?? [], options.propagation)
        if let own = resource.deletionFinalizer, object["metadata", "deletionTimestamp"]?.string == nil,
            !finalizers.contains(own)
        {
            finalizers.append(own)
        }
        if finalizers != object["metadata", "finalizers"]?.strings ?? [] {
            marked["metadata", "finalizers"] = finalizers.isEmpty ? Optional<JSON>.none : JSON(finalizers)
        }
        let isPod = resource.groupResource == GroupResource(resource: "pods")
        let isNamespace = resource.groupResource == GroupResource(resource: "namespaces")
        let grace = isPod ? podGrace(object, options.gracePeriodSeconds) : 0

        if let already = object["metadata", "deletionTimestamp"]?.string {
            let granted = object["metadata", "deletionGracePeriodSeconds"]?.int ?? 0
            // A grace period can only be made shorter.
            let wanted = options.gracePeriodSeconds == nil && isPod ? granted : grace
            if granted > wanted {
                let until: Int64 = Instant(rfc3339: already)?.secondsSince1970 ?? nowSeconds
                marked["metadata", "deletionTimestamp"] = text(seconds: until - Int64(granted) + Int64(wanted))
                marked["metadata", "deletionGracePeriodSeconds"] = JSON(wanted)
            }
            if isComplete(marked, resource) { return .remove }
            return marked == object ? .keep : .mark(marked)
        }
        if grace == 0, finalizers.isEmpty, !(isNamespace && !namespaceFinalizers(object).isEmpty) { return .remove }
        marked["metadata", "deletionTimestamp"] = text(seconds: nowSeconds + Int64(grace))
        // Namespaces go through their own finalizers and carry no grace period.
        if !isNamespace { marked["metadata", "deletionGracePeriodSeconds"] = JSON(grace) }
        if let generation = object["metadata", "generation"]?.int, generation > 0 {
            marked["metadata", "generation"] = JSON(generation + 1)
        }
        if isNamespace { marked["status", "phase"] = "Terminating" }
        return .mark(marked)
    }

    /// Whether nothing holds an object that is marked for deletion any longer.
    static func isComplete(_ object: JSON, _ resource: Resource) -> Bool {
        guard object["metadata", "deletionTimestamp"]?.string != nil else { return false }
        if resource.groupResource == GroupResource(resource: "namespaces"), !namespaceFinalizers(object).isEmpty {
            return false
        }
        return (object["metadata", "finalizers"]?.elements ?? []).isEmpty
            && (object["metadata", "deletionGracePeriodSeconds"]?.int ?? 0) == 0
    }

    private static func text(seconds: Int64) -> JSON { Instant(secondsSince1970: seconds).json }

    private static func namespaceFinalizers(_ object: JSON) -> [String] { object["spec", "finalizers"]?.strings ?? [] }

    /// Pods that no kubelet has, or that have ended, need no grace (pod strategy CheckGracefulDelete).
    private static func podGrace(_ pod: JSON, _ asked: Int?) -> Int {
        var period = asked ?? pod["spec", "terminationGracePeriodSeconds"]?.int ?? 30
        if (pod["spec", "nodeName"]?.string ?? "").isEmpty { period = 0 }
        if PodLifecycle.isTerminal(phase: pod["status", "phase"]?.string) { period = 0 }
        return period < 0 ? 1 : min(period, 1 << 30)
    }

    /// Whether an object says by a finalizer what becomes of what it owns.
    static func hasPolicy(_ object: JSON) -> Bool {
        (object["metadata", "finalizers"]?.strings ?? []).contains {
            $0 == orphanFinalizer || $0 == foregroundFinalizer
        }
    }

    /// The garbage collector's finalizers, as the propagation policy wants them.
    private static func finalizers(_ present: [String], _ policy: PropagationPolicy?) -> [String] {
        guard let policy else { return present }
        var result = present.filter { $0 != orphanFinalizer && $0 != foregroundFinalizer }
        switch policy {
        case .orphan: result.append(orphanFinalizer)
        case .foreground: result.append(foregroundFinalizer)
        case .background: break
        }
        return Set(result) == Set(present) ? present : result
    }
}
