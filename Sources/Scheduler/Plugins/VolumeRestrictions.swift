import APIMachinery
import ControlLoops
import KubeAPI

/// A claim that one pod alone may use (ReadWriteOncePod) is used by no other, and disks that cannot be mounted twice are not.
struct VolumeRestrictions: FilterPlugin {
    static let name = "VolumeRestrictions"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .podRemoved, .volumes]

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let alone = Set(
            pod.usage.claims.filter { key in
                let modes = view.world.cache(PersistentVolumeClaim.resource).get(key)?["spec", "accessModes"]?.strings
                return modes?.contains("ReadWriteOncePod") == true
            })
        let users = alone.reduce(0) { $0 + view.cache.users(of: $1) }
        let disks = pod.usage.disks
        if users == 0, disks.isEmpty { return .skip }
        return .check { node, change in
            let conflicts = disks.contains { disk in
                node.pods.contains { $0.usage.disks.contains { disk.conflicts(with: $0) } }
            }
            if conflicts { return .resolvable("node(s) had no available disk") }
            let leaving = change.removed.reduce(0) { $0 + $1.usage.claims.count { alone.contains($0) } }
            let coming = change.added.reduce(0) { $0 + $1.usage.claims.count { alone.contains($0) } }
            if users - leaving + coming <= 0 { return nil }
            return .resolvable(
                "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by "
                    + "another pod")
        }
    }
}

/// A disk that a pod mounts by itself, without a claim, of a sort that cannot be mounted anyhow.
struct PodDisk: Equatable, Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case gcePersistentDisk, awsElasticBlockStore, iscsi, rbd
    }
    var kind: Kind
    /// What it is; two with one of these in common are one disk.
    var names: Set<String>
    var isReadOnly: Bool

    init?(_ volume: JSON) {
        guard let kind = Kind.allCases.first(where: { volume[$0.rawValue] != nil }),
            let source = volume[kind.rawValue]
        else { return nil }
        func text(_ field: String) -> String { source[field]?.string ?? "" }
        self.kind = kind
        isReadOnly = source["readOnly"]?.bool ?? false
        switch kind {
        case .gcePersistentDisk: names = [text("pdName")]
        case .awsElasticBlockStore: names = [text("volumeID")]
        case .iscsi: names = [text("iqn")]
        case .rbd:
            names = Set(
                (source["monitors"]?.strings ?? []).map { "\($0) \(text("pool")) \(text("image"))" })
        }
    }

    func conflicts(with other: PodDisk) -> Bool {
        guard kind == other.kind, !names.isDisjoint(with: other.names) else { return false }
        return kind == .awsElasticBlockStore || !(isReadOnly && other.isReadOnly)
    }
}
