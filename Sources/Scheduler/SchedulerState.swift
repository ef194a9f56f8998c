import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// The scheduler's whole state and judgement, without waiting or writing: news in, actions out. It belongs to one task.
final class SchedulerState {
    /// What the shell does about one pod.
    struct Action {
        var note: EventNote?
        var write: SchedulerWrite?
        /// The look at the pod that this is the outcome of; nil if something else must be done first.
        var attempt: SchedulerMetrics.Attempt?
        var isBinding: Bool { if case .bind = write { true } else { false } }
    }
    private let profile: Profile
    private let world: World
    private let clock: any TimeSource
    private let wakes: [String: Set<ClusterEvent>]
    private let cache = SchedulerCache()
    private(set) var queue = SchedulingQueue()
    private var start = 0
    private var random: SplitMix64

    init(_ profile: Profile, world: World, clock: any TimeSource, random: SplitMix64) {
        self.profile = profile
        self.world = world
        self.clock = clock
        self.random = random
        var wakes: [String: Set<ClusterEvent>] = [:]
        for plugin in profile.filters { wakes[type(of: plugin).name] = type(of: plugin).wakes }
        self.wakes = wakes
    }

    var nextDue: Instant? { queue.nextDue() }

    func apply(_ news: SchedulerInbox.News) {
        var events: Set<ClusterEvent> = news.volumesChanged ? [.volumes] : []
        let now = clock.now
        let nodes = world.cache(Node.self)
        for name in news.nodes { events.formUnion(cache.update(node: name, nodes.get(ObjectKey(name: name)))) }
        let pods = world.cache(Pod.self)
        for key in news.pods { events.formUnion(apply(key, pods.get(key), now)) }
        for outcome in news.outcomes {
            switch outcome {
            case .done: continue
            case .prepared(let key): queue.activate(key, now)
            case .failed(let key, let comesBack, _):
                cache.forget(key)
                events.insert(.podRemoved)
                if comesBack { queue.retry(key, now) } else { queue.remove(key) }
            }
        }
        queue.wake(events, wakes, now)
    }

    private func apply(_ key: ObjectKey, _ pod: JSON?, _ now: Instant) -> Set<ClusterEvent> {
        let events = cache.update(pod: key, pod)
        if let pod, isOurs(pod) {
            queue.update(PendingPod(pod), now)
        } else {
            queue.remove(key)
        }
        return events
    }

    private func isOurs(_ pod: JSON) -> Bool {
        let spec = pod["spec"]
        return (spec?["nodeName"]?.string ?? "").isEmpty && !pod.isBeingDeleted
            && (spec?["schedulerName"]?.string ?? "default-scheduler") == profile.schedulerName
            && !PodLifecycle.isTerminal(phase: pod["status"]?["phase"]?.string)
    }

    /// Decides about the next pod; nil if none is due.
    func next() -> Action? {
        let now = clock.now
        guard let pod = queue.pop(now) else { return nil }
        // A pod whose node was being prepared has a place there; it is judged anew without it.
        cache.forget(pod.key)
        let view = CycleView(cache: cache, world: world)
        var cycle = SchedulingCycle(profile: profile, view: view, start: start, random: random)
        let decision = cycle.decide(pod)
        (start, random) = (cycle.start, cycle.random)
        let history = queue.history(of: pod.key)
        let attempt = SchedulerMetrics.Attempt(
            began: now, number: history?.attempts ?? 1, added: history?.added ?? now)
        switch decision {
        case .place(let node):
            cache.assume(pod.key, uid: pod.uid, on: node, pod.usage)
            var action = Action(write: bind(pod, node, view, now))
            if action.isBinding { action.attempt = attempt }
            return action
        case .unschedulable(let diagnosis):
            queue.rest(pod.key, plugins: diagnosis.plugins, now)
            let sentence = diagnosis.sentence
            return Action(
                note: EventNote(Pod(pod.object), .warning, "FailedScheduling", sentence),
                write: SchedulerWrite.condition(pod, sentence, now), attempt: attempt)
        }
    }

    /// The binding, or what must be done before it; then the pod keeps its place, and is looked at again when that is
    /// done. If all of it is under way, the pod rests until news that its plugins wait for.
    private func bind(_ pod: PendingPod, _ node: String, _ view: CycleView, _ now: Instant) -> SchedulerWrite? {
        var preparations: [SchedulerWrite.Preparation] = []
        for plugin in profile.preBinds {
            guard case .wait(let changes) = plugin.preBind(pod, node, view) else { continue }
            preparations.append(SchedulerWrite.Preparation(plugin: type(of: plugin).name, changes: changes))
        }
        if preparations.isEmpty { return .bind(pod, node) }
        guard preparations.allSatisfy(\.changes.isEmpty) else { return .prepare(pod, preparations) }
        queue.rest(pod.key, plugins: Set(preparations.map(\.plugin)), backsOff: false, now)
        return nil
    }
}
