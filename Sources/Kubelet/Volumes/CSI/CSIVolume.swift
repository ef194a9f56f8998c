import APIMachinery
import ContainerRuntime
import KubeAPI

/// A volume of a CSI driver as a pod asks for it: by a PersistentVolume, or in the pod itself.
struct CSIVolume: Sendable, Equatable {
    enum Lifecycle: String, Sendable { case persistent = "Persistent", ephemeral = "Ephemeral" }

    var driver: String
    /// The driver's name for it.
    var handle: String
    var lifecycle: Lifecycle
    /// The PersistentVolume's name, or the volume's in the pod: the directory's, and in events.
    var name: String
    var fsType = ""
    var attributes: [String: String] = [:]
    var isReadOnly = false
    /// A device and no file system.
    var isBlock = false
    var accessModes: [String] = []
    var mountOptions: [String] = []
    var stageSecret: ObjectKey?
    var publishSecret: ObjectKey?
    var expandSecret: ObjectKey?
    var claim: ObjectKey?
    /// What the PersistentVolume has.
    var capacity: Quantity?

    /// As in a node's `volumesInUse` and `volumesAttached`.
    var uniqueName: String { Self.uniqueName(driver, handle) }
    static func uniqueName(_ driver: String, _ handle: String) -> String { "kubernetes.io/csi/\(driver)^\(handle)" }

    /// Of a claim's volume; nil when it is of another kind.
    init?(_ volume: PersistentVolume, isReadOnly: Bool, claim: ObjectKey) {
        guard let source = volume.spec.csi else { return nil }
        func key(_ reference: SecretReference?) -> ObjectKey? {
            reference.map { ObjectKey(namespace: $0.namespace ?? "", name: $0.name ?? "") }
        }
        driver = source.driver ?? ""
        handle = source.volumeHandle ?? ""
        lifecycle = .persistent
        name = volume.name
        fsType = source.fsType ?? ""
        attributes = source.volumeAttributes
        self.isReadOnly = isReadOnly
        isBlock = volume.spec.volumeMode == "Block"
        accessModes = volume.spec.accessModes
        mountOptions = volume.spec.mountOptions
        stageSecret = key(source.nodeStageSecretRef)
        publishSecret = key(source.nodePublishSecretRef)
        expandSecret = key(source.nodeExpandSecretRef)
        self.claim = claim
        capacity = volume.spec.capacity["storage"].flatMap { try? Quantity($0) }
    }

    /// One that is made for the pod and goes with it.
    init(_ source: CSIVolumeSource, name: String, in pod: Pod) {
        driver = source.driver ?? ""
        handle = "csi-" + HashedName.sha256(pod.uid + name)
        lifecycle = .ephemeral
        self.name = name
        fsType = source.fsType ?? ""
        attributes = source.volumeAttributes
        isReadOnly = source.readOnly == true
        publishSecret = source.nodePublishSecretRef.map { ObjectKey(namespace: pod.namespace, name: $0.name ?? "") }
    }

    /// csi.v1's VolumeCapability. `group` is who shall own the files, where the driver sees to that.
    func capability(_ capabilities: Set<CSICalls.Capability>, group: Int?) -> ProtobufMessage {
        ProtobufMessage { message in
            if isBlock {
                message.message(1) { _ in }
            } else {
                message.message(2) {
                    $0.text(1, fsType)
                    $0.texts(2, mountOptions)
                    if let group { $0.text(3, String(group)) }
                }
            }
            message.message(3) { $0.number(1, accessMode(capabilities)) }
        }
    }

    /// csi.v1's VolumeCapability.AccessMode.Mode of the volume's first mode.
    private func accessMode(_ capabilities: Set<CSICalls.Capability>) -> Int {
        let tellsWriters = capabilities.contains(.singleNodeMultiWriter)
        return switch accessModes.first ?? "ReadWriteOnce" {
        case "ReadOnlyMany": 3
        case "ReadWriteMany": 5
        case "ReadWriteOncePod": tellsWriters ? 6 : 1
        case "ReadWriteOnce": tellsWriters ? 7 : 1
        default: 0
        }
    }

    /// The name of the VolumeAttachment that has it on a node.
    func attachment(node: String) -> String { "csi-" + HashedName.sha256(handle + driver + node) }

    /// Whether the node gives the files to the pod's group (`csiMountMgr.supportsFSGroup`).
    func takesGroup(policy: String) -> Bool {
        if policy == "None" || isReadOnly || isBlock { return false }
        if policy == "File" { return true }
        if fsType.isEmpty { return false }
        return lifecycle == .ephemeral || accessModes.contains { $0 == "ReadWriteOnce" || $0 == "ReadWriteOncePod" }
    }
}
