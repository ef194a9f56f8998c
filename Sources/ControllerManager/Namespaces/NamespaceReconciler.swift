import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Empties a namespace that is to go (pods first, then all the rest), and lets it go when nothing is left in it.
struct NamespaceReconciler: Reconciler {
    static let name = "namespace-controller"
    static let reads: [Interest] = [.every(Namespace.self), .only(Pod.self)]
    /// What changes in a namespace matters only while it is being emptied.
    static let readsOfKinds: KindInterest? = KindInterest(isContent) { change, _, world in
        let key = ObjectKey(name: change.key.namespace)
        return world.get(Namespace.self, key)?.isBeingDeleted == true ? [key] : []
    }
    /// Whatever there may be in a namespace goes with it.
    static let writes: [Permission] = [
        Permission(.list, Permission.everything), Permission(.delete, Permission.everything),
        .status(Namespace.self), Permission(.update, Namespace.resource, subresource: .finalize),
    ]
    /// Whether the kind lives in namespaces. Events are not held in memory and go last.
    private static func isContent(_ resource: Resource) -> Bool {
        resource.isNamespaced && resource.verbs.contains(.delete) && resource.verbs.contains(.watch)
            && !resource.isEvents && resource.isStoredVersion
    }
    private static let finalizer = "kubernetes"

    let world: World
    let clock: any TimeSource
    let api: any ClusterAPI
    private let kinds: ResourceDirectory

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
        api = context.acting(as: Self.identity).api
        kinds = context.kinds
    }

    /// Everything that lives in namespaces.
    private var contents: [GroupResource] { kinds.current.resources.filter(Self.isContent).map(\.groupResource) }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let namespace = world.get(Namespace.self, key), namespace.isBeingDeleted,
            (namespace.json["spec", "finalizers"]?.strings ?? []).contains(Self.finalizer)
        else { return [] }
        var remains = NamespaceRemains()
        for resource in contents { remains.add(resource, world.cache(resource).all(in: key.name)) }
        if remains.isEmpty {
            return [.perform("empty and finalize namespace \(key.name)", { try await finalize(namespace) })]
        }
        // Pods first, so that nothing they use vanishes under them.
        let pods = remains.objects.filter { $0.resource == Pod.resource }
        let next = (pods.isEmpty ? remains.objects : pods).filter { !$0.object.isBeingDeleted }
        let deletions: [Change] = next.map { item in
            .delete(
                item.resource, item.object.key, DeletionOptions(uid: item.object.uid, propagation: .background))
        }
        var changes: [Change] = deletions.isEmpty ? [] : [.batch(Batch(deletions))]
        if let report = remains.report(on: namespace, clock.now) { changes.append(report) }
        return changes
    }

    /// Deletes many objects, some at a time.
    private func delete(_ objects: [JSON], of resource: GroupResource) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, object) in objects.enumerated() {
                if number >= Self.deletionsAtOnce { try await group.next() }
                group.addTask {
                    do {
                        try await api.delete(
                            resource, object.key, DeletionOptions(uid: object.uid, propagation: .background))
                    } catch let error as StatusError where error.code == 404 {}
                }
            }
            try await group.waitForAll()
        }
    }
    private static let deletionsAtOnce = 64

    /// What is in memory is empty; the server is asked, since somebody may have been quicker.
    private func finalize(_ namespace: Namespace) async throws {
        var isEmpty = true
        for resource in contents + [Event.resource] {
            let list = try await api.list(resource, namespace: namespace.name, labelSelector: "", fieldSelector: "")
            isEmpty = isEmpty && (list.items.isEmpty || resource == Event.resource)
            try await delete(list.items, of: resource)
        }
        guard isEmpty else { throw StatusError.conflict(Namespace.resource, namespace.name, "something is left in it") }
        var new = namespace
        let others = (namespace.json["spec", "finalizers"]?.strings ?? []).filter { $0 != Self.finalizer }
        new.json["spec", "finalizers"] = JSON(others)
        do {
            _ = try await api.update(Namespace.resource, new.json, subresource: .finalize)
        } catch let error as StatusError where error.code == 404 {}
    }
}
