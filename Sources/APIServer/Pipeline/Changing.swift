import APIMachinery
import KeyValueCore
import KubeAPI

/// Optimistic concurrency, in this one place: read, decide, write on condition that the object is the one that was read,
/// else decide again on what is there now.
extension ClusterServer {
    /// How often a change starts again because others were faster.
    static let changeAttempts = 256

    enum Decision: Sendable {
        /// What is there is what is wanted.
        case keep
        case put(JSON)
        /// Takes the object away; this is how it looked last.
        case remove(JSON)
    }

    struct Changed: Sendable {
        enum Kind: Sendable { case kept, written, removed }
        var kind: Kind
        var result: ObjectResult
        /// The store's revision of the change; of the object when it was kept; 0 for a dry run.
        var revision: Revision
    }

    /// Changes the stored object `name` as `decide` says; throws 404 when it is not there.
    func change(
        _ resource: Resource, key: String, name: String, isDryRun: Bool,
        _ decide: (StoredObject) async throws -> Decision
    ) async throws -> Changed {
        let form = ServedForm(resource)
        let storeKey = Storage.key(resource.groupResource, key)
        var found = try await current(resource, key)
        for _ in 0..<Self.changeAttempts {
            guard let stored = found else { throw StatusError.notFound(resource.groupResource, name) }
            let object = form.serve(stored)
            let outcome: Storage.Outcome
            switch try await decide(object) {
            case .keep:
                return Changed(kind: .kept, result: .stored(object), revision: object.revision)
            case .put(let json):
                if json == object.json, try await !storage.isStale(storeKey) {
                    return Changed(kind: .kept, result: .stored(object), revision: object.revision)
                }
                let storedForm = StoredForm.form(of: form.store(json))
                let bytes = storedForm.bytes
                try limits.checkSize(bytes.count)
                if isDryRun { return Changed(kind: .written, result: .value(json), revision: 0) }
                outcome = try await storage.replace(
                    storeKey, bytes, expecting: object.revision, lease: try await lease(for: resource))
                if case .written(let revision) = outcome {
                    guard let written = StoredObject(key: key, form: storedForm, revision: revision) else {
                        throw StatusError.internalError("the written object cannot be read")
                    }
                    cache.acknowledge(resource.groupResource, key, written, revision)
                    return Changed(kind: .written, result: .stored(form.serve(written)), revision: revision)
                }
            case .remove(let last):
                if isDryRun { return Changed(kind: .removed, result: .value(last), revision: 0) }
                outcome = try await storage.remove(storeKey, expecting: object.revision)
                if case .written(let revision) = outcome {
                    cache.acknowledge(resource.groupResource, key, nil, revision)
                    return Changed(kind: .removed, result: .value(last), revision: revision)
                }
            }
            guard case .refused(let keyValue) = outcome else { continue }
            found = keyValue.flatMap { StoredObject(key: key, stored: $0.value, revision: $0.modRevision) }
        }
        throw StatusError.conflict(resource.groupResource, name, Self.modified)
    }

    /// The object as new as every acknowledged write; nil when it is not there.
    func current(_ resource: Resource, _ key: String) async throws -> StoredObject? {
        try await cache.newest(resource.groupResource, key)
    }

    static let modified =
        "the object has been modified; please apply your changes to the latest version and try again"
}
