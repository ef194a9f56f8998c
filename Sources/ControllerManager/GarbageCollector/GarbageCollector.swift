import APIMachinery
import ControlLoops
import KubeAPI
import Logging

/// Deletes what nobody owns any more, and carries out foreground and orphaning deletions. It looks at every kind, so it
/// is a loop of its own: its keys are objects of any resource.
struct GarbageCollector: ControlLoop {
    static let concurrency = 20
    let name = "generic-garbage-collector"
    private let context: LoopContext
    private let graph: OwnerGraph

    init(_ context: LoopContext) {
        self.context = context
        graph = OwnerGraph(context.world, context.kinds.current)
    }

    func run() async throws {
        try await context.world.waitUntilSynced(graph.resources)
        let queue = KeyQueue<ObjectIdentity>(concurrency: Self.concurrency, clock: context.clock)
        let observer = KindObserver(context, including: OwnerGraph.includes, began: graph.follow) {
            [graph] change, resource in
            queue.add(Self.concerned(change, resource, graph))
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await observer.run() }
            await queue.run { identity in
                do {
                    try await look(at: identity, queue)
                    return .done
                } catch {
                    context.logger.debug(
                        "Collecting an object failed and comes again",
                        metadata: ["object": "\(identity.resource) \(identity.key)", "error": "\(error)"])
                    return .failed
                }
            }
            group.cancelAll()
        }
    }

    /// Which objects a change concerns: itself if its owners or finalizers matter, its dependents and owners when it goes.
    static func concerned(
        _ change: ObjectCache.Change, _ resource: GroupResource, _ graph: OwnerGraph
    ) -> [ObjectIdentity] {
        let identity = ObjectIdentity(resource: resource, key: change.key)
        guard let new = change.new else {
            guard let old = change.old else { return [] }
            let owners = old.ownerReferences.compactMap { graph.owner($0, of: change.key) }
            return owners + graph.dependents(of: old.uid, in: change.key.namespace).map(\.identity)
        }
        let isLeaving = new.isBeingDeleted && (new.hasFinalizer("foregroundDeletion") || new.hasFinalizer("orphan"))
        if isLeaving { return [identity] }
        if new.ownerReferences.isEmpty, change.old?.ownerReferences.isEmpty ?? true { return [] }
        if let old = change.old, old.ownerReferences == new.ownerReferences { return [] }
        // An owner that waits may have been waiting for this one.
        let former = change.old?.ownerReferences.compactMap { graph.owner($0, of: change.key) } ?? []
        return [identity] + former
    }

    private func look(at identity: ObjectIdentity, _ queue: KeyQueue<ObjectIdentity>) async throws {
        guard let object = graph.object(identity) else { return }
        if object.isBeingDeleted {
            if object.hasFinalizer("orphan") { return try await orphanDependents(of: identity, object) }
            if object.hasFinalizer("foregroundDeletion") { return try await finish(identity, object, queue) }
            return
        }
        var standings: [String: OwnerStanding] = [:]
        for reference in object.ownerReferences {
            standings[reference["uid"]?.string ?? ""] = try await standing(reference, of: identity.key)
        }
        let hasDependents = !graph.dependents(of: object.uid, in: identity.key.namespace).isEmpty
        switch GarbageJudge.verdict(on: object, standings, hasDependents: hasDependents) {
        case .keep: return
        case .dropReferences(let owners):
            try await patch(identity, object, GarbageJudge.references(of: object, without: owners))
        case .delete(let policy):
            try await ignoringAbsence {
                try await context.api.delete(
                    identity.resource, identity.key,
                    DeletionOptions(uid: object.uid, resourceVersion: String(object.revision), propagation: policy))
            }
            try await waitUntilSeen(identity, object)
        }
    }

    /// What the cache does not have is asked of the server: the cache of another kind may be behind.
    private func standing(_ reference: JSON, of dependent: ObjectKey) async throws -> OwnerStanding {
        guard let identity = graph.owner(reference, of: dependent) else { return .solid }
        let uid = reference["uid"]?.string ?? ""
        var owner = graph.object(identity)
        if owner?.uid != uid {
            do {
                owner = try await context.api.get(identity.resource, identity.key)
            } catch let error as StatusError where error.code == 404 {
                owner = nil
            }
        }
        guard let owner, owner.uid == uid else { return .absent }
        return owner.isBeingDeleted && owner.hasFinalizer("foregroundDeletion") ? .waiting : .solid
    }

    /// Foreground: the dependents that block go first, then the finalizer; the others follow when the owner is gone.
    private func finish(_ identity: ObjectIdentity, _ object: JSON, _ queue: KeyQueue<ObjectIdentity>) async throws {
        let dependents = graph.dependents(of: object.uid, in: identity.key.namespace)
        let blocking = dependents.filter { item in
            item.object.ownerReferences.contains {
                $0["uid"]?.string == object.uid && $0["blockOwnerDeletion"]?.bool == true
            }
        }
        queue.add(dependents.map(\.identity))
        if blocking.isEmpty {
            try await patch(identity, object, GarbageJudge.finalizers(of: object, without: "foregroundDeletion"))
        }
    }

    private func orphanDependents(of identity: ObjectIdentity, _ object: JSON) async throws {
        for (dependent, value) in graph.dependents(of: object.uid, in: identity.key.namespace) {
            try await patch(dependent, value, GarbageJudge.references(of: value, without: [object.uid]))
        }
        try await patch(identity, object, GarbageJudge.finalizers(of: object, without: "orphan"))
    }

    private func patch(_ identity: ObjectIdentity, _ object: JSON, _ patch: JSON) async throws {
        try await ignoringAbsence {
            _ = try await context.api.patch(identity.resource, identity.key, .merge, patch, subresource: nil)
        }
        try await waitUntilSeen(identity, object)
    }
    private func ignoringAbsence(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as StatusError where error.code == 404 {}
    }
    private func waitUntilSeen(_ identity: ObjectIdentity, _ object: JSON) async throws {
        let revision = object.revision
        try await context.world.cache(identity.resource).wait(until: identity.key) { $0?.revision != revision }
    }
}
