import APIMachinery
import ContainerRuntime
import KubeAPI

/// Volumes that have grown elsewhere grow on the node, and the claim is told (KEP-1790, KEP-284).
extension CSIVolumes {
    func expandIfDue(_ volume: CSIVolume, _ pod: Pod, at target: String) async throws {
        guard !volume.isReadOnly, let claimKey = volume.claim, let wanted = volume.capacity,
            let claim = world.get(PersistentVolumeClaim.self, claimKey),
            let present = claim.status.capacity["storage"].flatMap({ try? Quantity($0) }), present < wanted,
            claim.status.allocatedResourceStatuses["storage"] != "NodeResizeInfeasible"
        else { return }
        guard let driver = drivers[volume.driver] else { return }
        if driver.capabilities.contains(.expand) {
            do {
                let secrets = try await expandSecrets(volume)
                try await driver.calls.expand(
                    volume, volume.capability(driver.capabilities, group: nil), to: wanted.value, at: target,
                    staging: driver.capabilities.contains(.stageUnstage) ? places.staging(volume) : nil,
                    secrets: secrets)
            } catch {
                // InvalidArgument, NotFound, OutOfRange, Unimplemented … are as they will be.
                if let status = error as? GRPCStatus, [3, 5, 11, 12].contains(status.code) {
                    try? await write(claimKey, ["allocatedResourceStatuses": ["storage": "NodeResizeInfeasible"]])
                }
                throw PodWork.VolumeFailure(
                    volume: volume.name, operation: "MountVolume.Setup failed while expanding volume",
                    reason: volume.isBlock ? "FailedMapVolume" : "FailedMount",
                    description: "Expander.NodeExpand failed to expand the volume : \(error)")
            }
            tellOfExpansion(volume, pod)
        }
        let ended = ["FileSystemResizePending", "Resizing", "NodeResizeError", "ControllerResizeError"]
        let conditions = (claim.json["status", "conditions"]?.elements ?? []).filter {
            !ended.contains($0["type"]?.string ?? "")
        }
        try await write(
            claimKey,
            [
                "capacity": ["storage": JSON(wanted.text)], "conditions": JSON(conditions),
                "allocatedResourceStatuses": ["storage": .null],
            ])
    }

    private func expandSecrets(_ volume: CSIVolume) async throws -> [String: String] {
        guard let key = volume.expandSecret else { return [:] }
        return try await secret(key, as: "NodeExpandSecretRef")
    }
    private func write(_ claim: ObjectKey, _ status: JSON) async throws {
        _ = try await api.patch(
            PersistentVolumeClaim.resource, claim, .merge, ["status": status], subresource: .status)
    }
}
