import APIMachinery
import ControlLoops
import KubeAPI
import Synchronization

/// An object of any kind.
struct ObjectIdentity: Hashable, Sendable, CustomStringConvertible {
    var resource: GroupResource
    var key: ObjectKey
    var description: String { "\(resource) \(key)" }
}

/// Who owns whom, as the caches have it: references go by uid.
final class OwnerGraph: Sendable {
    private static let index = "owners"
    private struct Kinds {
        var registry: ResourceRegistry
        var resources: [GroupResource] = []
    }
    private let kinds: Mutex<Kinds>
    private let world: World

    init(_ world: World, _ registry: ResourceRegistry) {
        self.world = world
        kinds = Mutex(Kinds(registry: registry))
        follow(registry)
    }

    /// The kinds that may own or be owned. Events belong to nobody and go by themselves.
    static func includes(_ resource: Resource) -> Bool {
        resource.verbs.contains(.delete) && resource.verbs.contains(.watch) && !resource.isEvents
    }
    var resources: [GroupResource] { kinds.withLock { $0.resources } }
    private var registry: ResourceRegistry { kinds.withLock { $0.registry } }

    /// These are the kinds from now on.
    func follow(_ registry: ResourceRegistry) {
        let resources = registry.resources.filter(Self.includes).map(\.groupResource)
        kinds.withLock { $0 = Kinds(registry: registry, resources: resources) }
        for resource in resources {
            world.cache(resource).addIndex(Self.index) { object in
                object.ownerReferences.compactMap { $0["uid"]?.string }
            }
        }
    }

    func object(_ identity: ObjectIdentity) -> JSON? { world.cache(identity.resource).get(identity.key) }

    /// Everything that names this uid as an owner, in the owner's namespace (anywhere, for an owner of the cluster).
    func dependents(of uid: String, in namespace: String) -> [(identity: ObjectIdentity, object: JSON)] {
        resources.flatMap { resource in
            world.cache(resource).indexed(Self.index, uid).compactMap { object in
                let key = object.key
                if !namespace.isEmpty, key.namespace != namespace { return nil }
                return (ObjectIdentity(resource: resource, key: key), object)
            }
        }
    }

    /// The dependents without which an owner that is deleted in the foreground must not go.
    func blockingDependents(of owner: JSON) -> [(identity: ObjectIdentity, object: JSON)] {
        let uid = owner.uid
        return dependents(of: uid, in: owner.key.namespace).filter { dependent in
            dependent.object.ownerReferences.contains { $0["uid"]?.string == uid && $0.blocksOwnerDeletion }
        }
    }

    /// The owners (uids) of a waiting object that wait for it, by way of other waiting objects or at once: none of them
    /// would ever go.
    func ownersInCircle(with object: JSON) -> Set<String> {
        let owners = Set(object.ownerReferences.filter(\.blocksOwnerDeletion).compactMap { $0["uid"]?.string })
        var reached: Set<String> = []
        var next = owners.isEmpty ? [] : [object]
        while let one = next.popLast() {
            for dependent in blockingDependents(of: one) where dependent.object.isWaitingForDependents {
                if reached.insert(dependent.object.uid).inserted { next.append(dependent.object) }
            }
        }
        return owners.intersection(reached)
    }

    /// Where an owner is to be found; nil if its kind is not known, or if it lives in a namespace and the dependent does
    /// not: then nothing can be said of it.
    func owner(_ reference: JSON, of dependent: ObjectKey) -> ObjectIdentity? {
        guard let resource = resource(of: reference), let name = reference["name"]?.string else { return nil }
        if resource.isNamespaced, dependent.namespace.isEmpty { return nil }
        return ObjectIdentity(
            resource: resource.groupResource,
            key: ObjectKey(namespace: resource.isNamespaced ? dependent.namespace : "", name: name))
    }

    /// The owner that a reference means but cannot name: it lives in another namespace than the dependent.
    func elsewhere(_ reference: JSON, of dependent: ObjectKey) -> ObjectIdentity? {
        guard let resource = resource(of: reference), resource.isNamespaced, let name = reference["name"]?.string,
            let uid = reference["uid"]?.string
        else { return nil }
        let cache = world.cache(resource.groupResource)
        return cache.namespaces.lazy.filter { $0 != dependent.namespace }
            .map { ObjectKey(namespace: $0, name: name) }
            .first { cache.get($0)?.uid == uid }
            .map { ObjectIdentity(resource: resource.groupResource, key: $0) }
    }

    private func resource(of reference: JSON) -> Resource? {
        let kind = GroupVersionKind(
            apiVersion: reference["apiVersion"]?.string ?? "", kind: reference["kind"]?.string ?? "")
        return registry.resource(kind)
            ?? registry.resources.first {
                $0.groupVersionKind.group == kind.group && $0.groupVersionKind.kind == kind.kind
            }
    }
}

extension JSON {
    /// Finalizers by which the server asks the garbage collector for a foreground or an orphaning deletion.
    static let foregroundFinalizer = "foregroundDeletion"
    static let orphanFinalizer = "orphan"

    /// It is being deleted in the foreground: its dependents go first.
    var isWaitingForDependents: Bool { isBeingDeleted && hasFinalizer(Self.foregroundFinalizer) }
    /// It is being deleted, and its dependents are to stay.
    var isOrphaningDependents: Bool { isBeingDeleted && hasFinalizer(Self.orphanFinalizer) }
    func hasFinalizer(_ name: String) -> Bool {
        self["metadata"]?["finalizers"]?.elements.contains { $0.string == name } ?? false
    }
    var ownerReferences: [JSON] { self["metadata"]?["ownerReferences"]?.elements ?? [] }
    /// Of an owner reference.
    var blocksOwnerDeletion: Bool { self["blockOwnerDeletion"]?.bool == true }
}
