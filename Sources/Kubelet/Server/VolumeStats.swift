import APIMachinery
import Basics
import ContainerRuntime
import KubeAPI
import Synchronization

/// What directories hold, looked at once a minute for all who ask, as each file in them is looked at.
final class VolumeSizes: Sendable {
    private static let life = Duration.seconds(60)
    private let known = Mutex<[String: (bytes: Int, at: Instant)]>([:])

    func bytes(_ path: String, now: Instant) -> Int {
        if let found = known.withLock({ $0[path] }), found.at <= now, now < found.at + Self.life { return found.bytes }
        let bytes = DiskUsage.bytes(path)
        known.withLock { known in
            // Those of pods that are gone, too.
            known = known.filter { now < $0.value.at + Self.life }
            known[path] = (bytes, now)
        }
        return bytes
    }
}

extension KubeletServer {
    /// VolumeStats of a pod's volumes that are the kubelet's to make: empty ones, and files made from objects.
    func volumeStats(ofPod uid: String, _ namespace: String, _ name: String, _ time: Instant) -> [JSON] {
        guard let pod = context.world.get(Pod.self, ObjectKey(namespace: namespace, name: name)), pod.uid == uid else {
            return []
        }
        let volumes = PodVolumes(directory: context.configuration.directory + "/pods", uid: uid)
        return pod.spec.volumes.compactMap { volume -> JSON? in
            let isOurs =
                volume.emptyDir != nil || volume.configMap != nil || volume.secret != nil || volume.projected != nil
                || volume.downwardAPI != nil
            guard isOurs, let name = volume.name, var disk = DiskCounts.read(volumes.path(name)) else { return nil }
            // One in memory has a file system of its own.
            if volume.emptyDir?.medium != "Memory" {
                disk.usedBytes = volumeSizes.bytes(volumes.path(name), now: time)
            }
            var told = disk.json(time)
            told["name"] = JSON(name)
            return told
        }
    }
}
