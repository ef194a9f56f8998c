import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit

@testable import Scheduler

/// Asks the scheduler's judgement alone: no loop, no waiting.
struct Judge {
    var cache = SchedulerCache()
    let world: World
    var profile = Profile()
    var nominations = Nominations()

    init(_ nodes: [Node] = [], _ world: World = World(TestCluster())) {
        self.world = world
        for node in nodes { _ = cache.update(node: node.name, node.json) }
    }
    /// The node, or the sentence that says why none.
    mutating func decide(_ pod: Pod, seed: UInt64 = 1) -> String {
        switch decision(pod, seed: seed) {
        case .place(let node): return node
        case .unschedulable(let diagnosis):
            // What could be done about it is another test's.
            var diagnosis = diagnosis
            diagnosis.postFilterMessage = nil
            return diagnosis.sentence
        }
    }
    mutating func decision(_ pod: Pod, seed: UInt64 = 1) -> SchedulingCycle.Decision {
        let pending = PendingPod(pod.json)
        for plugin in profile.counting { cache.register(plugin.counted(pending, world)) }
        var cycle = SchedulingCycle(
            profile: profile, view: CycleView(cache: cache, world: world, nominations: nominations), start: 0,
            random: SplitMix64(seed: seed))
        return cycle.decide(pending)
    }
    var view: CycleView { CycleView(cache: cache, world: world, nominations: nominations) }
    mutating func place(_ pod: Pod, on node: String) {
        var pod = pod
        pod.spec.nodeName = node
        _ = cache.update(pod: pod.key, pod.json)
    }
}
