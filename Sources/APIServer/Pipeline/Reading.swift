import APIMachinery
import EtcdStore
import KeyValueCore
import KubeAPI

extension ClusterServer {
    /// GET of one object.
    func get(_ call: Call) async throws -> Outcome {
        let found: StoredObject?
        if call.query.text("resourceVersion").isEmpty {
            found = try await cache.newest(call.groupResource, call.key)
        } else {
            try await waitForVersion(call.query)
            found = cache.cache(call.groupResource)?.object(call.key)
        }
        guard let object = found else {
            throw StatusError.notFound(call.groupResource, call.name)
        }
        return .object(.stored(ServedForm(call.resource).serve(object)), created: false)
    }

    /// GET of a collection: the selected objects as of one revision, in pages if a limit is given.
    func list(_ call: Call) async throws -> Outcome {
        try ListRules.check(call.query, isWatch: false)
        let selection = try selection(call)
        let limit = max(0, try call.query.number("limit") ?? 0)
        let version = call.query.text("resourceVersion")
        if !version.isEmpty, Int64(version) ?? -1 < 0 {
            throw StatusError.badRequest("invalid resource version: \(ListRules.sentence(ofBad: version))")
        }
        var after = ""
        let source: Snapshot
        if let text = call.query["continue"], !text.isEmpty {
            let token = try ContinueToken(text)
            after = token.after
            if token.revision == ContinueToken.latest {
                try await cache.waitUntilFresh()
                source = try present(call.groupResource)
            } else {
                pages.note(cache.reached)
                source = try await pages.source(token, call.groupResource, storage)
            }
        } else if isExact(call.query, version, limit: limit), let revision = Int64(version) {
            try await cache.wait(for: revision)
            source = try await pages.exact(revision, call.groupResource, storage)
        } else {
            try await waitForVersion(call.query)
            source = try present(call.groupResource)
        }
        let result = Self.select(source, selection, after: after, limit: limit)
        if !result.continueToken.isEmpty {
            pages.note(cache.reached)
            pages.keep(source, call.groupResource)
        }
        return .list(result.served(call.resource))
    }

    /// The objects as the cache has them now.
    private func present(_ resource: GroupResource) throws -> Snapshot {
        guard let resourceCache = cache.cache(resource) else {
            throw StatusError.notFound(resource, "")
        }
        let (tree, revision) = resourceCache.snapshot(reached: cache.reached)
        return Snapshot(tree: tree, revision: revision)
    }

    /// Waits as the query's resourceVersion asks: absent: consistent; 0: not at all; else at least that version.
    private func waitForVersion(_ query: Query) async throws {
        let version = query.text("resourceVersion")
        if version.isEmpty { return try await cache.waitUntilFresh() }
        if version == "0" { return try await cache.wait(for: 0) }
        guard let revision = Int64(version), revision > 0 else { throw ListRules.badVersion(version) }
        try await cache.wait(for: revision)
    }

    private func isExact(_ query: Query, _ version: String, limit: Int) -> Bool {
        guard !version.isEmpty, version != "0" else { return false }
        let match = query.text("resourceVersionMatch")
        return match == "Exact" || (match.isEmpty && limit > 0)
    }

    func selection(_ call: Call) throws -> Selection {
        var fields = call.query.text("fieldSelector")
        if !call.name.isEmpty, call.attributes.verb != .deleteCollection {
            fields = "metadata.name=\(call.name)" + (fields.isEmpty ? "" : ",\(fields)")
        }
        return try Selection(
            call.resource, namespace: call.namespace, labelSelector: call.query.text("labelSelector"),
            fieldSelector: fields)
    }

    private static func select(
        _ source: Snapshot, _ selection: Selection, after: String, limit: Int
    ) -> ListResult {
        let tree = source.tree
        let revision = source.revision
        var items: [StoredObject] = []
        var last = ""
        var more = false
        // A client may ask for any number.
        items.reserveCapacity(limit > 0 ? min(limit, tree.count) : selection.prefix.isEmpty ? tree.count : 0)
        tree.forEach(prefix: selection.prefix, after: after) { object in
            guard selection.matches(object) else { return true }
            if limit > 0, items.count == limit {
                more = true
                return false
            }
            items.append(object)
            last = object.key
            return true
        }
        var result = ListResult(items: items, revision: revision)
        if more {
            result.continueToken = ContinueToken(revision: revision, after: last).text
            if selection.isWholeNamespace {
                var remaining = 0
                tree.forEach(prefix: selection.prefix, after: last) { _ in
                    remaining += 1
                    return true
                }
                result.remainingItemCount = remaining
            }
        }
        return result
    }
}
