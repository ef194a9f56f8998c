import Basics
import KubeAPI
import Kubelet

/// One pod on a simulated node: the kubelet's value, what is still to happen to it, and when. Time passes by `due`.
struct PlayedPod: Sendable {
    private(set) var core: PodCore
    private let play: PodPlay
    /// The place of its node.
    let node: Int
    /// The pod's among its node's addresses; nil for one that has its node's.
    let ordinal: Int?
    /// What it takes of its node's resources.
    let requests: [String: Int]

    private struct Pending: Sendable {
        var at: Instant
        var event: PodEvent
    }
    /// In the order of time.
    private var pending: [Pending] = []
    private var wakeAt: Instant?
    private var pauseEndsAt: Instant?
    private var flaps = 0

    init(
        _ pod: Pod, _ state: PodState, _ play: PodPlay, node: Int, ordinal: Int?, hostIP: String,
        requests: [String: Int]
    ) {
        core = PodCore(pod, state, hostIP: hostIP, runtimeName: "simulated") { step, pod, state, now in
            let outcome = play.outcome(step, pod, state, now)
            return outcome.after == .zero ? outcome.events : []
        }
        self.play = play
        self.node = node
        self.ordinal = ordinal
        self.requests = requests
    }

    var pod: Pod { core.pod }
    /// Nothing of it is to happen any more before its object is deleted.
    var isOver: Bool {
        core.pod.isTerminal && !core.pod.isBeingDeleted && core.isQuiet && pending.isEmpty && pauseEndsAt == nil
    }
    /// When `due` has something to do.
    var nextDeadline: Instant? { [pending.first?.at, wakeAt, pauseEndsAt].compactMap { $0 }.min() }

    // MARK: What comes in

    mutating func begin(at now: Instant) -> [PodCore.Order] { taken(core.started(at: now), now) }
    /// Of one that ran before: what its containers go on to do counts from now on.
    mutating func resume(at now: Instant) -> [PodCore.Order] {
        for (name, memory) in core.state.containers where memory.isRunning {
            guard let run = memory.run else { continue }
            plan(name, run.id, memory.restartCount, now)
        }
        return taken(core.started(at: now), now)
    }
    mutating func changed(_ pod: Pod, at now: Instant) -> [PodCore.Order] {
        guard pod.json.revision > core.pod.json.revision else { return [] }
        return taken(core.podChanged(pod, at: now), now)
    }
    mutating func gone(at now: Instant) -> [PodCore.Order] { taken(core.podGone(at: now), now) }

    mutating func due(at now: Instant) -> [PodCore.Order] {
        var orders: [PodCore.Order] = []
        while let first = pending.first, first.at <= now {
            pending.removeFirst()
            orders += taken(core.happened(first.event, at: now), now)
            follow(first.event, now)
        }
        if let end = pauseEndsAt, end <= now {
            pauseEndsAt = nil
            orders += taken(core.pauseEnded(at: now), now)
        }
        if let wake = wakeAt, wake <= now {
            wakeAt = nil
            orders += taken(core.timePassed(at: now), now)
        }
        return orders
    }

    mutating func statusWritten(_ pod: Pod, at now: Instant) -> [PodCore.Order] {
        taken(core.statusWritten(pod, at: now), now)
    }
    mutating func statusOutdated(at now: Instant) -> [PodCore.Order] { taken(core.statusOutdated(), now) }
    mutating func statusNotWritten(at now: Instant) -> [PodCore.Order] { taken(core.statusNotWritten(), now) }
    mutating func podRead(_ pod: Pod?, at now: Instant) -> [PodCore.Order] { taken(core.podRead(pod, at: now), now) }
    mutating func happened(_ event: PodEvent, at now: Instant) -> [PodCore.Order] {
        taken(core.happened(event, at: now), now)
    }

    // MARK: What is to happen

    /// Keeps what takes time; returns what is somebody else's to do.
    private mutating func taken(_ orders: [PodCore.Order], _ now: Instant) -> [PodCore.Order] {
        var others: [PodCore.Order] = []
        for order in orders {
            switch order {
            case .wake(let instant): wakeAt = instant
            case .pause(let duration): pauseEndsAt = now + duration
            case .refreshVolumes: break
            case .step(.deleteObject), .step(.event), .writeStatus, .readPod, .end: others.append(order)
            case .step(let step):
                let outcome = play.outcome(step, core.pod, core.state, now)
                for event in outcome.events { add(event, at: now + outcome.after) }
            }
        }
        planNewRuns(now)
        return others
    }

    private mutating func planNewRuns(_ now: Instant) {
        for (name, memory) in core.state.containers where memory.isRunning && memory.run?.startedAt == now {
            guard let id = memory.run?.id, !pending.contains(where: { $0.event.isOf(run: id) }) else { continue }
            plan(name, id, memory.restartCount, now)
        }
    }
    private mutating func plan(_ name: String, _ id: String, _ attempt: Int, _ now: Instant) {
        for later in play.course(of: name, id, attempt, core.pod, now) {
            if later.after > .zero { add(later.event, at: now + later.after) } else { follow(later.event, now) }
        }
    }
    private mutating func follow(_ event: PodEvent, _ now: Instant) {
        guard let later = play.consequence(of: event, core.pod, count: flaps) else { return }
        guard core.state.containers.values.contains(where: { $0.isRunning && event.isOf(run: $0.run?.id ?? "") })
        else { return }
        flaps += 1
        add(later.event, at: now + later.after)
    }
    private mutating func add(_ event: PodEvent, at instant: Instant) {
        let place = pending.lastIndex { $0.at <= instant }.map { $0 + 1 } ?? 0
        pending.insert(Pending(at: instant, event: event), at: place)
    }
}

extension PodEvent {
    /// Whether it is about this run of a container.
    fileprivate func isOf(run wanted: String) -> Bool {
        switch self {
        case .probed(_, let id, _, _, _, _), .containerEnded(_, let id, _): id == wanted
        default: false
        }
    }
}
