import APIMachinery
import ContainerRuntime
import Glibc
import KubeAPI

/// How full one of a pod's volumes is, for whoever tells of it.
package struct PodVolumeUsage: Sendable, Equatable {
    /// As the pod calls it.
    package var name: String
    package var claim: ObjectKey?
    package var usage: VolumeUsage
}

extension PodWork {
    /// Of the volumes that can be measured; looks at every file of those that share the node's disk, so this takes its time.
    /// Paths of the host are not the pod's to tell of, as in Kubernetes.
    func volumeUsage() async -> [PodVolumeUsage] {
        let brought = await context.csi.usage(pod.uid)
        var all: [PodVolumeUsage] = []
        for source in pod.spec.volumes {
            let name = source.name ?? ""
            let claimName =
                source.persistentVolumeClaim?.claimName ?? (source.ephemeral == nil ? nil : "\(pod.name)-\(name)")
            let claim = claimName.map { ObjectKey(namespace: pod.namespace, name: $0) }
            guard let usage = usage(source, name, claim, brought) else { continue }
            all.append(PodVolumeUsage(name: name, claim: claim, usage: usage))
        }
        return all
    }

    private func usage(
        _ source: Volume, _ name: String, _ claim: ObjectKey?, _ brought: [String: VolumeUsage]
    ) -> VolumeUsage? {
        if let claim {
            guard let bound = context.world.get(PersistentVolumeClaim.self, claim)?.spec.volumeName,
                let volume = context.world.get(PersistentVolume.self, ObjectKey(name: bound))
            else { return nil }
            if volume.spec.csi != nil { return brought[bound] }
            if let local = volume.spec.local, volume.spec.volumeMode != "Block" {
                return VolumeUsage(fileSystemOf: local.path ?? "")
            }
            return volume.spec.nfs == nil ? nil : VolumeUsage(fileSystemOf: volumes.sharePath(name))
        }
        if source.csi != nil { return brought[name] }
        if source.nfs != nil { return VolumeUsage(fileSystemOf: volumes.sharePath(name)) }
        if source.hostPath != nil { return nil }
        var usage = VolumeUsage(fileSystemOf: volumes.path(name))
        if source.emptyDir?.medium ?? "" == "" {
            // Only its own part of the node's disk.
            let (bytes, files) = DiskUsage.count(volumes.path(name))
            usage?.usedBytes = bytes
            usage?.usedFiles = files
        }
        return usage
    }
}

extension VolumeUsage {
    /// Of the whole file system that a path is in; nil when there is none.
    init?(fileSystemOf path: String) {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return nil }
        let block = Int(clamping: UInt64(information.f_frsize))
        capacityBytes = Int(clamping: UInt64(information.f_blocks)) * block
        availableBytes = Int(clamping: UInt64(information.f_bavail)) * block
        usedBytes = capacityBytes - Int(clamping: UInt64(information.f_bfree)) * block
        maximumFiles = Int(clamping: UInt64(information.f_files))
        freeFiles = Int(clamping: UInt64(information.f_ffree))
        usedFiles = maximumFiles - freeFiles
    }
}
