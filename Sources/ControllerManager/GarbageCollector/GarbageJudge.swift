import APIMachinery
import ControlLoops
import KubeAPI

/// What the garbage collector does about one object, as a value: it decides from how its owners stand.
enum GarbageVerdict: Equatable {
    case keep
    /// References to owners that are gone (or about to go) are dropped; others still hold it.
    case dropReferences(to: Set<String>)
    case delete(PropagationPolicy)
}

/// How an owner reference stands.
enum OwnerStanding: Equatable {
    case solid
    case absent
    /// It is being deleted in the foreground and waits for its dependents.
    case waiting
}

enum GarbageJudge {
    /// `standings` by owner uid, one for each reference.
    static func verdict(on object: JSON, _ standings: [String: OwnerStanding], hasDependents: Bool) -> GarbageVerdict {
        if standings.isEmpty { return .keep }
        let leaving = Set(standings.filter { $0.value != .solid }.keys)
        if leaving.isEmpty { return .keep }
        if leaving.count < standings.count { return .dropReferences(to: leaving) }
        if hasDependents, standings.values.contains(.waiting) { return .delete(.foreground) }
        if object.hasFinalizer("orphan") { return .delete(.orphan) }
        if object.hasFinalizer("foregroundDeletion") { return .delete(.foreground) }
        return .delete(.background)
    }

    /// The owner reference changes nothing else of the object: conditions are its uid and revision.
    static func references(of object: JSON, without owners: Set<String>) -> JSON {
        let kept = object.ownerReferences.filter { !owners.contains($0["uid"]?.string ?? "") }
        return [
            "metadata": [
                "uid": JSON(object.uid), "resourceVersion": JSON(String(object.revision)),
                "ownerReferences": kept.isEmpty ? .null : JSON(kept),
            ]
        ]
    }

    static func finalizers(of object: JSON, without name: String) -> JSON {
        let kept = (object["metadata"]?["finalizers"]?.strings ?? []).filter { $0 != name }
        return [
            "metadata": [
                "uid": JSON(object.uid), "resourceVersion": JSON(String(object.revision)),
                "finalizers": kept.isEmpty ? .null : JSON(kept),
            ]
        ]
    }
}
