import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// One look at a Deployment and its ReplicaSets, as a value: what to scale, make and delete next. The steps and their
/// order are Kubernetes'.
struct Rollout {
    let deployment: Deployment
    let limits: RolloutLimits
    let now: Instant
    /// The set whose template is the Deployment's, if there is one; and all others, oldest first.
    var newSet: ReplicaSet?
    var oldSets: [ReplicaSet]
    /// The set that has a name, whoever owns it.
    var nameTaken: (String) -> ReplicaSet? = { _ in nil }
    /// Whether any pod of a set has not ended.
    var runsPods: (ReplicaSet) -> Bool = { _ in false }
    /// What the progress of a new set says, before counting.
    var conditions: [DeploymentCondition]
    var collisions: Int?
    private(set) var changes: [Change] = []
    /// False while no progress is expected: paused, scaling, or on its way out.
    private(set) var expectsProgress = false
    /// The Deployment's revision, where it must be written.
    private(set) var newRevision: Int?
    /// Scaling and annotating write the same set once.
    private var written: [String: ReplicaSet] = [:]
    private var notes: [EventNote] = []

    init(_ deployment: Deployment, _ sets: [ReplicaSet], now: Instant) {
        self.deployment = deployment
        self.now = now
        limits = RolloutLimits(deployment)
        let ordered = sets.sorted { ($0.created?.nanoseconds ?? 0, $0.name) < ($1.created?.nanoseconds ?? 0, $1.name) }
        newSet = ordered.first { $0.template == deployment.spec.template.json }
        let current = newSet?.uid
        oldSets = ordered.filter { $0.uid != current }
        conditions = deployment.status.conditions
        collisions = deployment.status.collisionCount
    }

    var allSets: [ReplicaSet] { oldSets + (newSet.map { [$0] } ?? []) }

    mutating func run() {
        if deployment.isBeingDeleted { return finish() }
        notePause()
        if deployment.spec.paused == true {
            syncRevision()
            scaleProportionally()
            cleanUp()
        } else if isScaling {
            syncRevision()
            scaleProportionally()
        } else {
            expectsProgress = true
            if deployment.isRolling { roll() } else { recreate() }
        }
        finish()
    }

    private mutating func finish() {
        for set in allSets { if let new = written[set.uid] { changes.append(.update(new)) } }
        changes += notes.map { .note($0) }
        changes += DeploymentReport(self).changes
    }

    // MARK: The two ways

    private mutating func roll() {
        guard syncRevision() || makeNewSet() else { return }
        if scaleUpNew() { return }
        if scaleDownOld() { return }
        if isComplete { cleanUp() }
    }

    private mutating func recreate() {
        syncRevision()
        let active = oldSets.filter { $0.isActive }
        if !active.isEmpty {
            for set in active { scale(set, to: 0) }
            return
        }
        if oldSets.contains(where: runsPods) { return }
        if newSet == nil, !makeNewSet() { return }
        if let newSet, newSet.replicas != deployment.replicas { scale(newSet, to: deployment.replicas) }
        if isComplete { cleanUp() }
    }

    /// Whether the new set was scaled.
    private mutating func scaleUpNew() -> Bool {
        guard let newSet, newSet.replicas != deployment.replicas else { return false }
        if newSet.replicas > deployment.replicas { return scale(newSet, to: deployment.replicas) }
        return scale(newSet, to: replicasOfNew(newSet.replicas))
    }

    /// As many as the surge leaves room for.
    private func replicasOfNew(_ present: Int) -> Int {
        guard deployment.isRolling else { return deployment.replicas }
        let room = deployment.replicas + limits.maxSurge - allSets.map(\.replicas).reduce(0, +)
        if room <= 0 { return present }
        return present + min(room, deployment.replicas - present)
    }

