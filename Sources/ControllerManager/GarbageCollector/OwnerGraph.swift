import APIMachinery
import ControlLoops
import KubeAPI
import Synchronization

/// An object of any kind.
struct ObjectIdentity: Hashable, Sendable {
    var resource: GroupResource
    var key: ObjectKey
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
        resource.verbs.contains("delete") && resource.verbs.contains("watch") && !resource.isEvents
    }
    var resources: [GroupResource] { kinds.withLock { $0.resources } }
    private var registry: ResourceRegistry { kinds.withLock { $0.registry } }

    /// These are the kinds from now on.
    func follow(_ registry: ResourceRegistry) {
        let resources = registry.resources.filter(Self.includes).map(\.groupResource)
        kinds.withLock { $0 = Kinds(registry: registry, resources: resources) }
        for resource in resources {
            world.cache(resource).addIndex(Self.index) { object in
                (object["metadata"]?["ownerReferences"]?.elements ?? []).compactMap { $0["uid"]?.string }
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

    /// Where an owner is to be found; nil if its kind is not known, or if it lives in a namespace and the dependent does
    /// not: then nothing can be said of it.
    func owner(_ reference: JSON, of dependent: ObjectKey) -> ObjectIdentity? {
        let kind = GroupVersionKind(
            apiVersion: reference["apiVersion"]?.string ?? "", kind: reference["kind"]?.string ?? "")
        let resource =
            registry.resource(kind)
            ?? registry.resources.first {
                $0.groupVersionKind.group == kind.group && $0.groupVersionKind.kind == kind.kind
            }
        guard let resource, let name = reference["name"]?.string else { return nil }
        if resource.isNamespaced, dependent.namespace.isEmpty { return nil }
        return ObjectIdentity(
            resource: resource.groupResource,
            key: ObjectKey(namespace: resource.isNamespaced ? dependent.namespace : "", name: name))
    }
}

extension JSON {
    var isBeingDeleted: Bool { self["metadata"]?["deletionTimestamp"] != nil }
    func hasFinalizer(_ name: String) -> Bool {
        self["metadata"]?["finalizers"]?.elements.contains { $0.string == name } ?? false
    }
    var ownerReferences: [JSON] { self["metadata"]?["ownerReferences"]?.elements ?? [] }
}
