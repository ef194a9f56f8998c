import APIMachinery
import KubeAPI

/// The judgement of one loop: compares what is wanted of a key with what is there, and says what to change. It is not
/// told what happened, does nothing itself, and reads nothing but the world (and the clock it was made with).
public protocol Reconciler: Sendable {
    /// As in metrics, such as "replicaset-controller".
    static var name: String { get }
    /// From whom its events come; its name unless it says otherwise.
    static var component: String { get }
    /// What it reads, and which keys to look at when one of these changes.
    static var reads: [Interest] { get }
    /// All that its changes do, but for events.
    static var writes: [Permission] { get }
    /// The service account of kube-system under which Kubernetes runs it; its name unless it says otherwise.
    static var account: String { get }
    /// What it reads of kinds that come and go; nil for a reconciler of certain kinds alone.
    static var readsOfKinds: KindInterest? { get }
    func reconcile(_ key: ObjectKey) -> [Change]
}

extension Reconciler {
    public static var readsOfKinds: KindInterest? { nil }
    public static var component: String { name }
    public static var account: String { name }
    /// The user that it is, who may do what it declares.
    public static var identity: LoopIdentity {
        .controller(
            account, follows: reads.map(\.resource) + (readsOfKinds == nil ? [] : [Permission.everything]),
            calls: writes)
    }
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
