import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Has the volumes of CSI drivers attached to the nodes whose pods want them, and detached when no pod does any more and the
/// node has unmounted them. It makes VolumeAttachments, which the drivers carry out, and tells in the nodes' status what
/// is attached. Its keys are nodes; one is looked at after the other, so that no two get the same volume.
struct AttachDetachReconciler: Reconciler {
    static let name = "attachdetach-controller"
    /// How long a node that is not ready may keep a volume mounted that nobody wants there (Kubernetes' figure).
    static let longestUnmount = Duration.seconds(360)
    static let managed = "volumes.kubernetes.io/controller-managed-attach-detach"
    private static let outOfService = "node.kubernetes.io/out-of-service"
    /// VolumeAttachments by node, and by the PersistentVolume they are of.
    private static let nodeIndex = "node"
    private static let volumeIndex = "volume"

    static let reads: [Interest] = [
        Interest(Node.resource) { change, _ in Facts(change.old) == Facts(change.new) ? [] : [change.key] },
        Interest(Pod.resource) { change, _ in
            [change.old, change.new].compactMap { pod in
                guard let pod, !VolumeNames.claims(of: pod).isEmpty else { return nil }
                return node(of: pod)
            }
        },
        .mapped(PersistentVolumeClaim.self) { claim, world in nodes(using: claim.key, world) },
        .mapped(PersistentVolume.self) { volume, world in nodes(using: volume, world) },
        .mapped(VolumeAttachment.self) { attachment, world in
            let name = attachment.spec.source?.persistentVolumeName ?? ""
            let volume = world.get(PersistentVolume.self, ObjectKey(name: name))
            // Other nodes may wait for the volume.
            return [ObjectKey(name: attachment.spec.nodeName ?? "")] + (volume.map { nodes(using: $0, world) } ?? [])
        },
        .only(CSIDriver.self),
    ]
    static let writes: [Permission] = [
        .create(VolumeAttachment.self), .delete(VolumeAttachment.self), .patchStatus(Node.self),
    ]

