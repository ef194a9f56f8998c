import Basics
import ControlLoops
import KubeAPI
import Scheduler

/// One decision about pods that wait, for who measures how long it takes.
package enum ScaleUpMeasure {
    /// How many nodes of the groups would be asked for, as the loop does it: from the world's nodes and pods on.
    package static func nodes(for pods: [Pod], in world: World, _ groups: [NodeGroup]) -> Int {
        var random = SplitMix64(seed: 1)
        let plan = ScaleUpPlan(
            pods, PlacementTrial(world), groups, upcoming: [:], closed: [:],
            taken: ScaleUpPlan.Taken(nodes: world.all(Node.self).count), AutoscalerOptions(), &random)
        return plan.increases.reduce(0) { $0 + $1.to - $1.from }
    }
}
