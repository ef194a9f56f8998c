import APIMachinery
import KubeAPI

extension ClusterServer {
    /// A watch of a collection (or, by a field selector, of one object).
    func watch(_ call: Call) async throws -> WatchReader {
        try ListRules.check(call.query, isWatch: true)
        let selection = try selection(call)
        guard let resourceCache = cache.cache(call.groupResource) else {
            throw StatusError.notFound(call.groupResource, "")
        }
        let version = call.query.text("resourceVersion")
        let wantsInitial = call.query.flag("sendInitialEvents")
        let refusesInitial = call.query["sendInitialEvents"].map { !$0.isEmpty } == true && !wantsInitial
        let bookmarks = call.query.flag("allowWatchBookmarks")
        let seconds: Int = try call.query.number("timeoutSeconds") ?? 0
        let lifetime: Int64 = Int64(
            seconds > 0 ? min(seconds, 1 << 30) : configuration.watchSeconds(surroundings.random()))
        let deadline = surroundings.uptime() + lifetime * 1_000_000_000

        var initial: [StoredObject] = []
        var initialBookmark: Int64?
        let cursor: ChangeLog.Cursor
        if wantsInitial || version.isEmpty || version == "0" {
            if version.isEmpty {
                try await cache.waitUntilFresh()
            } else {
                guard let revision = Int64(version), revision >= 0 else { throw ListRules.badVersion(version) }
                try await cache.wait(for: revision)
            }
            let (tree, revision, start) = resourceCache.snapshotForWatch(reached: cache.reached)
            cursor = start
            if !refusesInitial {
                tree.forEach(prefix: selection.prefix) { object in
                    if selection.matches(object) { initial.append(object) }
                    return true
                }
            }
            if wantsInitial, bookmarks { initialBookmark = revision }
        } else {
            guard let revision = Int64(version), revision > 0 else { throw ListRules.badVersion(version) }
            try await cache.wait(for: 0)
            cursor = try resourceCache.cursor(after: revision)
        }
        return WatchReader(
            resourceCache, of: cache, selection: selection, initial: initial, initialBookmark: initialBookmark,
            cursor: cursor, sendsBookmarks: bookmarks, deadline: deadline, uptime: surroundings.uptime,
            counted: countedWatch(call))
    }
}
