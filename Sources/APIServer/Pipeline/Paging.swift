import APIMachinery
import Basics
import EtcdStore
import KeyValueCore
import Synchronization

/// A resource's objects as of one revision.
struct Snapshot: Sendable {
    var tree: ObjectTree
    var revision: Int64
}

/// Where a list in pages goes on: the revision of its first page and the last key it gave. Opaque to clients; any server
/// of the store can read it.
struct ContinueToken: Sendable, Equatable {
    var revision: Int64
    var after: String

    init(revision: Int64, after: String) {
        self.revision = revision
        self.after = after
    }

    /// Throws 400 for what we did not make.
    init(_ text: String) throws {
        guard let bytes = Base64URL.decode(text) else {
            throw StatusError.badRequest("invalid continue token: continue key is not valid: illegal base64 data")
        }
        guard let json = try? JSON(parsing: bytes) else {
            throw StatusError.badRequest("invalid continue token: continue key is not valid: not the JSON of a token")
        }
        guard json["v"]?.string == "meta.k8s.io/v1" else {
            throw StatusError.badRequest(
                "invalid continue token: continue key is not valid: server does not recognize this encoded version "
                    + "\"\(json["v"]?.string ?? "")\"")
        }
        guard let revision = json["rv"]?.int, revision > 0, let start = json["start"]?.string, !start.isEmpty else {
            throw StatusError.badRequest(
                "invalid continue token: continue key is not valid: encoded start key or resourceVersion is missing")
        }
        self.revision = Int64(revision)
        after = start
    }

    var text: String {
        let json: JSON = ["v": "meta.k8s.io/v1", "rv": JSON(revision), "start": JSON(after)]
        return Base64URL.encode(json.bytes)
    }
}

/// The snapshots that lists in pages are reading, so that all pages are of one revision. Few are kept; what is not kept is
/// read from the store's history, until that is compacted.
final class Pages: Sendable {
    static let snapshotLimit = 16

    private struct Kept {
        var resource: GroupResource
        var snapshot: Snapshot
    }
    private let kept = Mutex<[Kept]>([])

    func keep(_ snapshot: Snapshot, _ resource: GroupResource) {
        kept.withLock { kept in
            kept.removeAll { $0.resource == resource && $0.snapshot.revision == snapshot.revision }
            kept.append(Kept(resource: resource, snapshot: snapshot))
            if kept.count > Self.snapshotLimit { kept.removeFirst() }
        }
    }

    /// The objects as of the token's revision; throws 410 when that is compacted.
    func source(_ token: ContinueToken, _ resource: GroupResource, _ storage: Storage) async throws -> Snapshot {
        let present = kept.withLock { kept in
            kept.first { $0.resource == resource && $0.snapshot.revision == token.revision }?.snapshot
        }
        if let present { return present }
        let prefix = StoredForm.prefix(resource)
        let response: RangeResponse
        do {
            response = try await storage.store.range(
                RangeRequest(.prefix(Array(prefix.utf8)), revision: token.revision))
        } catch KeyValueError.futureRevision(let current) {
            throw StatusError(
                code: 504, reason: .timeout,
                message: "Timeout: Too large resource version: \(token.revision), current: \(current)",
                retryAfterSeconds: 1)
        } catch {
            throw Storage.statusError(error)
        }
        var tree = ObjectTree()
        for keyValue in response.keyValues {
            let key = String(decoding: keyValue.key[prefix.utf8.count...], as: UTF8.self)
            if let object = StoredObject(key: key, stored: keyValue.value, revision: keyValue.modRevision) {
                tree.insert(object)
            }
        }
        let snapshot = Snapshot(tree: tree, revision: token.revision)
        keep(snapshot, resource)
        return snapshot
    }
}
