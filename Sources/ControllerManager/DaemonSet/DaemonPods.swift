import APIMachinery
import Basics
import ControlLoops
import KubeAPI

extension DaemonSet {
    var minReadySeconds: Int { spec.minReadySeconds ?? 0 }
    /// A number of nodes, or a share of all of them, rounded up.
    private func count(_ field: String, _ total: Int) -> Int {
        guard spec.updateStrategy?.type == "RollingUpdate" else { return 0 }
        let value = json["spec", "updateStrategy", "rollingUpdate", field]
        guard let percent = value?.string.flatMap({ Int($0.dropLast()) }) else { return value?.int ?? 0 }
        return (percent * total + 99) / 100
    }
    /// How many nodes may be without an available pod during an update.
    func maxUnavailable(of total: Int) -> Int { count("maxUnavailable", total) }
    /// How many nodes may have two pods during an update.
    func maxSurge(of total: Int) -> Int { count("maxSurge", total) }
}

/// Whether a set's pods belong on a node: by its name, selector and affinity, and the taints that they tolerate.
struct DaemonPlacement {
    private let nodeName: String?
    private let requirement: NodeRequirement
    private let tolerations: [PodToleration]

    init(_ set: DaemonSet) {
        let spec = set.json["spec", "template", "spec"] ?? .object
        nodeName = spec["nodeName"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        requirement = NodeRequirement(spec)
        tolerations = ((spec["tolerations"]?.elements ?? []) + Self.tolerations(spec)).map { PodToleration($0) }
    }

    /// Whether a pod should be made there, and whether one that is there may stay.
    func decide(_ node: Node) -> (shouldRun: Bool, mayStay: Bool) {
        if let nodeName, nodeName != node.name { return (false, false) }
        guard requirement.matches(node.name, node.metadata.labels) else { return (false, false) }
        let untolerated = (node.json["spec", "taints"]?.elements ?? []).filter { taint in
            taint["effect"]?.string != "PreferNoSchedule" && !tolerations.contains { $0.tolerates(taint) }
        }
        return (untolerated.isEmpty, !untolerated.contains { $0["effect"]?.string == "NoExecute" })
    }

    /// What the pods of every set tolerate, so that they run on nodes in trouble, too.
    static func tolerations(_ podSpec: JSON) -> [JSON] {
        func toleration(_ condition: String, _ effect: String) -> JSON {
            ["key": JSON("node.kubernetes.io/\(condition)"), "operator": "Exists", "effect": JSON(effect)]
        }
        let always = ["not-ready", "unreachable"].map { toleration($0, "NoExecute") }
        var pressures = ["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"]
        if podSpec["hostNetwork"]?.bool == true { pressures.append("network-unavailable") }
        return always + pressures.map { toleration($0, "NoSchedule") }
    }
}

extension Pod {
    /// A new pod of a DaemonSet for a node, on which the scheduler puts it.
    init(of set: DaemonSet, on node: String, hash: String) {
        self.init(from: set.spec.template, for: set)
        json.set(["metadata", "labels", RevisionHistory.hashLabel], to: JSON(hash))
        let field: JSON = ["key": "metadata.name", "operator": "In", "values": [JSON(node)]]
        json.set(
            [
                "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution",
                "nodeSelectorTerms",
            ], to: [["matchFields": [field]]])
        var tolerations = json["spec", "tolerations"]?.elements ?? []
        for toleration in DaemonPlacement.tolerations(json["spec"] ?? .object) {
            let isThere = tolerations.contains {
                $0["key"] == toleration["key"] && $0["effect"] == toleration["effect"]
                    && $0["operator"] == toleration["operator"]
            }
            if !isThere { tolerations.append(toleration) }
        }
        json.set(["spec", "tolerations"], to: JSON(tolerations))
    }

    /// The node on which a set's pod is, or is to be.
    var targetNode: String? {
        if !nodeName.isEmpty { return nodeName }
        let required = json[
            "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
        for term in required?["nodeSelectorTerms"]?.elements ?? [] {
            for field in term["matchFields"]?.elements ?? [] where field["key"]?.string == "metadata.name" {
                return field["values"]?.strings.first
            }
        }
        return nil
    }
}
