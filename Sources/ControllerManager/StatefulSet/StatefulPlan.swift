import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// One look at a StatefulSet: which pod is made, given up or replaced next. Ordered sets change one pod at a time: a pod is
/// made when all before it are available, and given up when all others are.
struct StatefulPlan {
    private(set) var changes: [Change] = []
    /// Pods that go by this plan.
    private(set) var leaving: [Pod] = []
    /// When a pod becomes available by time alone.
    private(set) var wait: Duration?

    private let set: StatefulSet
    private let history: RevisionHistory
    private let current: ControllerRevision
    private let claims: StatefulClaims
    private let now: Instant

    init(
        _ set: StatefulSet, _ pods: [Pod], _ history: RevisionHistory, _ current: ControllerRevision,
        _ claims: StatefulClaims, _ now: Instant
    ) {
        self.set = set
        self.history = history
        self.current = current
        self.claims = claims
        self.now = now
        var byOrdinal: [Int: Pod] = [:]
        var surplus: [(ordinal: Int, pod: Pod)] = []
        for pod in pods {
            guard let ordinal = set.ordinal(of: pod) else { continue }
            if set.ordinals.contains(ordinal) { byOrdinal[ordinal] = pod } else { surplus.append((ordinal, pod)) }
        }
        surplus.sort { $0.ordinal > $1.ordinal }
        note(waitsOf: pods)
        guard keepReplicas(byOrdinal) else { return }
        for (_, pod) in surplus { changes += claims.owners(of: pod, isKept: false) }
        let firstUnavailable =
            set.ordinals.compactMap { byOrdinal[$0] }.first { !isAvailable($0) }
            ?? surplus.reversed().map(\.pod).first { !isAvailable($0) }
        guard giveUp(surplus.map(\.pod), firstUnavailable) else { return }
        if set.spec.updateStrategy?.type != "OnDelete" { replaceOutdated(byOrdinal) }
    }

    private func isAvailable(_ pod: Pod) -> Bool { pod.isAvailable(set.minReadySeconds, now) }

    private mutating func note(waitsOf pods: [Pod]) {
        let due = pods.compactMap { $0.availableAt(minReadySeconds: set.minReadySeconds) }.filter { $0 > now }.min()
        wait = due.map { $0 - now }
    }

    // MARK: Pods that should be there

    /// Makes and mends pods in order; false if the rest has to wait.
    private mutating func keepReplicas(_ pods: [Int: Pod]) -> Bool {
        var mayGoOn = true
        for ordinal in set.ordinals {
            if !keep(pods[ordinal], ordinal) {
                mayGoOn = false
                if set.isOrdered { return false }
            }
        }
        return mayGoOn
    }

    private mutating func keep(_ pod: Pod?, _ ordinal: Int) -> Bool {
        guard let pod else {
            guard claims.areFree(ordinal) else { return false }
            changes += claims.missing(ordinal)
            create(ordinal)
            return !set.isOrdered
        }
        // What has ended, well or badly, is made anew once it is gone.
        if pod.isTerminal {
            if !pod.isBeingDeleted { delete(pod) }
            return false
        }
        if pod.phase == "Pending" { changes += claims.missing(ordinal) }
        if set.isOrdered, pod.isBeingDeleted || !isAvailable(pod) { return false }
        if !pod.isBeingDeleted, !pod.hasIdentity(of: set, ordinal) {
            update(pod.withIdentity(of: set, ordinal))
        }
        changes += claims.owners(of: pod, isKept: true)
        return true
    }

    private mutating func update(_ pod: Pod) {
        let (set, sentence) = (set, "Update Pod \(pod.name) in StatefulSet \(set.name)")
        changes.append(
            .batch(
                Batch(
                    [.update(pod)],
                    succeeded: { _, _ in EventNote(set, .normal, "SuccessfulUpdate", "\(sentence) successful") },
                    failed: { error in
                        [
                            .note(
                                EventNote(
                                    set, .warning, "FailedUpdate", "\(sentence) failed error: \(error.message)"))
                        ]
                    })))
    }

    private mutating func create(_ ordinal: Int) {
        // Below the partition, and until an update has come so far, pods are of the revision that was.
        let isOld =
            set.spec.updateStrategy?.type == "RollingUpdate"
            && (set.spec.updateStrategy?.rollingUpdate == nil
                ? ordinal < set.firstOrdinal + (set.status.currentReplicas ?? 0)
                : ordinal < set.firstOrdinal + set.partition)
        let pod = Pod(of: set, ordinal: ordinal, isOld ? current : history.update)
        let (set, sentence) = (set, "Create Pod \(pod.name) in StatefulSet \(set.name)")
        changes.append(
            .batch(
                Batch(
                    [.create(pod)],
                    succeeded: { _, _ in EventNote(set, .normal, "SuccessfulCreate", "\(sentence) successful") },
                    failed: { error in
                        [
                            .note(
                                EventNote(
                                    set, .warning, "FailedCreate", "\(sentence) failed error: \(error.message)"))
                        ]
                    })))
    }

    // MARK: Pods that should go

    /// Gives up what is beyond the replicas, highest ordinal first; false if the rest has to wait.
    private mutating func giveUp(_ pods: [Pod], _ firstUnavailable: Pod?) -> Bool {
        var mayGoOn = true
        for pod in pods {
            if pod.isBeingDeleted {
                if set.isOrdered { return false }
                continue
            }
            if set.isOrdered, !isAvailable(pod), pod.uid != firstUnavailable?.uid { return false }
            delete(pod)
            mayGoOn = false
            if set.isOrdered { return false }
        }
        return mayGoOn
    }

    /// Replaces pods of other revisions, highest ordinal first, while few enough are unavailable.
    private mutating func replaceOutdated(_ pods: [Int: Pod]) {
        let unavailable = set.ordinals.count { ordinal in pods[ordinal].map { !isAvailable($0) } ?? true }
        var free = mostUnavailable - unavailable
        let first = set.firstOrdinal + set.partition
        for ordinal in set.ordinals.reversed() where free > 0 && ordinal >= first {
            guard let pod = pods[ordinal], pod.revisionHash != history.update.name, !pod.isBeingDeleted else {
                continue
            }
            delete(pod)
            free -= 1
        }
    }

    private var mostUnavailable: Int {
        let most = set.json["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"]
        guard let percent = most?.string.flatMap({ Int($0.dropLast()) }) else { return max(1, most?.int ?? 1) }
        return max(1, percent * set.replicas / 100)
    }

    private mutating func delete(_ pod: Pod) {
        leaving.append(pod)
        let (set, sentence) = (set, "Delete Pod \(pod.name) in StatefulSet \(set.name)")
        changes.append(
            .batch(
                Batch(
                    [.delete(pod)],
                    succeeded: { _, _ in EventNote(set, .normal, "SuccessfulDelete", "\(sentence) successful") },
                    failed: { error in
                        [
                            .note(
                                EventNote(
                                    set, .warning, "FailedDelete", "\(sentence) failed error: \(error.message)"))
                        ]
                    })))
    }
}
