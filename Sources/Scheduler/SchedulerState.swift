import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// The scheduler's whole state and judgement, a value without waiting or writing: news in, actions out.
struct SchedulerState {
    /// What the shell does about one pod.
    struct Action {
        var note: EventNote?
        var write: SchedulerWrite?
        /// The look at the pod that this is the outcome of; nil if something else must be done first.
        var attempt: SchedulerMetrics.Attempt?
        /// Extenders are to be asked first; `decide` takes what they say.
        var inquiry: Inquiry?
        var isBinding: Bool { if case .bind = write { true } else { false } }
    }
    private let extenders: [Extender]
    /// By scheduler name.
    private let profiles: [String: Profile]
    private let world: World
    private let clock: any TimeSource
    private let counting: [String: [any CountingPlugin]]
    /// By name.
    private let filters: [String: any FilterPlugin]
    private let wakes: [String: Set<ClusterEvent>]
    private var cache = SchedulerCache()
    private var nominations = Nominations()
    private(set) var queue = SchedulingQueue()
    private var start = 0
    private var random: SplitMix64

    init(_ configuration: SchedulerConfiguration, world: World, clock: any TimeSource, random: SplitMix64) {
        profiles = Dictionary(configuration.profiles.map { ($0.schedulerName, $0) }) { first, _ in first }
        extenders = configuration.extenders
        queue.firstBackoff = configuration.firstBackoff
        queue.longestBackoff = configuration.longestBackoff
        self.world = world
        self.clock = clock
        self.random = random
        filters = Dictionary(
            configuration.profiles.flatMap(\.filters).map { (type(of: $0).name, $0) }
        ) { first, _ in first }
        var wakes: [String: Set<ClusterEvent>] = [:]
        for plugin in configuration.profiles.flatMap(\.filters) {
            wakes[type(of: plugin).name] = type(of: plugin).wakes
        }
        self.wakes = wakes
        counting = profiles.mapValues(\.counting)
    }

    var nextDue: Instant? { mutating get { queue.nextDue() } }

    mutating func apply(_ news: SchedulerInbox.News) {
        var events: Set<ClusterEvent> = news.volumesChanged ? [.volumes] : []
        if news.classesChanged || !news.slices.isEmpty || !news.claims.isEmpty { events.insert(.devices) }
        let now = clock.now
        let slices = world.cache(ResourceSlice.self)
        for name in news.slices { cache.devices.update(slice: name, slices.get(ObjectKey(name: name))) }
        let claims = world.cache(ResourceClaim.self)
        for key in news.claims { cache.devices.update(claim: key, claims.get(key)) }
        let nodes = world.cache(Node.self)
        for name in news.nodes { events.formUnion(cache.update(node: name, nodes.get(ObjectKey(name: name)))) }
        let namespaces = world.cache(Namespace.self)
        for name in news.namespaces {
            events.formUnion(cache.update(namespace: name, namespaces.get(ObjectKey(name: name))))
        }
        let pods = world.cache(Pod.self)
        for key in news.pods { events.formUnion(apply(key, pods.get(key), now)) }
        for outcome in news.outcomes {
            switch outcome {
            case .done: continue
            case .prepared(let key): queue.activate(key, now)
            case .failed(let key, let comesBack, _):
                cache.forget(key)
                cache.devices.forget(pod: key)
                events.insert(.podRemoved)
                events.insert(.devices)
                if comesBack { queue.retry(key, now) } else { queue.remove(key) }
            case .preempted(let preemption, let isDone): preempted(preemption, isDone, now)
            }
        }
        wake(events, now)
    }

    private mutating func wake(_ events: Set<ClusterEvent>, _ now: Instant) {
        let moved = cache.takeMoved()
        let view = CycleView(cache: cache, world: world)
        let filters = filters
        queue.wake(events, wakes, now) { pod, name in
            guard let plugin = filters[name], let moved else { return true }
            let isAboutPods = type(of: plugin).wakes.intersection(events).isSubset(of: [.podPlaced, .podRemoved])
            return !isAboutPods || plugin.isHelped(pod, by: moved, view)
        }
    }