    let world: World
    let clock: any TimeSource
    let memory = DetachMemory()

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        world.cache(Pod.self).addIndex(VolumeNames.podIndex) { pod in VolumeNames.claims(of: pod).map(\.description) }
        let attachments = world.cache(VolumeAttachment.self)
        attachments.addIndex(Self.nodeIndex) { [$0["spec", "nodeName"]?.string].compactMap { $0 } }
        attachments.addIndex(Self.volumeIndex) {
            [$0["spec", "source", "persistentVolumeName"]?.string].compactMap { $0 }
        }
    }

    /// All of a node that matters here.
    private struct Facts: Equatable {
        var taints: JSON?
        var inUse: JSON?
        var attached: JSON?
        var ready: String?
        var isManaged: Bool
        init?(_ json: JSON?) {
            guard let json else { return nil }
            taints = json["spec", "taints"]
            inUse = json["status", "volumesInUse"]
            attached = json["status", "volumesAttached"]
            ready = NodeHealth.ready(Node(json))
            isManaged = json["metadata", "annotations", AttachDetachReconciler.managed] != nil
        }
    }
    private static func node(of pod: JSON) -> ObjectKey? {
        pod["spec", "nodeName"]?.string.flatMap { $0.isEmpty ? nil : ObjectKey(name: $0) }
    }
    private static func nodes(using claim: ObjectKey, _ world: World) -> [ObjectKey] {
        world.cache(Pod.self).indexed(VolumeNames.podIndex, claim.description).compactMap(node)
    }
    private static func nodes(using volume: PersistentVolume, _ world: World) -> [ObjectKey] {
        VolumeNames.claim(of: volume.json).map { nodes(using: $0, world) } ?? []
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        let node = world.get(Node.self, key)
        // What a node attaches itself is its own.
        if let node, node.annotations[Self.managed] == nil { return [] }
        let present = attachments(Self.nodeIndex, key.name).filter(isOwn)
        let wanted = node == nil ? [] : WantedVolumes(on: key.name, world).volumes
        let names = Set(wanted.map { $0.volume.attachmentName(key.name) })
        memory.keep(key.name, names.union(present.map(\.name)))
        let (leaving, wait) = leaving(present.filter { !names.contains($0.name) }, node)
        let gone = Set(leaving.map(\.name))
        var changes: [Change] = []
        // The node is told first, so that it mounts nothing that is on its way out.
        if let node {
            let staying = present.filter { !gone.contains($0.name) && $0.status.attached == true && !$0.isBeingDeleted }
            if let change = report(staying, on: node) { changes.append(change) }
        }
        changes += leaving.map { .delete($0) }
        for (volume, pods) in wanted {
            changes += attach(volume, pods, key.name, present, node)
        }
        if let wait { changes.append(.again(after: wait)) }
        return changes
    }

    private func attachments(_ index: String, _ value: String) -> [VolumeAttachment] {
        world.cache(VolumeAttachment.self).indexed(index, value).map { VolumeAttachment($0) }.sorted { $0.key < $1.key }
    }

    /// What others attach by names of their own is theirs.
    private func isOwn(_ attachment: VolumeAttachment) -> Bool {
        guard AttachmentNames.isAttachment(attachment.name), attachment.spec.source?.persistentVolumeName != nil else {
            return false
        }
        return handle(of: attachment).map {
            attachment.name
                == AttachmentNames.attachment(attachment.spec.attacher ?? "", $0, attachment.spec.nodeName ?? "")
        } ?? true
    }
    /// nil once the volume is gone.
    private func handle(of attachment: VolumeAttachment) -> String? {
        let name = attachment.spec.source?.persistentVolumeName ?? ""
        return world.get(PersistentVolume.self, ObjectKey(name: name))?.json["spec", "csi", "volumeHandle"]?.string
    }

    // MARK: Detaching

    /// Those of the unwanted that can go now, and when the next may have to go by force.
    private func leaving(_ unwanted: [VolumeAttachment], _ node: Node?) -> ([VolumeAttachment], wait: Duration?) {
        let inUse = Set(
            (node?.json["status", "volumesInUse"]?.strings ?? []).compactMap {
                AttachmentNames.attachment(ofUniqueName: $0, node?.name ?? "")
            })
        let isReady = node.map { NodeHealth.ready($0) == "True" } ?? false
        let isOutOfService =
            node?.json["spec", "taints"]?.elements.contains { $0["key"]?.string == Self.outOfService } == true
        var wait: Duration?
        let now = clock.now
        let leaving = unwanted.filter { attachment in
            if attachment.isBeingDeleted { return false }
            let elapsed = now - memory.unwanted(attachment.spec.nodeName ?? "", attachment.name, now)
            // A node that is gone cannot say that it has unmounted anything.
            let isMounted = node == nil || inUse.contains(attachment.name)
            if !isMounted || isOutOfService { return true }
            if elapsed < Self.longestUnmount {
                let rest = Self.longestUnmount - elapsed
                wait = min(wait ?? rest, rest)
                return false
            }
            return !isReady
        }
        return (leaving, wait)
    }

    private func report(_ attached: [VolumeAttachment], on node: Node) -> Change? {
        let known = ["volumesInUse", "volumesAttached"].flatMap { list in
            (node.json["status", list]?.elements ?? []).compactMap { $0.string ?? $0["name"]?.string }
        }
        let entries = attached.compactMap { attachment -> String? in
            if let handle = handle(of: attachment) {
                return AttachmentNames.uniqueName(attachment.spec.attacher ?? "", handle)
            }
            return known.first { AttachmentNames.attachment(ofUniqueName: $0, node.name) == attachment.name }
        }.sorted().map { name -> JSON in ["name": JSON(name), "devicePath": ""] }
        if entries == node.json["status", "volumesAttached"]?.elements ?? [] { return nil }
        return .patch(
            node,
            [
                "metadata": ["uid": JSON(node.uid)],
                "status": ["volumesAttached": entries.isEmpty ? .null : JSON(entries)],
            ], subresource: .status)
    }

    // MARK: Attaching

    private func attach(
        _ volume: AttachableVolume, _ pods: [Pod], _ node: String, _ present: [VolumeAttachment], _ object: Node?
    ) -> [Change] {
        let name = volume.attachmentName(node)
        memory.wanted(node, name)
        if let attachment = present.first(where: { $0.name == name }) {
            return tell(attachment, volume, pods, object)
        }
        let others =
            volume.isShared
            ? [] : attachments(Self.volumeIndex, volume.name).filter { $0.spec.nodeName != node }
        if others.isEmpty {
            memory.forgetTold(node, name)
            return [.create(volume.attachment(to: node))]
        }
        // While another one is only just being attached or detached there is nothing to tell yet.
        guard others.contains(where: { $0.status.attached == true && !$0.isBeingDeleted }),
            memory.isNews(node, name, "multi-attach")
        else { return [] }
        let holders = others.flatMap { users(of: volume, on: $0.spec.nodeName ?? "") }
        return pods.map { pod in
            let sentence = "Multi-Attach error for volume \"\(volume.name)\" \(Self.holders(holders, for: pod))"
            return .note(EventNote(pod, .warning, "FailedAttachVolume", sentence))
        }
    }

    private func users(of volume: AttachableVolume, on node: String) -> [Pod] {
        WantedVolumes(on: node, world).volumes.first { $0.volume.uniqueName == volume.uniqueName }?.pods ?? []
    }

    /// Who has the volume, as a pod may know it: of other namespaces only how many.
    private static func holders(_ holders: [Pod], for pod: Pod) -> String {
        if holders.isEmpty {
            return "Volume is already exclusively attached to one node and can't be attached to another"
        }
        let own = holders.filter { $0.namespace == pod.namespace }
        let strangers = holders.count - own.count
        if own.isEmpty { return "Volume is already used by \(strangers) pod(s) in different namespaces" }
        let names = "Volume is already used by pod(s) \(own.map(\.name).joined(separator: ", "))"
        return strangers > 0 ? "\(names) and \(strangers) pod(s) in different namespaces" : names
    }

    /// What the driver has come to, told to the pods once.
    private func tell(
        _ attachment: VolumeAttachment, _ volume: AttachableVolume, _ pods: [Pod], _ node: Node?
    ) -> [Change] {
        let nodeName = attachment.spec.nodeName ?? ""
        if attachment.status.attached == true {
            let isKnown = (node?.json["status", "volumesAttached"]?.elements ?? []).contains {
                $0["name"]?.string == volume.uniqueName
            }
            guard !attachment.isBeingDeleted, memory.isNews(nodeName, attachment.name, "attached"), !isKnown else {
                return []
            }
            // The space at the end is Kubernetes'.
            let sentence = "AttachVolume.Attach succeeded for volume \"\(volume.name)\" "
            return pods.map { .note(EventNote($0, .normal, "SuccessfulAttachVolume", sentence)) }
        }
        guard let error = attachment.status.attachError,
            memory.isNews(nodeName, attachment.name, "\(error.time ?? "") \(error.message ?? "")")
        else { return [] }
        let sentence = "AttachVolume.Attach failed for volume \"\(volume.name)\" : \(error.message ?? "")"
        return pods.map { .note(EventNote($0, .warning, "FailedAttachVolume", sentence)) }
    }
}
