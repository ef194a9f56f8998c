import APIMachinery
import ControlLoops
import KubeAPI

/// The pod's claims can be had on the node: bound volumes may be used there, and claims that wait for their first
/// consumer are told which node it is before the pod is bound.
struct VolumeBinding: FilterPlugin, PreBindPlugin {
    static let name = "VolumeBinding"
    static let wakes: Set<ClusterEvent> = [.volumes, .nodeAdded, .nodeLabels]
    /// Naming the node to a claim that waits for it.
    static let writes: [Permission] = [.patch(PersistentVolumeClaim.self)]
    static let selectedNode = "volume.kubernetes.io/selected-node"
    private static let bindCompleted = "pv.kubernetes.io/bind-completed"
    /// The provisioner of classes that have volumes made by hand alone.
    private static let noProvisioner = "kubernetes.io/no-provisioner"

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        let keys = pod.usage.claims
        if keys.isEmpty { return .skip }
        var bound: [PersistentVolume] = []
        var delayed: [(claim: PersistentVolumeClaim, candidates: [PersistentVolume]?, provision: Provision?)] = []
        for key in keys {
            guard let claim = view.world.get(PersistentVolumeClaim.self, key) else {
                return .reject("persistentvolumeclaim \"\(key.name)\" not found")
            }
            if claim.isBeingDeleted { return .reject("persistentvolumeclaim \"\(key.name)\" is being deleted") }
            if claim.json["status", "phase"]?.string == "Lost" {
                return .reject(
                    "persistentvolumeclaim \"\(key.name)\" bound to non-existent persistentvolume \"\(claim.spec.volumeName ?? "")\""
                )
            }
            if claim.annotations[Self.bindCompleted] != nil, let name = claim.spec.volumeName {
                guard let volume = view.world.get(PersistentVolume.self, ObjectKey(name: name)) else {
                    return .reject("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)")
                }
                bound.append(volume)
                continue
            }
            guard let storage = Self.storage(of: claim, view.world),
                storage.volumeBindingMode == "WaitForFirstConsumer",
                claim.spec.volumeName ?? "" == ""
            else { return .reject("pod has unbound immediate PersistentVolumeClaims") }
            let candidates = candidates(claim, storage, view.world)
            delayed.append((claim, candidates, candidates == nil ? Provision(claim, storage, view.world) : nil))
        }
        return .check { node, _ in
            if bound.contains(where: { !VolumeMatch.isUsable($0, on: node.name, node.labels) }) {
                return Rejection("node(s) didn't match PersistentVolume's node affinity")
            }
            for (claim, candidates, provision) in delayed {
                if let selected = claim.annotations[Self.selectedNode], selected != node.name {
                    return Rejection("node(s) didn't find available persistent volumes to bind")
                }
                if let candidates,
                    !candidates.contains(where: { VolumeMatch.isUsable($0, on: node.name, node.labels) })
                {
                    return Rejection("node(s) didn't find available persistent volumes to bind")
                }
                if let reason = provision?.refusal(node) { return Rejection(reason) }
            }
            return nil
        }
    }

    /// The volumes of which one must do; nil if a new one can be made.
    private func candidates(_ claim: PersistentVolumeClaim, _ storage: StorageClass, _ world: World)
        -> [PersistentVolume]?
    {
        guard storage.provisioner == Self.noProvisioner else { return nil }
        return world.all(PersistentVolume.self).filter { VolumeMatch.fits($0, claim) }
    }

    /// The claims are told the node, and the pod waits until they are bound.
    func preBind(_ pod: PendingPod, _ node: String, _ view: CycleView) -> PreBindStep {
        let unbound = pod.usage.claims.compactMap { view.world.get(PersistentVolumeClaim.self, $0) }.filter {
            $0.annotations[Self.bindCompleted] == nil
        }
        if unbound.isEmpty { return .ready }
        let untold = unbound.filter { $0.annotations[Self.selectedNode] != node }
        return .wait(
            for: untold.map { claim in
                .patch(
                    claim,
                    [
                        "metadata": [
                            "uid": JSON(claim.uid), "resourceVersion": JSON(String(claim.json.revision)),
                            "annotations": [Self.selectedNode: JSON(node)],
                        ]
                    ])
            })
    }

    private static func storage(of claim: PersistentVolumeClaim, _ world: World) -> StorageClass? {
        world.get(StorageClass.self, ObjectKey(name: VolumeMatch.className(claim.json)))
    }
}
