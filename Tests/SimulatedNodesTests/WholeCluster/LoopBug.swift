import APIMachinery
import KubeAPI

/// Deliberate bugs of loops, each of which a storm must find: what such a loop would do is done to what it really does, on
/// its way into the cluster.
enum LoopBug: String, Sendable, CaseIterable {
    /// Deployment: new ReplicaSets are larger than the surge allows.
    case surgesTooFar
    /// Deployment: old ReplicaSets are emptied at once.
    case emptiesOldSets
    /// ReplicaSet: each pod is made twice.
    case createsTwice
    /// ReplicaSet: the wrong number goes.
    case deletesNothing
    /// StatefulSet: the next pod is not waited for.
    case startsNextAtOnce
    /// StatefulSet: the first goes, not the last.
    case deletesTheFirst
    /// Job: which indexes have succeeded is not kept.
    case forgetsIndexes
    /// Job: ended pods are not let go of.
    case keepsFinalizers
    /// Garbage collector: nothing goes.
    case leavesOrphans
    /// Node lifecycle: silent nodes are not tainted.
    case neverTaints
    /// Taint eviction: pods stay.
    case neverEvicts
    /// Disruption budgets: whatever is asked for is allowed.
    case allowsEveryEviction
    /// EndpointSlices: nobody is behind a Service.
    case listsNobody
    /// Leadership: who leads no more goes on.
    case outlivesItsTerm

    func client(_ api: any ClusterAPI, of user: String) -> any ClusterAPI {
        BuggyClient(api: api, user: user, bug: self)
    }
}

/// A loop's client that does what the bug would.
private struct BuggyClient: ClusterAPI {
    let api: any ClusterAPI
    let user: String
    let bug: LoopBug

    private func isOf(_ loop: String, _ bug: LoopBug) -> Bool { self.bug == bug && user.hasSuffix(loop) }

    func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON { try await api.get(resource, key) }
    func get(_ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName) async throws -> JSON {
        try await api.get(resource, key, subresource: subresource)
    }
    func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        try await api.list(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
    }
    func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        try await api.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, from: revision)
    }

    func create(_ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?) async throws
        -> JSON
    {
        var object = object
        let isPod = resource == Pod.resource && subresource == nil
        if isOf("deployment-controller", .surgesTooFar), resource == ReplicaSet.resource { grow(&object) }
        if isOf("endpointslice-controller", .listsNobody), resource == EndpointSlice.resource {
            object["endpoints"] = .array
        }
        let answer = try await api.create(resource, object, name: name, subresource: subresource)
        if isPod, isOf("replicaset-controller", .createsTwice) {
            _ = try await api.create(resource, object, name: name, subresource: subresource)
        }
        if isPod, isOf("statefulset-controller", .startsNextAtOnce) {
            let ordinal = Int(object.key.name.split(separator: "-").last ?? "") ?? 0
            object["metadata", "name"] = JSON("\(object.key.name.dropLast(String(ordinal).count))\(ordinal + 1)")
            _ = try? await api.create(resource, object, name: name, subresource: subresource)
        }
        return answer
    }

    func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON {
        var object = object
        if resource == ReplicaSet.resource, subresource == nil {
            if isOf("deployment-controller", .surgesTooFar) { grow(&object) }
            if isOf("deployment-controller", .emptiesOldSets),
                let now = try await api.get(resource, object.key)["spec", "replicas"]?.int,
                let new = object["spec", "replicas"]?.int, new < now
            {
                object["spec", "replicas"] = 0
            }
        }
        if isOf("disruption-controller", .allowsEveryEviction) { object["status", "disruptionsAllowed"] = 5 }
        if isOf("job-controller", .forgetsIndexes), object["status", "completedIndexes"] != nil {
            object["status"]?["completedIndexes"] = Optional.none
        }
        if isOf("endpointslice-controller", .listsNobody), resource == EndpointSlice.resource {
            object["endpoints"] = .array
        }
        return try await api.update(resource, object, subresource: subresource)
    }

    func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON {
        let isLost =
            isOf("job-controller", .keepsFinalizers) && resource == Pod.resource
            || isOf("node-controller", .neverTaints) && resource == Node.resource && patch["spec", "taints"] != nil
        if isLost { return try await api.get(resource, key) }
        return try await api.patch(resource, key, kind, patch, subresource: subresource)
    }

    func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        let isLost =
            isOf("generic-garbage-collector", .leavesOrphans)
            || isOf("node-controller", .neverEvicts) && resource == Pod.resource
            || isOf("replicaset-controller", .deletesNothing) && resource == Pod.resource
        if isLost { return }
        if isOf("statefulset-controller", .deletesTheFirst), let dash = key.name.lastIndex(of: "-") {
            let first = ObjectKey(namespace: key.namespace, name: "\(key.name[..<dash])-0")
            return try await api.delete(resource, first, DeletionOptions())
        }
        try await api.delete(resource, key, options)
    }

    private func grow(_ set: inout JSON) {
        guard let replicas = set["spec", "replicas"]?.int, replicas > 0 else { return }
        set["spec", "replicas"] = JSON(replicas + 6)
    }
}
