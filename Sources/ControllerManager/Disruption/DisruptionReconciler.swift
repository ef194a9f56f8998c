import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Counts for each PodDisruptionBudget how many of its pods may be evicted now.
struct DisruptionReconciler: Reconciler {
    static let name = "disruption-controller"
    static let component = "controllermanager"
    static let reads: [Interest] = [
        .every(PodDisruptionBudget.self), .mapped(Pod.self, budgets), .only(Deployment.self), .only(ReplicaSet.self),
        .only(ReplicationController.self), .only(StatefulSet.self),
    ]
    static let writes: [Permission] = [.status(PodDisruptionBudget.self)]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let budget = world.get(PodDisruptionBudget.self, key) else { return [] }
        let pods = world.all(Pod.self, in: key.namespace).filter { budget.selects($0) }.sorted { $0.name < $1.name }
        var changes: [Change] = []
        if pods.isEmpty { changes.append(.note(EventNote(budget, .normal, "NoPods", "No matching pods found"))) }
        let now = clock.now
        switch DisruptionCount.of(budget, pods, world) {
        case .success(let count):
            if count.hasUnmanaged {
                changes.append(.note(EventNote(budget, .warning, "UnmanagedPods", Self.unmanaged(budget))))
            }
            let report = DisruptionReport(budget, pods, count, now)
            changes += report.changes
            return changes
        case .failure(let fault):
            let sentence = "Failed to calculate the number of expected pods: \(fault.message)"
            changes.append(.note(EventNote(budget, .warning, "CalculateExpectedPodCountFailed", sentence)))
            if let change = DisruptionReport.failure(budget, fault.message, now) { changes.append(change) }
            return changes
        }
    }

    private static func unmanaged(_ budget: PodDisruptionBudget) -> String {
        "Pods selected by this PodDisruptionBudget (selector: \(budget.selectorText)) were found to be unmanaged. "
            + "As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. "
            + "To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
    }

    /// The budgets that a pod counts for.
    private static let budgets: @Sendable (Pod, World) -> [ObjectKey] = { pod, world in
        world.all(PodDisruptionBudget.self, in: pod.namespace).filter { $0.selects(pod) }.map(\.key)
    }
}

extension PodDisruptionBudget {
    /// No selector selects nothing, an empty one everything.
    func selects(_ pod: Pod) -> Bool { spec.selector?.matches(labelsOf: pod.json) ?? false }

    /// The selector as events show it.
    fileprivate var selectorText: String { LabelSelector.goText(json["spec", "selector"] ?? .object) }
}
