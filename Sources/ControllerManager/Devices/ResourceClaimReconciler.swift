import APIMachinery
import ControlLoops
import KubeAPI

/// Takes pods that are gone or done out of a claim's reservations, frees its devices when nobody is left, and deletes it if
/// it was made for a pod that is done.
struct ResourceClaimReconciler: Reconciler {
    static let name = "resource_claim_reservations"
    static let account = PodResourceClaimReconciler.account
    static let reads: [Interest] = [
        .every(ResourceClaim.self),
        Interest(Pod.resource) { change, _ in
            [change.old, change.new].compactMap { $0 }.flatMap { pod in
                ResourceClaims.names(of: pod).map { ObjectKey(namespace: pod.key.namespace, name: $0) }
            }
        },
    ]
    static let writes: [Permission] = [
        .patch(ResourceClaim.self), .patchStatus(ResourceClaim.self), .delete(ResourceClaim.self),
    ]
    let world: World

    init(_ context: LoopContext) { world = context.world }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let claim = world.get(ResourceClaim.self, key) else { return [] }
        let users = claim.json["status", "reservedFor"]?.elements ?? []
        let left = users.filter { isStillUsing($0, key.namespace) }
        let isProtected = claim.finalizers.contains(ResourceClaims.finalizer)
        let isAllocated = claim.json["status", "allocation"] != nil
        var changes: [Change] = []
        if left.count < users.count {
            var status: JSON = ["reservedFor": left.isEmpty ? .null : JSON(left)]
            if left.isEmpty, isProtected { status["allocation"] = .null }
            changes.append(release(claim, status))
            if left.isEmpty, isProtected { changes.append(unprotect(claim)) }
        } else if isProtected, claim.isBeingDeleted, left.isEmpty {
            if isAllocated { changes.append(release(claim, ["allocation": .null])) }
            changes.append(unprotect(claim))
        }
        if left.isEmpty, !claim.isBeingDeleted, let owner = ResourceClaims.owner(of: claim.json),
            let pod = world.get(Pod.self, owner.key), pod.uid != owner.uid || ResourceClaims.isDone(pod.json)
        {
            changes.append(.delete(claim))
        }
        return changes
    }

    private func isStillUsing(_ consumer: JSON, _ namespace: String) -> Bool {
        // What else may use claims is somebody else's.
        guard consumer["apiGroup"]?.string ?? "" == "", consumer["resource"]?.string == "pods" else { return true }
        let key = ObjectKey(namespace: namespace, name: consumer["name"]?.string ?? "")
        guard let pod = world.get(Pod.self, key), pod.uid == consumer["uid"]?.string else { return false }
        return !ResourceClaims.isDone(pod.json)
    }
    private func release(_ claim: ResourceClaim, _ status: JSON) -> Change {
        let patch: JSON = [
            "metadata": ["uid": JSON(claim.uid), "resourceVersion": JSON(String(claim.json.revision))],
            "status": status,
        ]
        return .patch(claim, patch, subresource: .status)
    }
    private func unprotect(_ claim: ResourceClaim) -> Change {
        let rest = claim.finalizers.filter { $0 != ResourceClaims.finalizer }
        let patch: JSON = [
            "metadata": ["uid": JSON(claim.uid), "finalizers": rest.isEmpty ? .null : JSON(rest)]
        ]
        return .patch(claim, patch)
    }
}
