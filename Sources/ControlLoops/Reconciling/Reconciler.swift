import APIMachinery
import KubeAPI

/// The judgement of one loop: compares what is wanted of a key with what is there, and says what to change. It is not
/// told what happened, does nothing itself, and reads nothing but the world (and the clock it was made with).
public protocol Reconciler: Sendable {
    /// As in metrics and events, such as "replicaset-controller".
    static var name: String { get }
    /// What it reads, and which keys to look at when one of these changes.
    static var reads: [Interest] { get }
    static var writes: [Permission] { get }
    /// What it reads of kinds that come and go; nil for a reconciler of certain kinds alone.
    static var readsOfKinds: KindInterest? { get }
    func reconcile(_ key: ObjectKey) -> [Change]
}

extension Reconciler {
    public static var readsOfKinds: KindInterest? { nil }
}

/// A resource that a reconciler reads, and the keys that a change of one of its objects concerns.
public struct Interest: Sendable {
    public var resource: GroupResource
    public var keys: @Sendable (ObjectCache.Change, World) -> [ObjectKey]
    public init(_ resource: GroupResource, keys: @escaping @Sendable (ObjectCache.Change, World) -> [ObjectKey]) {
        self.resource = resource
        self.keys = keys
    }

    /// Every object's own key.
    public static func every<T: Kind>(_ type: T.Type) -> Interest {
        Interest(T.resource) { change, _ in [change.key] }
    }
    /// The key of the controller, of this kind, of each object.
    public static func owned<T: Kind, Owner: Kind>(_ type: T.Type, by owner: Owner.Type) -> Interest {
        Interest(T.resource) { change, _ in
            [change.old, change.new].compactMap { object in
                guard let reference = object?.controller, let name = reference["name"]?.string,
                    reference["kind"]?.string == Owner.groupVersionKind.kind,
                    GroupVersionKind(apiVersion: reference["apiVersion"]?.string ?? "", kind: "").group
                        == Owner.groupVersionKind.group
                else { return nil }
                return ObjectKey(namespace: change.key.namespace, name: name)
            }
        }
    }
    /// The keys that a function makes of each object, before and after the change.
    public static func mapped<T: Kind>(_ type: T.Type, _ keys: @escaping @Sendable (T, World) -> [ObjectKey])
        -> Interest
    {
        Interest(T.resource) { change, world in
            (change.old.map { keys(T($0), world) } ?? []) + (change.new.map { keys(T($0), world) } ?? [])
        }
    }
    /// Read, but a change wakes nobody.
    public static func only<T: Kind>(_ type: T.Type) -> Interest { Interest(T.resource) { _, _ in [] } }
}

/// One thing that a reconciler may do (a verb on a resource), from which its role is made.
public struct Permission: Sendable, Hashable {
    public var verb: String
    public var resource: GroupResource
    public var subresource: String?
    public init(_ verb: String, _ resource: GroupResource, subresource: String? = nil) {
        self.verb = verb
        self.resource = resource
        self.subresource = subresource
    }
    public static func create<T: Kind>(_ type: T.Type) -> Permission { Permission("create", T.resource) }
    public static func update<T: Kind>(_ type: T.Type) -> Permission { Permission("update", T.resource) }
    public static func patch<T: Kind>(_ type: T.Type) -> Permission { Permission("patch", T.resource) }
    public static func delete<T: Kind>(_ type: T.Type) -> Permission { Permission("delete", T.resource) }
    public static func status<T: Kind>(_ type: T.Type) -> Permission {
        Permission("update", T.resource, subresource: "status")
    }
}
