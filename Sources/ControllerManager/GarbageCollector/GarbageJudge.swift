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
        if object.hasFinalizer(JSON.orphanFinalizer) { return .delete(.orphan) }
        if object.hasFinalizer(JSON.foregroundFinalizer) { return .delete(.foreground) }
        return .delete(.background)
    }

    /// The patch that drops the references to these owners (uids).
    static func references(of object: JSON, without owners: Set<String>) -> JSON {
        let kept = object.ownerReferences.filter { !owners.contains($0["uid"]?.string ?? "") }
        return patch(object, "ownerReferences", kept)
    }

    /// The patch by which these owners (uids) need not wait for the object any more; it stays theirs.
    static func references(of object: JSON, notBlocking owners: Set<String>) -> JSON {
        let references: [JSON] = object.ownerReferences.map { reference in
            guard owners.contains(reference["uid"]?.string ?? "") else { return reference }
            var new = reference
            new["blockOwnerDeletion"] = false
            return new
        }
        return patch(object, "ownerReferences", references)
    }

    static func finalizers(of object: JSON, without name: String) -> JSON {
        patch(object, "finalizers", (object["metadata"]?["finalizers"]?.elements ?? []).filter { $0.string != name })
    }

    /// It changes one field of the metadata, of this very object at this revision.
    private static func patch(_ object: JSON, _ field: String, _ value: [JSON]) -> JSON {
        [
            "metadata": [
                "uid": JSON(object.uid), "resourceVersion": JSON(String(object.revision)),
                field: value.isEmpty ? .null : JSON(value),
            ]
        ]
    }
}
