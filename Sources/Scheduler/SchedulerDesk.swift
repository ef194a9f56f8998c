import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// The scheduler's whole state and judgement, without waiting or writing: news in, orders out. It belongs to one task.
final class SchedulerDesk {
    /// What the shell does about one pod.
    struct Order {
        var note: EventNote?
        var write: SchedulerWrite?
    }
    private let profile: Profile
    private let world: World
    private let clock: any TimeSource
    private let wakes: [String: Set<ClusterNews>]
    let roster = Roster()
    private(set) var queue = SchedulingQueue()
    private var start = 0
    private var random: SplitMix64

    init(_ profile: Profile, world: World, clock: any TimeSource, random: SplitMix64) {
        self.profile = profile
        self.world = world
        self.clock = clock
        self.random = random
        var wakes: [String: Set<ClusterNews>] = [:]
        for plugin in profile.filters { wakes[type(of: plugin).name] = type(of: plugin).wakes }
        self.wakes = wakes
    }

    var nextDue: Instant? { queue.nextDue() }

    func takeIn(_ news: SchedulerInbox.News) {
        var helpful: Set<ClusterNews> = news.volumesChanged ? [.volumes] : []
        let now = clock.now
        let nodes = world.cache(Node.self)
        for name in news.nodes { helpful.formUnion(roster.update(node: name, nodes.get(ObjectKey(name: name)))) }
        let pods = world.cache(Pod.self)
        for key in news.pods { helpful.formUnion(takeIn(key, pods.get(key), now)) }
        for failure in news.failures {
            roster.forget(failure.key)
            helpful.insert(.podRemoved)
            if failure.comesBack { queue.retry(failure.key, now) } else { queue.remove(failure.key) }
        }
        queue.wake(helpful, wakes, now)
    }

    private func takeIn(_ key: ObjectKey, _ pod: JSON?, _ now: Instant) -> Set<ClusterNews> {
        let news = roster.update(pod: key, pod)
        if let pod, isOurs(pod) {
            queue.update(PendingPod(pod), now)
        } else {
            queue.remove(key)
        }
        return news
    }

    private func isOurs(_ pod: JSON) -> Bool {
        let spec = pod["spec"]
        let phase = pod["status"]?["phase"]?.string
        return (spec?["nodeName"]?.string ?? "").isEmpty && pod["metadata"]?["deletionTimestamp"] == nil
            && (spec?["schedulerName"]?.string ?? "default-scheduler") == profile.schedulerName
            && phase != "Succeeded" && phase != "Failed"
    }

    /// Decides about the next pod; nil if none is due.
    func next() -> Order? {
        let now = clock.now
        guard let pod = queue.pop(now) else { return nil }
        let view = CycleView(roster: roster, world: world)
        var cycle = SchedulingCycle(profile: profile, view: view, start: start, random: random)
        let decision = cycle.decide(pod)
        (start, random) = (cycle.start, cycle.random)
        switch decision {
        case .place(let node):
            for plugin in profile.preBinds {
                let changes = plugin.preBind(pod, node, view)
                if changes.isEmpty { continue }
                queue.rest(pod.key, plugins: [type(of: plugin).name], backsOff: false, now)
                return Order(write: .prepare(pod.key, changes))
            }
            roster.assume(pod.key, uid: pod.uid, on: node, pod.usage)
            return Order(write: .bind(pod, node))
        case .unschedulable(let diagnosis):
            queue.rest(pod.key, plugins: diagnosis.plugins, now)
            let sentence = diagnosis.sentence
            return Order(
                note: EventNote(Pod(pod.object), .warning, "FailedScheduling", sentence),
                write: SchedulerWrite.condition(pod, sentence, now))
        }
    }
}