    private mutating func apply(_ key: ObjectKey, _ pod: JSON?, _ now: Instant) -> Set<ClusterEvent> {
        let events = cache.update(pod: key, pod)
        if let pod, isOurs(pod), !cache.isPlaced(key) {
            let pending = PendingPod(pod)
            nominations.observe(pending)
            queue.update(pending, now)
        } else if let pod, isOurs(pod) {
            queue.update(PendingPod(pod), now)
        } else {
            queue.remove(key)
            nominations.remove(key)
        }
        return events
    }

    /// Those who have to leave were told so: the pod rests until they are gone.
    private mutating func preempted(_ preemption: SchedulerWrite.Preemption, _ isDone: Bool, _ now: Instant) {
        let key = preemption.pod.key
        guard isDone else { return queue.retry(key, now) }
        queue.rest(key, plugins: preemption.plugins, now)
        // They may have gone before that was known.
        if !preemption.victims.contains(where: { cache.isPlaced($0.key) }) { queue.wake(key, now) }
    }

    private func isOurs(_ pod: JSON) -> Bool {
        let spec = pod["spec"]
        return (spec?["nodeName"]?.string ?? "").isEmpty && !pod.isBeingDeleted
            && profiles[PendingPod.schedulerName(of: pod)] != nil
            && !PodLifecycle.isTerminal(phase: pod["status"]?["phase"]?.string)
    }

    /// Decides about the next pod; nil if none is due.
    mutating func next() -> Action? {
        let now = clock.now
        guard let pod = queue.pop(now), let profile = profiles[pod.schedulerName] else { return nil }
        // A pod whose node was being prepared has a place there; it is judged anew without it.
        cache.forget(pod.key)
        let history = queue.history(of: pod.key)
        let attempt = SchedulerMetrics.Attempt(
            began: now, number: history?.attempts ?? 1, added: history?.added ?? now,
            profile: profile.schedulerName)
        if extenders.contains(where: { $0.isInterested(in: pod) }),
            let inquiry = inquire(pod, profile, attempt)
        {
            return Action(inquiry: inquiry)
        }
        return carryOut(decide(pod, profile), pod, profile, attempt, now)
    }

    /// Decides about a pod by what extenders say of its nodes.
    mutating func decide(_ inquiry: Inquiry, _ verdict: ExtenderVerdict) -> Action? {
        let (pod, now) = (inquiry.pod, clock.now)
        guard let profile = profiles[pod.schedulerName], queue.place(of: pod.key) == .inCycle else { return nil }
        switch verdict {
        case .failed(let sentence):
            queue.retry(pod.key, now)
            return Action(
                note: EventNote(Pod(pod.object), .warning, "FailedScheduling", sentence),
                write: .condition(pod, sentence, now), attempt: inquiry.attempt)
        case .answered(let nodes, let refusals, let scores):
            let decision = inCycle(profile) { $0.decide(inquiry, nodes, refusals, scores) }
            return carryOut(decision, pod, profile, inquiry.attempt, now)
        }
    }

    private mutating func carryOut(
        _ decision: SchedulingCycle.Decision, _ pod: PendingPod, _ profile: Profile,
        _ attempt: SchedulerMetrics.Attempt, _ now: Instant
    ) -> Action? {
        switch decision {
        case .place(let node):
            nominations.remove(pod.key)
            cache.assume(PlacedPod(pod.object, on: node, pod.usage))
            var action = Action(write: bind(pod, node, profile, now))
            if action.isBinding { action.attempt = attempt }
            return action
        case .unschedulable(let diagnosis):
            let write = take(diagnosis, pod, now)
            return Action(
                note: EventNote(Pod(pod.object), .warning, "FailedScheduling", diagnosis.sentence),
                write: write, attempt: attempt)
        }
    }

    func podObject(_ key: ObjectKey) -> JSON? { world.cache(Pod.resource).get(key) }

    /// What all nodes are to a pod as if it had none, and the sentence if none takes it; nil if it is not ours.
    func evaluate(_ pod: PendingPod) -> (Evaluation, String?)? {
        guard let profile = profiles[pod.schedulerName] else { return nil }
        // A copy, which is nobody else's.
        var cache = cache
        _ = cache.update(pod: pod.key, nil)
        for plugin in counting[profile.schedulerName] ?? [] { cache.register(plugin.counted(pod, world)) }
        var cycle = SchedulingCycle(
            profile: profile, view: CycleView(cache: cache, world: world, nominations: nominations), start: start,
            random: random)
        let evaluation = cycle.evaluate(pod)
        guard case .unschedulable(let diagnosis) = cycle.decide(pod) else { return (evaluation, nil) }
        return (evaluation, diagnosis.sentence)
    }

