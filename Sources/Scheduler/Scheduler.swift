import ControlLoops
import KubeAPI

/// # Scheduler
///
/// Finds a node for every pod that has none. `SchedulerState` judges (news in, actions out, no waiting), `SchedulerLoop`
/// carries out. A plugin is one small type in `Plugins` and one line in `Profile` (Framework/Plugins.swift):
///
/// - filters: NodeUnschedulable, NodeName, TaintToleration, NodeAffinity, NodePorts, NodeResourcesFit, VolumeRestrictions,
///   VolumeBinding (which also tells waiting claims the node, before the pod is bound), VolumeZone, PodTopologySpread,
///   InterPodAffinity
/// - where nothing fits: DefaultPreemption
/// - scores: TaintToleration, NodeAffinity, PodTopologySpread, InterPodAffinity, NodeResourcesFit,
///   NodeResourcesBalancedAllocation, ImageLocality
///
/// Nodes are kept as whole numbers and pods by counts, changed by small steps (`SchedulerCache`, `PodIndex`); a pod that was
/// placed counts at once, before the cluster shows it. Not every node is looked at: enough that fit are enough, and each
/// search begins where the last one ended. Several profiles come from a file (`SchedulerConfiguration`).
///
/// Absent so far: dynamic resource allocation, limits of volumes on a node, pod groups. Absent on purpose: what pods do once
/// they are bound.
public enum SchedulerLoops {
    /// Who the loops are, and what each may do.
    public static let identities = [SchedulerLoop.identity(SchedulerConfiguration())]

    public static func loops(
        _ context: LoopContext, _ configuration: SchedulerConfiguration = SchedulerConfiguration(),
        _ explainer: SchedulingExplainer = SchedulingExplainer()
    ) -> [any ControlLoop] { [SchedulerLoop(context, configuration, explainer)] }
}
