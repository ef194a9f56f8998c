import Basics
import APIMachinery
import ControlLoops
import KubeAPI

/// One pod on its node as a value: its object, its state, and how far the writing of its status is. Each event has a
/// method that says what the worker does next; nothing else changes it.
package struct PodCore: Sendable {
    package enum Order: Sendable, Equatable {
        case step(PodStep)
        /// Look again then, if nothing happens before; nil for never.
        case wake(Instant?)
        /// Write what volumes hold anew, where it is another.
        case refreshVolumes
        /// Answer with `statusWritten`, `statusOutdated` or `statusNotWritten`.
        case writeStatus(Pod)
        /// Answer with `podRead`.
        case readPod
        /// Answer with `pauseEnded`.
        case pause(Duration)
        /// Nothing more will be ordered, and nothing of the pod is left.
        case end
    }

    /// The writing of the status. Each exit is a method of `PodCore`.
    private enum Writing: Sendable, Equatable {
        /// → writing
        case idle
        /// → idle, reading, pausing
        case writing
        /// Another has changed the object: → idle, pausing
        case reading
        /// → idle
        case pausing
    }

    package private(set) var pod: Pod
    package private(set) var state: PodState
    /// Nothing is decided any more.
    package private(set) var hasEnded = false
    /// Nothing is being written or waits to be.
    package var isQuiet: Bool { writing == .idle && !deletionWaits }
    /// The object is no longer in the cluster.
    private var isOrphaned = false
    private var writing = Writing.idle
    private var published: JSON?
    /// Who holds what was written is another now, which has nothing.
    private var isLost = false
    /// The object is to be deleted once its last status is written.
    private var deletionWaits = false
    private let hostIP: String
    private let runtimeName: String
    /// What comes of a step that takes no time, where containers are only played; none for a step that is to be carried out.
    package typealias AtOnce = @Sendable (PodStep, Pod, PodState, Instant) -> [PodEvent]
    private let atOnce: AtOnce?

    package static let retryPause = Duration.milliseconds(200)
    static let rereadPause = Duration.milliseconds(50)

    package init(_ pod: Pod, _ state: PodState, hostIP: String, runtimeName: String, atOnce: AtOnce? = nil) {
        self.atOnce = atOnce
        self.pod = pod
        self.state = state
        self.hostIP = hostIP
        self.runtimeName = runtimeName
    }

    // MARK: What happens to the pod

    package mutating func started(at now: Instant) -> [Order] { turn(now) }

    /// A newer object of the same uid.
    package mutating func podChanged(_ newPod: Pod, at now: Instant) -> [Order] {
        guard !isOrphaned, newPod.json.revision >= pod.json.revision else { return [] }
        let old = pod.metadata
        noteOthers(newPod)
        pod = newPod
        // What waited was taken back.
        if state.allocation?.isAll(of: newPod) == true { state.resize.pending = nil }
        let showsMetadata = newPod.metadata.labels != old.labels || newPod.metadata.annotations != old.annotations
        return (showsMetadata ? refresh() : []) + turn(now)
    }

    /// The object is gone before we asked for it (a forced deletion): end at once.
    package mutating func podGone(at now: Instant) -> [Order] {
        guard !isOrphaned else { return [] }
        isOrphaned = true
        if !pod.isBeingDeleted { pod.metadata.deletionTimestamp = now.rfc3339 }
        pod.metadata.deletionGracePeriodSeconds = min(1, pod.metadata.deletionGracePeriodSeconds ?? 1)
        return turn(now)
    }

    /// Something that the pod refers to changed.
    mutating func dependencyChanged(at now: Instant) -> [Order] {
        state.happened(.dependencyChanged, at: now)
        return refresh() + turn(now)
    }
    /// The status is to be written again, though it is the same.
    mutating func statusLost(at now: Instant) -> [Order] {
        published = nil
        isLost = true
        return turn(now)
    }
    /// Its tokens are due.
    func tokensDue() -> [Order] { refresh() }

    /// The pod as the node agreed to it.
    var allocatedPod: Pod { state.allocation?.applied(to: pod) ?? pod }
    /// Whether the node has to decide on what the pod wants.
    var wantsResize: Bool {
        guard let allocation = state.allocation, !hasEnded, !pod.isBeingDeleted, !pod.isTerminal, state.eviction == nil
        else { return false }
        return !allocation.isAll(of: pod)
    }

    /// The node looks at it in a moment; until then no status tells that the spec of this generation has been seen.
    private var awaitsResize: Bool { wantsResize && state.resize.pending?.generation != pod.metadata.generation }

    package mutating func happened(_ event: PodEvent, at now: Instant) -> [Order] {
        state.happened(event, at: now)
        return turn(now)
    }
    package mutating func timePassed(at now: Instant) -> [Order] { turn(now) }

    /// This process ends; the pod may go on.
    mutating func stopped() { hasEnded = true }

    private func refresh() -> [Order] {
        !hasEnded && state.volumes == .ready && !pod.isBeingDeleted ? [.refreshVolumes] : []
    }

    // MARK: The turn

    private mutating func turn(_ now: Instant) -> [Order] {
        guard !hasEnded else { return [] }
        var orders: [Order] = []
        let decision = decide(now)
        for step in decision.steps {
            guard step == .deleteObject else {
                orders.append(.step(step))
                continue
            }
            if isOrphaned { state.happened(.objectDeleted, at: now) } else { deletionWaits = true }
        }
        orders.append(.wake(decision.wakeAt))
        if state.objectDeletion == .done || (isOrphaned && state.sandbox == .removed) {
            hasEnded = true
            return orders + [.end]
        }
        return orders + nextWrite(now)
    }

    /// With everything that takes no time already done.
    private mutating func decide(_ now: Instant) -> PodDecision {
        guard let atOnce else { return state.decide(allocatedPod, at: now) }
        var steps: [PodStep] = []
        while true {
            var decision = state.decide(allocatedPod, at: now)
            var hasMoved = false
            for step in decision.steps {
                let events = atOnce(step, allocatedPod, state, now)
                if events.isEmpty { steps.append(step) }
                for event in events {
                    state.happened(event, at: now)
                    hasMoved = true
                }
            }
            if hasMoved { continue }
            decision.steps = steps
            return decision
        }
    }

    // MARK: The status

    private mutating func nextWrite(_ now: Instant) -> [Order] {
        guard writing == .idle, !isOrphaned, !hasEnded, !awaitsResize else { return [] }
        let status = PodStatusBuilder(pod: pod, state: state, hostIP: hostIP, runtimeName: runtimeName, now: now)
            .status()
        if isLost || status.json != published && status.json != pod.status.json {
            writing = .writing
            return [.writeStatus(pod.with(status))]
        }
        return deletion()
    }
    private mutating func deletion() -> [Order] {
        guard deletionWaits else { return [] }
        deletionWaits = false
        return [.step(.deleteObject)]
    }

    /// The status is in the cluster; the object as it is there now.
    package mutating func statusWritten(_ written: Pod, at now: Instant) -> [Order] {
        guard writing == .writing else { return [] }
        writing = .idle
        published = written.status.json
        isLost = false
        // A static pod has no versions: what was written into its mirror is its status.
        if pod.isStatic { pod.status = written.status } else { take(written) }
        return nextWrite(now)
    }
    /// The object is another meanwhile.
    package mutating func statusOutdated() -> [Order] {
        guard writing == .writing, !hasEnded else { return [] }
        writing = .reading
        return [.readPod]
    }
    /// Nobody could be reached; a deletion does not wait for the last status then.
    package mutating func statusNotWritten() -> [Order] {
        guard writing == .writing, !hasEnded else { return [] }
        writing = .pausing
        return deletion() + [.pause(Self.retryPause)]
    }
    /// The object as it is; nil when it could not be read.
    package mutating func podRead(_ fresh: Pod?, at now: Instant) -> [Order] {
        guard writing == .reading, !hasEnded else { return [] }
        guard let fresh else {
            writing = .pausing
            return [.pause(Self.rereadPause)]
        }
        writing = .idle
        guard fresh.uid == pod.uid else { return podGone(at: now) }
        take(fresh)
        return turn(now)
    }
    package mutating func pauseEnded(at now: Instant) -> [Order] {
        guard writing == .pausing else { return [] }
        writing = .idle
        return nextWrite(now)
    }
    private mutating func take(_ newer: Pod) {
        guard newer.uid == pod.uid, newer.json.revision > pod.json.revision else { return }
        noteOthers(newer)
        pod = newer
    }
    /// Another's status is in the place of ours, such as the node controller's: ours is written again, also when it is the
    /// same to the second.
    private mutating func noteOthers(_ newer: Pod) {
        if newer.status.json != pod.status.json, newer.status.json != published { published = nil }
    }
}
