import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// The identities of a StatefulSet: each ordinal has one pod name, one host name and one claim of each template.
extension StatefulSet {
    /// On pods: their own name, and their ordinal.
    static let podNameLabel = "statefulset.kubernetes.io/pod-name"
    static let podIndexLabel = "apps.kubernetes.io/pod-index"

    var replicas: Int { spec.replicas ?? 1 }
    var firstOrdinal: Int { spec.ordinals?.start ?? 0 }
    var ordinals: Range<Int> { firstOrdinal..<firstOrdinal + max(0, replicas) }
    var minReadySeconds: Int { spec.minReadySeconds ?? 0 }
    /// Whether pods come and go one after the other.
    var isOrdered: Bool { spec.podManagementPolicy != "Parallel" }
    /// Pods below this ordinal stay at the revision they have.
    var partition: Int { spec.updateStrategy?.rollingUpdate?.partition ?? 0 }

    /// The ordinal of a pod by its name; nil if it is not one of this set's names.
    func ordinal(of pod: Pod) -> Int? {
        guard pod.name.hasPrefix(name + "-") else { return nil }
        let digits = pod.name.dropFirst(name.count + 1)
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
        return Int(digits)
    }
    func podName(_ ordinal: Int) -> String { "\(name)-\(ordinal)" }
    func claimName(_ template: PersistentVolumeClaim, _ ordinal: Int) -> String {
        "\(template.name)-\(podName(ordinal))"
    }

    /// The claims of one ordinal, as they would be made.
    func claims(_ ordinal: Int) -> [PersistentVolumeClaim] {
        spec.volumeClaimTemplates.map { template in
            PersistentVolumeClaim { claim in
                claim.metadata = ObjectMeta { meta in
                    meta.name = claimName(template, ordinal)
                    meta.namespace = namespace
                    meta.labels = template.metadata.labels.merging(spec.selector?.matchLabels ?? [:]) { $1 }
                    meta.annotations = template.metadata.annotations
                }
                claim.json["spec"] = template.json["spec"] ?? .object
            }
        }
    }
}

extension Pod {
    /// A new pod of a StatefulSet by one of its revisions.
    init(of set: StatefulSet, ordinal: Int, _ revision: ControllerRevision) {
        self.init(from: RevisionHistory.template(revision), for: set)
        metadata.generateName = nil
        json.set(["metadata", "labels", RevisionHistory.hashLabel], to: JSON(revision.name))
        self = withIdentity(of: set, ordinal)
        json.set(["spec", "hostname"], to: JSON(name))
        if let service = set.spec.serviceName, !service.isEmpty { json.set(["spec", "subdomain"], to: JSON(service)) }
    }

    /// The pod with the name, labels and volumes of its ordinal.
    func withIdentity(of set: StatefulSet, _ ordinal: Int) -> Pod {
        var pod = self
        pod.metadata.name = set.podName(ordinal)
        pod.json.set(["metadata", "labels", StatefulSet.podNameLabel], to: JSON(set.podName(ordinal)))
        pod.json.set(["metadata", "labels", StatefulSet.podIndexLabel], to: JSON("\(ordinal)"))
        let templates = set.spec.volumeClaimTemplates
        guard !templates.isEmpty else { return pod }
        let names = Set(templates.map(\.name))
        let claimed: [JSON] = templates.map { template in
            [
                "name": JSON(template.name),
                "persistentVolumeClaim": ["claimName": JSON(set.claimName(template, ordinal))],
            ]
        }
        let others = (pod.json["spec", "volumes"]?.elements ?? []).filter { !names.contains($0["name"]?.string ?? "") }
        pod.json.set(["spec", "volumes"], to: JSON(claimed + others))
        return pod
    }

    func hasIdentity(of set: StatefulSet, _ ordinal: Int) -> Bool {
        let labels = metadata.labels
        guard labels[StatefulSet.podNameLabel] == name, labels[StatefulSet.podIndexLabel] == "\(ordinal)" else {
            return false
        }
        let volumes = json["spec", "volumes"]?.elements ?? []
        return set.spec.volumeClaimTemplates.allSatisfy { template in
            volumes.contains {
                $0["name"]?.string == template.name
                    && $0["persistentVolumeClaim", "claimName"]?.string == set.claimName(template, ordinal)
            }
        }
    }

    var revisionHash: String? { metadata.labels[RevisionHistory.hashLabel] }
    /// Ready for as long as its set asks, and not on the way out.
    func isAvailable(_ minReadySeconds: Int, _ now: Instant) -> Bool {
        guard !isBeingDeleted, let since = availableAt(minReadySeconds: minReadySeconds) else { return false }
        return since <= now
    }
}