    private mutating func decide(_ pod: PendingPod, _ profile: Profile) -> SchedulingCycle.Decision {
        for plugin in counting[profile.schedulerName] ?? [] { cache.register(plugin.counted(pod, world)) }
        return inCycle(profile) { $0.decide(pod) }
    }

    /// The nodes that extenders are asked about; nil if there are none.
    private mutating func inquire(
        _ pod: PendingPod, _ profile: Profile, _ attempt: SchedulerMetrics.Attempt
    ) -> Inquiry? {
        for plugin in counting[profile.schedulerName] ?? [] { cache.register(plugin.counted(pod, world)) }
        return inCycle(profile) { cycle in
            guard case .found(let nodes, let diagnosis) = cycle.search(pod) else { return nil }
            return Inquiry(pod: pod, nodes: nodes.map(\.name), diagnosis: diagnosis, attempt: attempt)
        }
    }

    /// The view ends with this, so that the cache is nobody else's when it changes.
    private mutating func inCycle<T>(_ profile: Profile, _ body: (inout SchedulingCycle) -> T) -> T {
        var cycle = SchedulingCycle(
            profile: profile, view: CycleView(cache: cache, world: world, nominations: nominations), start: start,
            random: random)
        defer { (start, random) = (cycle.start, cycle.random) }
        return body(&cycle)
    }

    /// A pod that fits nowhere rests, and says why; where others make room for it, it waits for them first.
    private mutating func take(_ diagnosis: Diagnosis, _ pod: PendingPod, _ now: Instant) -> SchedulerWrite? {
        if let (plugin, changes) = diagnosis.remedy, !diagnosis.isNominating {
            if case .forgotten = diagnosis.nomination { nominations.remove(pod.key) }
            return .prepare(pod, [SchedulerWrite.Preparation(plugin: plugin, changes: changes)])
        }
        switch diagnosis.nomination {
        case .kept:
            queue.rest(pod.key, plugins: diagnosis.plugins, now)
            return .condition(pod, diagnosis.sentence, now)
        case .forgotten:
            nominations.remove(pod.key)
            queue.rest(pod.key, plugins: diagnosis.plugins, now)
            return .condition(pod, diagnosis.sentence, nominated: "", now)
        case .made(let node, let victims):
            // They may not fit there any more, and look for another node.
            let displaced = nominations.pods(on: node, below: pod.priority)
            for key in displaced {
                nominations.remove(key)
                queue.wake(key, now)
            }
            nominations.nominate(pod, node)
            return .preempt(
                SchedulerWrite.Preemption(
                    pod: pod, node: node, victims: victims.filter { !$0.isBeingDeleted }, displaced: displaced,
                    plugins: diagnosis.plugins,
                    patch: SchedulerWrite.patch(pod, diagnosis.sentence, nominated: node, now)))
        }
    }

    /// The binding, or what must be done before it; then the pod keeps its place, and is looked at again when that is
    /// done. If all of it is under way, the pod rests until news that its plugins wait for.
    private mutating func bind(_ pod: PendingPod, _ node: String, _ profile: Profile, _ now: Instant) -> SchedulerWrite?
    {
        var preparations: [SchedulerWrite.Preparation] = []
        for plugin in profile.preBinds {
            guard case .wait(let changes, let holds) = plugin.preBind(pod, node, CycleView(cache: cache, world: world))
            else { continue }
            for hold in holds { cache.devices.assume(hold.claim, hold.uid, hold.allocation, for: pod.key) }
            preparations.append(SchedulerWrite.Preparation(plugin: type(of: plugin).name, changes: changes))
        }
        if preparations.isEmpty {
            return .bind(pod, node, by: extenders.first { $0.bindVerb != nil && $0.isInterested(in: pod) })
        }
        guard preparations.allSatisfy(\.changes.isEmpty) else { return .prepare(pod, preparations) }
        queue.rest(pod.key, plugins: Set(preparations.map(\.plugin)), backsOff: false, now)
        return nil
    }
}
