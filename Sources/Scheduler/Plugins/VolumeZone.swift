import APIMachinery
import ControlLoops
import Foundation
import KubeAPI

/// Volumes that are labelled with a zone or region are used there alone.
struct VolumeZone: FilterPlugin {
    static let name = "VolumeZone"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .nodeLabels, .volumes]
    private static let zone = "topology.kubernetes.io/zone"
    private static let region = "topology.kubernetes.io/region"
    /// Labels of old, and what they are called now.
    private static let labels = [
        "failure-domain.beta.kubernetes.io/zone": zone, "failure-domain.beta.kubernetes.io/region": region,
        zone: zone, region: region,
    ]

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        var needs: [(label: String, values: Set<String>)] = []
        for key in pod.usage.claims {
            // What is wrong with a claim is told by VolumeBinding, which is asked before.
            guard let claim = view.world.get(PersistentVolumeClaim.self, key), let name = claim.spec.volumeName,
                let volume = view.world.get(PersistentVolume.self, ObjectKey(name: name))
            else { continue }
            for label in Self.labels.keys {
                guard let value = volume.labels[label] else { continue }
                needs.append((label, Self.values(value)))
            }
        }
        if needs.isEmpty { return .skip }
        return .check { node, _ in
            if !Self.labels.keys.contains(where: { node.labels[$0] != nil }) { return nil }
            let isElsewhere = needs.contains { label, values in
                let value = node.labels[label] ?? node.labels[Self.labels[label] ?? label]
                return value.map { !values.contains($0) } ?? true
            }
            return isElsewhere ? Rejection("node(s) had no available volume zone") : nil
        }
    }

    /// Of a volume that is in several zones: `a__b`.
    private static func values(_ text: String) -> Set<String> {
        Set(text.components(separatedBy: "__"))
    }
}
