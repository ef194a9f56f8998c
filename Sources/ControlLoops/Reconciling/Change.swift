import APIMachinery
import KubeAPI

/// One thing that a reconciler wants done. Changes are carried out in order; the first that fails ends the run, and the
/// key comes again after its back-off.
public enum Change: Sendable {
    case create(GroupResource, JSON)
    /// Replaces, on condition of the object's resourceVersion.
    case update(GroupResource, JSON, subresource: SubresourceName? = nil)
    case patch(GroupResource, ObjectKey, PatchKind, JSON, subresource: SubresourceName? = nil)
    /// Already gone counts as done.
    case delete(GroupResource, ObjectKey, DeletionOptions)
    /// Creates a subresource of an object, such as a pod's "binding" or "eviction".
    case post(GroupResource, ObjectKey, JSON, subresource: SubresourceName)
    case batch(Batch)
    /// Records an event.
    case note(EventNote)
    /// Look at the key again then, whatever happens until.
    case again(after: Duration)
    /// Something outside the cluster, such as making a directory; it must be repeatable.
    case perform(String, @Sendable () async throws -> Void)

    public static func create(_ object: some Kind) -> Change { .create(type(of: object).resource, object.json) }
    public static func update(_ object: some Kind) -> Change { .update(type(of: object).resource, object.json) }
    public static func updateStatus(_ object: some Kind) -> Change {
        .update(type(of: object).resource, object.json, subresource: .status)
    }
    /// A merge patch (RFC 7386).
    public static func patch<T: Kind>(_ object: T, _ patch: JSON, subresource: SubresourceName? = nil) -> Change {
        .patch(T.resource, object.key, .merge, patch, subresource: subresource)
    }
    /// Deletes this very object (by uid).
    public static func delete<T: Kind>(
        _ object: T, gracePeriodSeconds: Int? = nil, propagation: PropagationPolicy? = nil
    ) -> Change {
        .delete(
            T.resource, object.key,
            DeletionOptions(uid: object.uid, gracePeriodSeconds: gracePeriodSeconds, propagation: propagation))
    }
}

/// Like changes that are independent of each other, carried out 1, 2, 4, 8 … at a time, so that what cannot work is not
/// tried a thousand times.
public struct Batch: Sendable {
    public var changes: [Change]
    /// The event for each change that worked, from the object that came of it (null for a deletion).
    public var succeeded: @Sendable (Change, JSON) -> EventNote?
    /// What to do about the first failure; then the key comes again.
    public var failed: @Sendable (StatusError) -> [Change]
    public init(
        _ changes: [Change], succeeded: @escaping @Sendable (Change, JSON) -> EventNote? = { _, _ in nil },
        failed: @escaping @Sendable (StatusError) -> [Change] = { _ in [] }
    ) {
        self.changes = changes
        self.succeeded = succeeded
        self.failed = failed
    }
}

extension Change: CustomStringConvertible {
    /// One line for people and scenarios: "create pods default/web-", "update deployments.apps/status default/web".
    public var description: String {
        switch self {
        case .create(let resource, let object):
            "create \(resource) \(object.key)\(object["metadata"]?["generateName"]?.string ?? "")"
        case .update(let resource, let object, let subresource):
            "update \(resource)\(subresource.map { "/\($0)" } ?? "") \(object.key)"
        case .patch(let resource, let key, _, let patch, let subresource):
            "patch \(resource)\(subresource.map { "/\($0)" } ?? "") \(key) \(patch.text)"
        case .delete(let resource, let key, let options):
            "delete \(resource) \(key)\(options.propagation.map { " \($0.rawValue)" } ?? "")"
        case .post(let resource, let key, _, let subresource): "create \(resource)/\(subresource) \(key)"
        case .batch(let batch): batch.changes.map(\.description).joined(separator: "\n")
        case .note(let note): "event \(note.type.rawValue) \(note.reason) \(note.message)"
        case .again(let delay): "again after \(delay)"
        case .perform(let name, _): "perform \(name)"
        }
    }
}
