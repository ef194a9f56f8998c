import APIMachinery
import ControlLoops
import KubeAPI

/// Makes the claims of pods' generic ephemeral volumes; they belong to their pods and go with them.
struct EphemeralClaimReconciler: Reconciler {
    static let name = "ephemeral_volume"
    static let account = "ephemeral-volume-controller"
    static let reads: [Interest] = [
        Interest(Pod.resource) { change, _ in
            guard let pod = change.new, !volumes(of: pod).isEmpty else { return [] }
            return [pod.key]
        },
        .owned(PersistentVolumeClaim.self, by: Pod.self),
    ]
    static let writes: [Permission] = [.create(PersistentVolumeClaim.self)]
    let world: World

    init(_ context: LoopContext) { world = context.world }

    private static func volumes(of pod: JSON) -> [(name: String, template: JSON)] {
        (pod["spec", "volumes"]?.elements ?? []).compactMap { volume in
            volume["ephemeral", "volumeClaimTemplate"].map { (volume["name"]?.string ?? "", $0) }
        }
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let pod = world.get(Pod.self, key), !pod.isBeingDeleted else { return [] }
        return Self.volumes(of: pod.json).compactMap { name, template -> Change? in
            let claimKey = ObjectKey(namespace: key.namespace, name: "\(pod.name)-\(name)")
            if let claim = world.get(PersistentVolumeClaim.self, claimKey) {
                if claim.controller?.uid == pod.uid { return nil }
                let sentence =
                    "ephemeral volume \(name): PVC \(claimKey) was not created for pod \(key) (pod is not owner)"
                return .note(EventNote(pod, .warning, "FailedBinding", sentence))
            }
            return .create(PersistentVolumeClaim.resource, Self.claim(claimKey, for: pod, template))
        }
    }

    private static func claim(_ key: ObjectKey, for pod: Pod, _ template: JSON) -> JSON {
        var metadata: JSON = [
            "name": JSON(key.name), "namespace": JSON(key.namespace),
            "ownerReferences": [
                [
                    "apiVersion": "v1", "kind": "Pod", "name": JSON(pod.name), "uid": JSON(pod.uid),
                    "controller": true, "blockOwnerDeletion": true,
                ]
            ],
        ]
        for field in ["labels", "annotations"] { metadata[field] = template["metadata", field] }
        return [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata,
            "spec": template["spec"] ?? .object,
        ]
    }
}
