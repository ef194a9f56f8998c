import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// Runs the pods that files of the node describe, with or without the cluster, and keeps a mirror of each in it.
extension NodeAgent {
    /// How often files are looked at.
    private static let filePeriod = Duration.seconds(1)

    /// Takes over what runs of them and starts the others; before the cluster is to be seen.
    func startStaticPods() async {
        guard let path = configuration.staticPodPath else { return }
        staticFiles = StaticPodFiles(path: path, node: configuration.nodeName)
        staticPods = staticFiles?.read(at: clock.now, logger) ?? [:]
        let sandboxes = (try? await runtime.listPodSandbox()) ?? []
        let containers = (try? await runtime.listContainers()) ?? []
        // What of these is nobody's is known only with the cluster.
        await prepareCgroups(keeping: Set(sandboxes.map(\.configuration.uid)))
        for pod in staticPods.values {
            await adopt(pod, sandboxes.filter { $0.configuration.uid == pod.uid }, containers)
        }
        await lookAtStaticPods()
    }

    func keepStaticPods() async {
        while (try? await clock.sleep(for: Self.filePeriod)) != nil { await lookAtStaticPods() }
    }

    private func lookAtStaticPods() async {
        guard !isStopping else { return }
        staticPods = staticFiles?.read(at: clock.now, logger) ?? [:]
        var names: Set<ObjectKey> = []
        for worker in workers.values {
            let pod = await worker.pod
            guard pod.isStatic else { continue }
            names.insert(pod.key)
            if staticPods[pod.uid] == nil { await worker.endStaticPod() }
        }
        // A changed one waits for the end of what it was.
        for pod in staticPods.values.sorted(by: { $0.name < $1.name })
        where workers[pod.uid] == nil && !names.contains(pod.key) {
            await add(pod, await firstState(pod))
        }
        guard isRunning else { return }
        for pod in staticPods.values {
            guard let worker = workers[pod.uid] else { continue }
            await keepMirror(of: pod, worker)
        }
        await removeOrphanedMirrors()
    }

    /// Makes it, and makes it anew when somebody deletes it or it is of what the pod was.
    private func keepMirror(of pod: Pod, _ worker: PodWorker) async {
        do {
            if let mirror = world.get(Pod.self, pod.key) {
                guard let uid = mirror.mirroredUID, uid != pod.uid || mirror.isBeingDeleted else { return }
                return try await delete(mirror)
            }
            guard let node = world.get(Node.self, ObjectKey(name: configuration.nodeName)) else { return }
            _ = try await context.api.create(pod.mirror(on: node))
            await worker.mirrorMade()
        } catch {
            logger.debug("Cannot keep a mirror pod", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
        }
    }

    /// Mirrors of pods that no file describes any more and of which nothing runs.
    func removeOrphanedMirrors() async {
        for mirror in world.cache(Pod.resource).onNode(configuration.nodeName).map({ Pod($0) }) {
            guard let uid = mirror.mirroredUID, workers[uid] == nil, staticPods[uid] == nil else { continue }
            try? await delete(mirror)
        }
    }
    private func delete(_ mirror: Pod) async throws {
        try await context.api.delete(
            Pod.self, mirror.key, DeletionOptions(uid: mirror.uid, gracePeriodSeconds: 0))
    }
}

extension PodWorker {
    /// No file describes it any more: it ends with its own grace.
    func endStaticPod() {
        guard !pod.isBeingDeleted else { return }
        var ending = pod
        ending.metadata.deletionTimestamp = context.clock.now.rfc3339
        ending.metadata.deletionGracePeriodSeconds = pod.spec.terminationGracePeriodSeconds ?? 30
        podChanged(ending)
    }

    /// Whether the status was written into the pod's mirror; without one, or in another's place, it is not.
    func writeToMirror(_ pod: Pod) async -> Bool {
        guard var mirror = context.world.get(Pod.self, pod.key), mirror.mirroredUID == pod.uid, !mirror.isBeingDeleted
        else { return false }
        mirror.status = pod.status
        do {
            _ = try await context.api.updateStatus(Pod.resource, mirror.json)
            return true
        } catch {
            context.logger.debug(
                "Cannot write a mirror pod's status", metadata: ["pod": "\(pod.key)", "error": "\(error)"])
            return false
        }
    }
}
