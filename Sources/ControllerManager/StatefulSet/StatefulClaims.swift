import APIMachinery
import ControlLoops
import KubeAPI

/// The claims of a StatefulSet's pods: which are missing, and who owns them by the set's retention policy (KEP-1847).
struct StatefulClaims {
    let set: StatefulSet
    /// Finds a claim by its key.
    let find: (ObjectKey) -> PersistentVolumeClaim?

    private func key(_ claim: PersistentVolumeClaim) -> ObjectKey {
        ObjectKey(namespace: set.namespace, name: claim.name)
    }

    /// The writes that make the claims that an ordinal lacks.
    func missing(_ ordinal: Int) -> [Change] {
        set.claims(ordinal).compactMap { claim in
            guard find(key(claim)) == nil else { return nil }
            let (set, claimName) = (set, claim.name)
            let place = "Pod \(set.podName(ordinal)) in StatefulSet \(set.name)"
            return .batch(
                Batch(
                    [.create(claim)],
                    succeeded: { _, _ in
                        EventNote(set, .normal, "SuccessfulCreate", "Create Claim \(claimName) \(place) success")
                    },
                    failed: { error in
                        [
                            .note(
                                EventNote(
                                    set, .warning, "FailedCreate",
                                    "Create Claim \(claimName) for \(place) failed error: \(error.message)"))
                        ]
                    }))
        }
    }

    /// Whether no claim of an ordinal waits to go with an earlier pod of the same name.
    func areFree(_ ordinal: Int) -> Bool {
        set.claims(ordinal).allSatisfy { claim in
            guard let found = find(key(claim)) else { return true }
            return !found.metadata.ownerReferences.contains {
                $0.kind == Pod.groupVersionKind.kind && $0.name == set.podName(ordinal)
            }
        }
    }

    /// The writes that give the claims of a pod the owners that the policy asks for: the set when they go with it, the pod
    /// when it is given up and they go with that, else none.
    func owners(of pod: Pod, isKept: Bool) -> [Change] {
        guard let ordinal = set.ordinal(of: pod) else { return [] }
        let policy = set.spec.persistentVolumeClaimRetentionPolicy
        let goesWithSet = policy?.whenDeleted == "Delete"
        let goesWithPod = policy?.whenScaled == "Delete"
        return set.claims(ordinal).compactMap { claim in
            guard let found = find(key(claim)), !found.isBeingDeleted else { return nil }
            let references = found.metadata.ownerReferences
            let others = references.filter { $0.uid != set.uid && $0.uid != pod.uid }
            // What somebody else controls stays his.
            var wanted = others
            if !others.contains(where: { $0.controller == true }) {
                if goesWithPod, !isKept {
                    wanted.append(OwnerReference(controlling: pod))
                } else if goesWithSet {
                    wanted.append(OwnerReference(controlling: set))
                }
            }
            guard Set(wanted.map(\.uid)) != Set(references.map(\.uid)) else { return nil }
            return .patch(
                found,
                [
                    "metadata": [
                        "uid": JSON(found.uid), "resourceVersion": JSON(String(found.json.revision)),
                        "ownerReferences": wanted.isEmpty ? .null : JSON(wanted.map(\.json)),
                    ]
                ])
        }
    }
}
