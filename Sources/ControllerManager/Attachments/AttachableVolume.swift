import APIMachinery
import ControlLoops
import Crypto
import KubeAPI

/// A volume of a CSI driver that must be attached to a node before it is mounted there.
struct AttachableVolume: Sendable {
    /// The PersistentVolume's.
    var name: String
    var driver: String
    var handle: String
    /// Whether it may be attached to several nodes at once.
    var isShared: Bool

    /// nil for volumes that need no attaching: no CSI driver's, or of one whose CSIDriver says so.
    init?(_ volume: PersistentVolume, _ world: World) {
        guard let csi = volume.json["spec", "csi"], let driver = csi["driver"]?.string,
            let handle = csi["volumeHandle"]?.string,
            world.get(CSIDriver.self, ObjectKey(name: driver))?.json["spec", "attachRequired"]?.bool ?? true
        else { return nil }
        name = volume.name
        self.driver = driver
        self.handle = handle
        let modes = volume.json["spec", "accessModes"]?.strings ?? []
        isShared = modes.isEmpty || modes.contains("ReadWriteMany") || modes.contains("ReadOnlyMany")
    }

    var uniqueName: String { AttachmentNames.uniqueName(driver, handle) }
    func attachmentName(_ node: String) -> String { AttachmentNames.attachment(driver, handle, node) }

    func attachment(to node: String) -> VolumeAttachment {
        VolumeAttachment { attachment in
            attachment.metadata.name = attachmentName(node)
            attachment.spec.attacher = driver
            attachment.spec.nodeName = node
            attachment.json["spec", "source"] = ["persistentVolumeName": JSON(name)]
        }
    }
}

/// The names of a CSI driver's volume: in the status of nodes, and of its VolumeAttachment for a node.
enum AttachmentNames {
    private static let plugin = "kubernetes.io/csi/"

    /// As nodes name it in `volumesAttached` and `volumesInUse`.
    static func uniqueName(_ driver: String, _ handle: String) -> String { "\(plugin)\(driver)^\(handle)" }

    /// By which the kubelet finds the VolumeAttachment, too.
    static func attachment(_ driver: String, _ handle: String, _ node: String) -> String {
        let digest = SHA256.hash(data: Array("\(handle)\(driver)\(node)".utf8))
        return "csi-" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The name of the VolumeAttachment of a volume that a node names; nil if it is no CSI driver's.
    static func attachment(ofUniqueName name: String, _ node: String) -> String? {
        guard name.hasPrefix(plugin), let separator = name.firstIndex(of: "^") else { return nil }
        let driver = name[..<separator].dropFirst(plugin.count)
        return attachment(String(driver), String(name[name.index(after: separator)...]), node)
    }

    /// Whether a name is of this form, so that the loop may have given it.
    static func isAttachment(_ name: String) -> Bool {
        name.hasPrefix("csi-") && name.utf8.count == 68
            && name.dropFirst(4).allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
    }
}

/// Which volumes the pods of a node want attached there.
struct WantedVolumes {
    private(set) var volumes: [(volume: AttachableVolume, pods: [Pod])] = []

    init(on node: String, _ world: World) {
        let pods = world.cache(Pod.self).onNode(node).map { Pod($0) }.sorted { $0.key < $1.key }
        for pod in pods where !Self.hasEnded(pod) {
            for key in VolumeNames.claims(of: pod.json) {
                guard let volume = Self.volume(key, world) else { continue }
                if let place = volumes.firstIndex(where: { $0.volume.uniqueName == volume.uniqueName }) {
                    volumes[place].pods.append(pod)
                } else {
                    volumes.append((volume, [pod]))
                }
            }
        }
    }

    /// The bound volume of a claim.
    private static func volume(_ key: ObjectKey, _ world: World) -> AttachableVolume? {
        guard let claim = world.get(PersistentVolumeClaim.self, key), claim.json["status", "phase"]?.string == "Bound",
            let name = claim.spec.volumeName, let volume = world.get(PersistentVolume.self, ObjectKey(name: name)),
            volume.json["spec", "claimRef", "uid"]?.string == claim.uid
        else { return nil }
        return AttachableVolume(volume, world)
    }

    /// A pod on its way out has ended when none of its containers runs any more.
    static func hasEnded(_ pod: Pod) -> Bool {
        if pod.isTerminal { return true }
        guard pod.isBeingDeleted else { return false }
        return (pod.json["status", "containerStatuses"]?.elements ?? []).allSatisfy { status in
            status["state", "terminated"] != nil || status["state", "waiting"] != nil
        }
    }
}
