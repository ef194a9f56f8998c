import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// Volumes that have to be attached to the node before it can have them; another sees to that.
extension CSIVolumes {
    /// How long a volume may need to be attached before it counts as a failure, and how often it is looked.
    private static let attachPatience = Duration.seconds(15)
    private static let attachPeriod = Duration.milliseconds(250)

    /// The node says that it uses a volume before it does, so that nobody takes it away.
    func reportInUse(_ volume: CSIVolume) async throws {
        let name = volume.uniqueName
        inUse.add(name)
        let (cache, key) = (world.cache(Node.resource), ObjectKey(name: node))
        let isSaid = await withTaskGroup(of: Bool.self) { [clock] group in
            group.addTask {
                (try? await cache.wait(until: key) { node in
                    node?["status", "volumesInUse"]?.strings.contains(name) == true
                }) != nil
            }
            group.addTask {
                try? await clock.sleep(for: Self.attachPatience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        if isSaid { return }
        throw PodWork.VolumeFailure(
            volume: volume.name,
            operation: "Volume has not been added to the list of VolumesInUse in the node's volume status",
            reason: "FailedMount", description: "")
    }

    /// What the driver's controller told when it attached the volume to this node.
    func attachment(_ volume: CSIVolume) async throws -> [String: String] {
        let key = ObjectKey(name: volume.attachment(node: node))
        let deadline = clock.now + Self.attachPatience
        while true {
            do {
                let attachment = try await api.get(VolumeAttachment.self, key)
                if attachment.isBeingDeleted { throw MountFailure(description: "volume attachment is being deleted") }
                if attachment.status.attached == true { return attachment.status.attachmentMetadata }
                if let message = attachment.status.attachError?.message { throw MountFailure(description: message) }
            } catch let error as StatusError where error.code == 404 || error.code == 403 {
                // A node may not look at one that is not there.
                if clock.now >= deadline {
                    throw MountFailure(
                        description:
                            "volume \(volume.handle) has GET error for volume attachment \(key.name): \(error.message)")
                }
            }
            if clock.now >= deadline {
                throw MountFailure(
                    description:
                        "timed out waiting for external-attacher of \(volume.driver) CSI driver to attach volume \(volume.handle)"
                )
            }
            try await clock.sleep(for: Self.attachPeriod)
        }
    }
}
