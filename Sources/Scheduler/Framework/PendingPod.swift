import APIMachinery
import ControlLoops
import KubeAPI

/// A pod that waits for a node, read once.
struct PendingPod: Sendable {
    let key: ObjectKey
    let uid: String
    let object: JSON
    let schedulerName: String
    let priority: Int
    /// Whether it may take room from pods of lower priority.
    let mayPreempt: Bool
    let usage: PodUsage
    let tolerations: [PodToleration]
    let affinity: NodeRequirement
    let gates: [String]
    let podClass: PodClass
    let terms: PodTerms

    init(_ object: JSON) {
        self.object = object
        key = object.key
        uid = object.uid
        let spec = object["spec"] ?? .object
        schedulerName = Self.schedulerName(of: object)
        priority = spec["priority"]?.int ?? 0
        mayPreempt = spec["preemptionPolicy"]?.string != "Never"
        usage = PodUsage(object)
        tolerations = (spec["tolerations"]?.elements ?? []).map { PodToleration($0) }
        affinity = NodeRequirement(spec)
        podClass = PodClass(object)
        terms = PodTerms(object)
        gates = (spec["schedulingGates"]?.elements ?? []).compactMap { $0["name"]?.string }
    }

    static func schedulerName(of pod: JSON) -> String { pod["spec"]?["schedulerName"]?.string ?? "default-scheduler" }
}

extension PodToleration {
    func tolerates(_ taint: NodeInfo.Taint) -> Bool {
        tolerates(key: taint.key, value: taint.value, effect: taint.effect)
    }
}
