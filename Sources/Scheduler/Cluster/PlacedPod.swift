import APIMachinery
import KubeAPI

/// A pod on a node, or imagined there: all that is kept of it. It never changes.
final class PlacedPod: Sendable {
    let key: ObjectKey
    let uid: String
    let node: String
    let usage: PodUsage
    let priority: Int
    /// What selectors see of it.
    let podClass: PodClass
    let terms: PodTerms
    /// status.startTime; nil while it has none, which counts as now.
    let started: String?
    var isBeingDeleted: Bool { podClass.isBeingDeleted }
    /// It goes because the scheduler gave its room to a pod of higher priority.
    let isPreempted: Bool

    init(_ pod: JSON, on node: String, _ usage: PodUsage) {
        key = pod.key
        uid = pod.uid
        self.node = node
        self.usage = usage
        priority = pod["spec"]?["priority"]?.int ?? 0
        podClass = PodClass(pod)
        terms = PodTerms(pod)
        started = pod["status"]?["startTime"]?.string
        let disruption = pod["status"]?["conditions"]?.elements.first { $0["type"]?.string == "DisruptionTarget" }
        isPreempted =
            disruption?["status"]?.string == "True" && disruption?["reason"]?.string == "PreemptionByScheduler"
    }

    func isSame(as other: PlacedPod) -> Bool {
        uid == other.uid && node == other.node && usage == other.usage && priority == other.priority
            && podClass == other.podClass && started == other.started && isPreempted == other.isPreempted
            && terms == other.terms
    }

    /// Whether it should rather stay than another: by priority, then by age.
    func isMoreImportant(than other: PlacedPod) -> Bool {
        if priority != other.priority { return priority > other.priority }
        guard let started else { return false }
        return other.started.map { started < $0 } ?? true
    }
}
