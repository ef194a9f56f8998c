import APIMachinery
import ControlLoops
import KubeAPI

/// No more volumes are attached to the node than each of its CSI drivers says that it can have (storage.k8s.io CSINode).
struct NodeVolumeLimits: FilterPlugin {
    static let name = "NodeVolumeLimits"
    static let wakes: Set<ClusterEvent> = [.nodeAdded, .podRemoved, .volumes]

    /// A volume as its driver knows it.
    private struct Attached: Hashable {
        var driver: String
        var handle: String
    }
    /// What claims stand for, looked up once for all nodes.
    private final class Memo {
        enum Source { case none, csi(Attached), inTree(MigratedVolume) }
        private let world: World
        private var known: [ObjectKey: Source] = [:]
        init(_ world: World) { self.world = world }

        func source(_ key: ObjectKey) -> Source {
            if let source = known[key] { return source }
            let source = look(key)
            known[key] = source
            return source
        }
        private func look(_ key: ObjectKey) -> Source {
            guard let claim = world.get(PersistentVolumeClaim.self, key) else { return .none }
            guard let name = claim.spec.volumeName, !name.isEmpty,
                let volume = world.get(PersistentVolume.self, ObjectKey(name: name))
            else {
                let className = VolumeMatch.className(claim.json)
                guard let storage = world.get(StorageClass.self, ObjectKey(name: className)) else { return .none }
                let provisioner = storage.json["provisioner"]?.string ?? ""
                // Not made yet: it will be one more.
                let handle = "?\(key)"
                if MigratedVolume.drivers[provisioner] != nil {
                    return .inTree(MigratedVolume(plugin: provisioner, id: handle))
                }
                return provisioner.isEmpty ? .none : .csi(Attached(driver: provisioner, handle: handle))
            }
            if let csi = volume.json["spec", "csi"] {
                return .csi(
                    Attached(driver: csi["driver"]?.string ?? "", handle: csi["volumeHandle"]?.string ?? ""))
            }
            return MigratedVolume(volume.json["spec"] ?? .object).map { .inTree($0) } ?? .none
        }
        /// What VolumeAttachments say is on the node.
        func attachments(_ node: String) -> Set<Attached> {
            var found: Set<Attached> = []
            for attachment in attachmentsByNode[node] ?? [] {
                guard let driver = attachment["spec", "attacher"]?.string, !driver.isEmpty,
                    let name = attachment["spec", "source", "persistentVolumeName"]?.string,
                    let volume = world.get(PersistentVolume.self, ObjectKey(name: name)),
                    let handle = volume.json["spec", "csi", "volumeHandle"]?.string
                else { continue }
                found.insert(Attached(driver: driver, handle: handle))
            }
            return found
        }
        private lazy var attachmentsByNode = Dictionary(
            grouping: world.cache(VolumeAttachment.resource).all(), by: { $0["spec", "nodeName"]?.string ?? "" })
    }

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        if pod.usage.claims.isEmpty, pod.usage.migrated.isEmpty { return .skip }
        let nodes = view.world.cache(CSINode.resource)
        if nodes.count == 0 { return .skip }
        let memo = Memo(view.world)
        return .check { node, _ in
            guard let csiNode = nodes.get(ObjectKey(name: node.name)) else { return nil }
            let limits = Self.limits(csiNode)
            if limits.isEmpty { return nil }
            let migrated = Self.migrated(csiNode)
            var wanted = Self.volumes(pod.usage, migrated, memo)
            if wanted.isEmpty { return nil }
            var there = memo.attachments(node.name)
            for other in node.pods where !other.usage.claims.isEmpty || !other.usage.migrated.isEmpty {
                let volumes = Self.volumes(other.usage, migrated, memo)
                there.formUnion(volumes)
                wanted.subtract(volumes)
            }
            for (driver, limit) in limits {
                let more = wanted.count { $0.driver == driver }
                if more > 0, more + there.count(where: { $0.driver == driver }) > limit {
                    return .resolvable("node(s) exceed max volume count")
                }
            }
            return nil
        }
    }

    private static func volumes(_ usage: PodUsage, _ migrated: Set<String>, _ memo: Memo) -> Set<Attached> {
        var found: Set<Attached> = []
        func add(_ volume: MigratedVolume) {
            guard migrated.contains(volume.plugin), let driver = MigratedVolume.drivers[volume.plugin] else { return }
            found.insert(Attached(driver: driver, handle: volume.id))
        }
        for claim in usage.claims {
            switch memo.source(claim) {
            case .none: continue
            case .csi(let attached): found.insert(attached)
            case .inTree(let volume): add(volume)
            }
        }
        for volume in usage.migrated { add(volume) }
        return found
    }

    private static func limits(_ csiNode: JSON) -> [(driver: String, limit: Int)] {
        (csiNode["spec", "drivers"]?.elements ?? []).compactMap { driver in
            driver["allocatable", "count"]?.int.map { (driver["name"]?.string ?? "", $0) }
        }
    }
    /// Plugins of Kubernetes whose volumes CSI drivers look after on this node.
    private static func migrated(_ csiNode: JSON) -> Set<String> {
        let list = csiNode["metadata", "annotations", "storage.alpha.kubernetes.io/migrated-plugins"]?.string ?? ""
        return Set(list.split(separator: ",").map(String.init))
    }
}

/// A volume of a sort that Kubernetes once attached itself.
struct MigratedVolume: Equatable, Sendable {
    var plugin: String
    /// What it is, in its plugin's words.
    var id: String

    /// The CSI driver of each plugin.
    static let drivers = [
        "kubernetes.io/gce-pd": "pd.csi.storage.gke.io", "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
        "kubernetes.io/azure-disk": "disk.csi.azure.com", "kubernetes.io/azure-file": "file.csi.azure.com",
        "kubernetes.io/cinder": "cinder.csi.openstack.org", "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
        "kubernetes.io/portworx-volume": "pxd.portworx.com",
    ]
    private static let sources: [(source: String, id: String, plugin: String)] = [
        ("gcePersistentDisk", "pdName", "kubernetes.io/gce-pd"),
        ("awsElasticBlockStore", "volumeID", "kubernetes.io/aws-ebs"),
        ("azureDisk", "diskURI", "kubernetes.io/azure-disk"),
        ("azureFile", "shareName", "kubernetes.io/azure-file"),
        ("cinder", "volumeID", "kubernetes.io/cinder"),
        ("vsphereVolume", "volumePath", "kubernetes.io/vsphere-volume"),
        ("portworxVolume", "volumeID", "kubernetes.io/portworx-volume"),
    ]

    init(plugin: String, id: String) {
        self.plugin = plugin
        self.id = id
    }
    /// From a pod's volume or a PersistentVolume's spec; nil for other sorts.
    init?(_ holder: JSON) {
        guard let found = Self.sources.first(where: { holder[$0.source] != nil }) else { return nil }
        plugin = found.plugin
        id = holder[found.source, found.id]?.string ?? ""
    }
}
