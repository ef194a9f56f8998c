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
    /// Stands for whatever revision is the newest: of a list whose own revision is gone.
    static let latest: Int64 = -1

    var revision: Int64
    var after: String

    init(revision: Int64, after: String) {
        self.revision = revision
        self.after = after
    }

    /// Throws 400 for what we did not make.
    init(_ text: String) throws {
        guard let bytes = Base64URL.decode(text) else { throw Self.invalid(": illegal base64 data") }
        guard let json = try? JSON(parsing: bytes) else {
            throw Self.invalid(": not the JSON of a token")
        }
        let version = json["v"]?.string ?? ""
        guard version == "meta.k8s.io/v1" else {
            throw Self.invalid(": server does not recognize this encoded version \(version)")
        }
        guard let revision = json["rv"]?.int, revision != 0 else {
            throw Self.invalid(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
        }
        guard let start = json["start"]?.string, !start.isEmpty else {
            throw Self.invalid(": encoded start key empty (version meta.k8s.io/v1)")
        }
        let parts = (start.hasPrefix("/") ? start.dropFirst() : start[...])
            .split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw Self.invalid(": \(start)")
        }
        self.revision = revision < 0 ? Self.latest : Int64(revision)
        after = start
    }

    private static func invalid(_ why: String) -> StatusError {
        .badRequest("invalid continue token: continue key is not valid\(why)")
    }

    var text: String {
        let json: JSON = ["v": "meta.k8s.io/v1", "rv": JSON(revision), "start": JSON(after)]
        return Base64URL.encode(json.bytes)
    }

    /// 410 for a revision that is gone, with a token for the rest as it is now.
    var expired: StatusError {
        var error = StatusError(
            code: 410, reason: .expired,
            message:
                "The provided continue parameter is too old to display a consistent list result. You can start a "
                + "new list without the continue parameter, or use the continue token in this response to retrieve the "
                + "remainder of the results. Continuing with the provided token results in an inconsistent list - "
                + "objects that were created, modified, or deleted between the time the first chunk was returned and "
                + "now may show up in the list.")
        error.continueToken = ContinueToken(revision: Self.latest, after: after).text
        return error
    }
}

/// The snapshots that lists in pages are reading, so that all pages are of one revision. Few are kept, and not for long;
/// what is not kept is read from the store's history, until that is compacted.
final class Pages: Sendable {
    static let snapshotLimit = 16
    /// A list may be read in pages for so long, as where etcd is compacted every five minutes; then its rest is only to be
    /// had inconsistent, and its snapshot is let go.
    static let ageNanoseconds: Int64 = 300 * 1_000_000_000
    /// Moments of which the revision is remembered lie so far apart.
    static let markNanoseconds: Int64 = ageNanoseconds / 16

    private struct Kept {
        var resource: GroupResource
        var snapshot: Snapshot
    }
    private struct State {
        var kept: [Kept] = []
        /// The newest revisions that lists had at some moments, oldest first.
        var marks: [(uptime: Int64, revision: Int64)] = []
        /// Revisions before this one are too old for lists in pages.
        var horizon: Int64 = 0
    }
    private let state = Mutex(State())
    private let uptime: @Sendable () -> Int64

    init(uptime: @escaping @Sendable () -> Int64) { self.uptime = uptime }

    func keep(_ snapshot: Snapshot, _ resource: GroupResource) {
        state.withLock { state in
            state.kept.removeAll { $0.resource == resource && $0.snapshot.revision == snapshot.revision }
            state.kept.append(Kept(resource: resource, snapshot: snapshot))
            if state.kept.count > Self.snapshotLimit { state.kept.removeFirst() }
        }
    }

    /// Tells that `revision` is the newest now; from this follows which are too old.
    func note(_ revision: Int64) {
        let now = uptime()
        state.withLock { state in
            if let last = state.marks.last, now - last.uptime < Self.markNanoseconds { return }
            state.marks.append((now, revision))
            while let first = state.marks.first, now - first.uptime >= Self.ageNanoseconds {
                state.horizon = max(state.horizon, first.revision)
                state.marks.removeFirst()
            }
            state.kept.removeAll { $0.snapshot.revision < state.horizon }
        }
    }

    /// The objects as of the token's revision; throws 410 when that is compacted or too old.
    func source(_ token: ContinueToken, _ resource: GroupResource, _ storage: Storage) async throws
        -> Snapshot
    {
        let (present, isTooOld) = state.withLock { state in
            let kept = state.kept.first {
                $0.resource == resource && $0.snapshot.revision == token.revision
            }
            return (kept?.snapshot, token.revision < state.horizon)
        }
        if isTooOld { throw token.expired }
        if let present { return present }
        return try await history(token.revision, resource, storage, orElse: token.expired)
    }

    /// The objects as of a revision that a client names; throws 410 when that is compacted.
    func exact(_ revision: Int64, _ resource: GroupResource, _ storage: Storage) async throws
        -> Snapshot
    {
        let present = state.withLock { state in
            state.kept.first { $0.resource == resource && $0.snapshot.revision == revision }?.snapshot
        }
        if let present { return present }
        return try await history(
            revision, resource, storage,
            orElse: StatusError(
                code: 410, reason: .expired,
                message: "The resourceVersion for the provided list is too old."))
    }

    private func history(
        _ revision: Int64, _ resource: GroupResource, _ storage: Storage, orElse expired: StatusError
    ) async throws -> Snapshot {
        let prefix = StoredForm.prefix(resource)
        let response: RangeResponse
        do {
            response = try await storage.store.range(
                RangeRequest(.prefix(Array(prefix.utf8)), revision: revision))
        } catch KeyValueError.compacted {
            throw expired
        } catch KeyValueError.futureRevision(let current) {
            throw StatusError(
                code: 504, reason: .timeout,
                message: "Timeout: Too large resource version: \(revision), current: \(current)",
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
        let snapshot = Snapshot(tree: tree, revision: revision)
        keep(snapshot, resource)
        return snapshot
    }
}