    /// Whether an old set was scaled: first pods that serve nobody, then as many as may be missing.
    private mutating func scaleDownOld() -> Bool {
        guard oldSets.contains(where: \.isActive) else { return false }
        let minAvailable = deployment.replicas - limits.maxUnavailable
        let newUnavailable = newSet.map { $0.replicas - $0.available } ?? 0
        let spare = allSets.map(\.replicas).reduce(0, +) - minAvailable - newUnavailable
        if spare <= 0 { return false }
        var total = 0
        for set in oldSets where total < spare && set.isActive {
            let unhealthy = set.replicas - set.available
            if unhealthy <= 0 { continue }
            let count = min(spare - total, unhealthy)
            total += count
            scale(set, to: set.replicas - count)
        }
        var excess = allSets.map(\.available).reduce(0, +) - minAvailable
        for set in oldSets where excess > 0 && set.isActive {
            let count = min(set.replicas, excess)
            excess -= count
            total += count
            scale(set, to: set.replicas - count)
        }
        return total > 0
    }

    // MARK: Sets

    /// Counts the new set's revision up to the newest and copies annotations; false if there is no new set.
    @discardableResult
    private mutating func syncRevision() -> Bool {
        guard var set = newSet else { return false }
        let revision = max((oldSets.map(\.revision).max() ?? 0) + 1, set.revision)
        set.metadata.annotations = DeploymentAnnotations.current(for: set, of: deployment, revision: revision)
        set.spec.minReadySeconds = deployment.spec.minReadySeconds
        if (set.spec.minReadySeconds ?? 0) != (newSet?.spec.minReadySeconds ?? 0)
            || set.annotations != newSet?.annotations
        {
            put(set)
        }
        markRevision(set.revision)
        if condition("Progressing") == nil {
            progress("True", "FoundNewReplicaSet", "Found new replica set \"\(set.name)\"")
        }
        return true
    }

    private mutating func markRevision(_ revision: Int) {
        if deployment.annotations[DeploymentAnnotations.revision] != String(revision) { newRevision = revision }
    }

    /// False if it has to wait, as its name is taken by something else.
    private mutating func makeNewSet() -> Bool {
        let hash = TemplateHash(deployment.spec.template, collisions: collisions ?? 0).text
        // As long as a name may be (RFC 1123).
        let name = "\(deployment.name.prefix(252 - hash.utf8.count))-\(hash)"
        if nameTaken(name) != nil {
            collisions = (collisions ?? 0) + 1
            return false
        }
        let revision = (oldSets.map(\.revision).max() ?? 0) + 1
        let set = make(name, hash, revision)
        markRevision(revision)
        changes.append(
            .batch(
                Batch(
                    [.create(set)],
                    failed: { [deployment, now] error in
                        DeploymentReport.creationFailed(deployment, name, error, now)
                    })))
        if set.replicas > 0 {
            notes.append(
                EventNote(
                    deployment, .normal, "ScalingReplicaSet",
                    "Scaled up replica set \(name) from 0 to \(set.replicas)"))
        }
        progress("True", "NewReplicaSetCreated", "Created new replica set \"\(name)\"")
        return false
    }

    private func make(_ name: String, _ hash: String, _ revision: Int) -> ReplicaSet {
        ReplicaSet { set in
            var template = deployment.spec.template
            template.json["metadata", "labels", DeploymentAnnotations.hashLabel] = JSON(hash)
            set.metadata = ObjectMeta {
                $0.name = name
                $0.namespace = deployment.namespace
                $0.labels = template.metadata.labels
                $0.ownerReferences = [OwnerReference(controlling: deployment)]
                var annotations = DeploymentAnnotations.copied(from: deployment)
                annotations[DeploymentAnnotations.revision] = String(revision)
                annotations[DeploymentAnnotations.desiredReplicas] = String(deployment.replicas)
                annotations[DeploymentAnnotations.maxReplicas] = String(deployment.replicas + limits.maxSurge)
                $0.annotations = annotations
            }
            set.spec.replicas = replicasOfNew(0)
            set.spec.minReadySeconds = deployment.spec.minReadySeconds
            var selector = deployment.spec.selector ?? LabelSelector()
            selector.matchLabels[DeploymentAnnotations.hashLabel] = hash
            set.spec.selector = selector
            set.spec.template = template
        }
    }

