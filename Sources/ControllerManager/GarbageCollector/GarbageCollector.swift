import APIMachinery
import ControlLoops
import KubeAPI

/// Deletes what nobody owns any more, and carries out foreground and orphaning deletions. It looks at every kind, so its
/// keys are objects of any resource; what it changes is decided by `GarbageJudge`, from the facts gathered here.
struct GarbageCollector: ControlLoop {
    static let concurrency = 20
    static let account = "generic-garbage-collector"
    /// Anything may own and be owned.
    static let identity = LoopIdentity.controller(
        account, follows: [Permission.everything],
        calls: [Verb.delete, .patch].map { Permission($0, Permission.everything) })
    /// As kube-controller-manager's collector calls itself in events.
    static let component = "garbage-collector-controller"
    let name = GarbageCollector.account
    private let context: LoopContext
    private let graph: OwnerGraph
    private let controller: Controller<ObjectIdentity>
    var counts: WorkQueueCounts? { controller.queue.counts }

    init(_ context: LoopContext) {
        self.context = context.acting(as: Self.identity)
        graph = OwnerGraph(context.world, context.kinds.current)
        controller = Controller(name, self.context, concurrency: Self.concurrency) { [graph] in Set(graph.resources) }
    }

    func run() async throws {
        try await context.world.waitUntilSynced(graph.resources)
        let observer = KindObserver(context, including: OwnerGraph.includes, began: graph.follow) {
            [graph, queue = controller.queue] change, resource in
            queue.add(Self.concerned(change, resource, graph), revision: change.revision)
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await observer.run() }
            await controller.run(component: Self.component) { try await changes(for: $0) }
            group.cancelAll()
        }
    }

    /// Which objects a change concerns. Each is looked at when something changed that its verdict depends on, and only
    /// then: a look puts no key into the queue.
    static func concerned(
        _ change: ObjectCache.Change, _ resource: GroupResource, _ graph: OwnerGraph
    ) -> [ObjectIdentity] {
        let identity = ObjectIdentity(resource: resource, key: change.key)
        let former = change.old?.ownerReferences ?? []
        guard let new = change.new else {
            guard let old = change.old else { return [] }
            return former.compactMap { graph.owner($0, of: change.key) }
                + graph.dependents(of: old.uid, in: change.key.namespace).map(\.identity)
        }
        var concerned: [ObjectIdentity] = []
        if new.isWaitingForDependents, change.old?.isWaitingForDependents != true {
            concerned += [identity] + graph.dependents(of: new.uid, in: change.key.namespace).map(\.identity)
        }
        if new.isOrphaningDependents, change.old?.isOrphaningDependents != true { concerned.append(identity) }
        if former != new.ownerReferences {
            // A former owner may have been waiting for this one.
            concerned += [identity] + former.compactMap { graph.owner($0, of: change.key) }
        }
        return concerned
    }

    private func changes(for identity: ObjectIdentity) async throws -> [Change] {
        guard let object = graph.object(identity) else { return [] }
        if object.isOrphaningDependents { return orphanDependents(of: identity, object) }
        if object.isWaitingForDependents { return finish(identity, object) }
        if object.isBeingDeleted || object.ownerReferences.isEmpty { return [] }
        var standings: [String: OwnerStanding] = [:]
        for reference in object.ownerReferences {
            standings[reference["uid"]?.string ?? ""] = try await standing(reference, of: identity.key)
        }
        let notes: [Change] = object.ownerReferences.filter { standings[$0["uid"]?.string ?? ""] != .waiting }
            .compactMap { graph.elsewhere($0, of: identity.key) == nil ? nil : invalid($0, of: object) }
        let hasDependents = !graph.dependents(of: object.uid, in: identity.key.namespace).isEmpty
        switch GarbageJudge.verdict(on: object, standings, hasDependents: hasDependents) {
        case .keep: return notes
        case .dropReferences(let owners):
            return notes + [.patch(identity, GarbageJudge.references(of: object, without: owners))]
        case .delete(let policy):
            let options = DeletionOptions(
                uid: object.uid, resourceVersion: String(object.revision), propagation: policy)
            return notes + [.delete(identity.resource, identity.key, options)]
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
        return owner.isWaitingForDependents ? .waiting : .solid
    }

    /// Foreground: the dependents that block go first, then the finalizer; the others go beside it. Where all that block
    /// wait themselves, they may be waiting for this one.
    private func finish(_ identity: ObjectIdentity, _ object: JSON) -> [Change] {
        let blocking = graph.blockingDependents(of: object)
        if blocking.isEmpty {
            return [.patch(identity, GarbageJudge.finalizers(of: object, without: JSON.foregroundFinalizer))]
        }
        guard blocking.allSatisfy(\.object.isWaitingForDependents) else { return [] }
        let circle = graph.ownersInCircle(with: object)
        return circle.isEmpty ? [] : [.patch(identity, GarbageJudge.references(of: object, notBlocking: circle))]
    }

    private func orphanDependents(of identity: ObjectIdentity, _ object: JSON) -> [Change] {
        let releases: [Change] = graph.dependents(of: object.uid, in: identity.key.namespace).map { dependent in
            .patch(dependent.identity, GarbageJudge.references(of: dependent.object, without: [object.uid]))
        }
        return [
            .batch(Batch(releases)),
            .patch(identity, GarbageJudge.finalizers(of: object, without: JSON.orphanFinalizer)),
        ]
    }

    private func invalid(_ reference: JSON, of object: JSON) -> Change {
        let key = object.key
        let owner =
            "[\(reference["apiVersion"]?.string ?? "")/\(reference["kind"]?.string ?? ""), namespace: \(key.namespace), "
            + "name: \(reference["name"]?.string ?? ""), uid: \(reference["uid"]?.string ?? "")]"
        let sentence = "ownerRef \(owner) does not exist in namespace \"\(key.namespace)\""
        return .note(EventNote(regarding: object.reference, .warning, "OwnerRefInvalidNamespace", sentence))
    }
}

extension Change {
    fileprivate static func patch(_ identity: ObjectIdentity, _ patch: JSON) -> Change {
        .patch(identity.resource, identity.key, .merge, patch)
    }
}