    /// Deletes the oldest sets beyond the history limit that are done with.
    private mutating func cleanUp() {
        guard let limit = deployment.spec.revisionHistoryLimit else { return }
        let candidates = oldSets.filter { !$0.isBeingDeleted }
        let excess = candidates.count - limit
        if excess <= 0 { return }
        for set in candidates.sorted(by: { $0.revision < $1.revision }).prefix(excess)
        where !set.isActive && set.status.replicas ?? 0 == 0
            && set.metadata.generation ?? 0 <= set.status.observedGeneration ?? 0
        {
            changes.append(.delete(set))
        }
    }

    // MARK: Helpers

    /// Also brings the annotations by which scaling is told from rolling up to date. Whether the size changes.
    @discardableResult
    mutating func scale(_ set: ReplicaSet, to size: Int) -> Bool {
        var new = written[set.uid] ?? allSets.first { $0.uid == set.uid } ?? set
        let before = new.replicas
        var annotations = new.annotations
        annotations[DeploymentAnnotations.desiredReplicas] = String(deployment.replicas)
        annotations[DeploymentAnnotations.maxReplicas] = String(deployment.replicas + limits.maxSurge)
        if before == size, annotations == new.annotations { return false }
        new.spec.replicas = size
        new.metadata.annotations = annotations
        put(new)
        if before != size {
            notes.append(
                EventNote(
                    deployment, .normal, "ScalingReplicaSet",
                    "Scaled \(before < size ? "up" : "down") replica set \(set.name) from \(before) to \(size)"))
        }
        return before != size
    }

    private mutating func put(_ set: ReplicaSet) {
        written[set.uid] = set
        if set.uid == newSet?.uid { newSet = set }
        if let index = oldSets.firstIndex(where: { $0.uid == set.uid }) { oldSets[index] = set }
    }

    var isComplete: Bool {
        let status = DeploymentReport.count(self)
        return status.updatedReplicas ?? 0 == deployment.replicas && status.replicas ?? 0 == deployment.replicas
            && status.availableReplicas ?? 0 == deployment.replicas
            && deployment.status.observedGeneration ?? 0 >= deployment.metadata.generation ?? 0
    }

    func condition(_ type: String) -> DeploymentCondition? { conditions.first { $0.type == type } }

    /// Sets the Progressing condition, if there is a deadline to hold it against.
    mutating func progress(_ status: String, _ reason: String, _ message: String) {
        guard deployment.progressDeadlineSeconds != nil else { return }
        conditions.set("Progressing", status, reason, message, now)
    }

    private mutating func notePause() {
        guard deployment.progressDeadlineSeconds != nil else { return }
        let current = condition("Progressing")
        // Once the time is up, pausing does not take it back.
        if current?.reason == "ProgressDeadlineExceeded" { return }
        let wasPaused = current?.reason == "DeploymentPaused"
        if deployment.spec.paused == true, !wasPaused {
            progress("Unknown", "DeploymentPaused", "Deployment is paused")
        } else if deployment.spec.paused != true, wasPaused {
            progress("Unknown", "DeploymentResumed", "Deployment is resumed")
        }
    }
}

extension ReplicaSet {
    /// The template without the label that the Deployment added.
    fileprivate var template: JSON {
        var template = spec.template.json
        template.set(["metadata", "labels", DeploymentAnnotations.hashLabel], to: nil)
        return template
    }
}

extension [DeploymentCondition] {
    /// A condition of the same status keeps its time of transition; one that says the same stays as it is.
    mutating func set(_ type: String, _ status: String, _ reason: String, _ message: String, _ now: Instant) {
        let current = first { $0.type == type }
        if current?.status == status, current?.reason == reason { return }
        removeAll { $0.type == type }
        append(
            DeploymentCondition {
                $0.type = type
                $0.status = status
                $0.lastUpdateTime = now.rfc3339
                $0.lastTransitionTime = current?.status == status ? current?.lastTransitionTime : now.rfc3339
                $0.reason = reason
                $0.message = message
            })
    }
}
