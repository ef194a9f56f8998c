import APIMachinery
import KubeAPI
import Synchronization

/// Holds the index of roles and has it follow the caches: a write is in it before its writer is answered.
final class RoleBook: Sendable {
    private let index = Mutex(RoleIndex())

    /// Objects under these keys (nil: all) have changed, by the feed or by an acknowledged write.
    func changed(_ cache: ResourceCache, _ keys: [String]?) {
        // Read while the index is locked: whoever comes last has read the newest.
        index.withLock { index in
            guard let keys else {
                var all: [(key: String, object: JSON)] = []
                cache.snapshot(reached: 0).tree.forEach { object in
                    if let newest = cache.newest(object.key) { all.append((object.key, newest.json)) }
                    return true
                }
                return index.replace(cache.resource, all)
            }
            for key in keys { index.set(cache.resource, key, cache.newest(key)?.json) }
        }
    }

    func ask<Answer>(_ question: (borrowing RoleIndex) -> Answer) -> Answer {
        index.withLock { question($0) }
    }
}

/// Lets users do what roles say that are bound to them or to their groups (RBAC).
struct RoleAuthorizer: Authorizer {
    let book: RoleBook
    let cache: WatchCache

    func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        guard await isCurrent() else { return .noOpinion(reason: Self.loading) }
        return book.ask { $0.authorize(user, attributes) }
    }

    func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var all = AccessRules()
        guard await isCurrent() else {
            all.incompleteness = Self.loading
            return all
        }
        let (rules, missing) = book.ask { $0.rules(of: user, namespace: namespace) }
        for rule in rules {
            if !rule.resources.isEmpty {
                all.resources.append(
                    AccessRule(verbs: rule.verbs, groups: rule.groups, resources: rule.resources, names: rule.names))
            }
            if !rule.paths.isEmpty { all.paths.append(.init(verbs: rule.verbs, paths: rule.paths)) }
        }
        all.incompleteness = missing.joined(separator: ", ")
        return all
    }

    /// Whether the index has what this server has acknowledged; false when that takes too long.
    private func isCurrent() async -> Bool {
        do {
            try await cache.waitForOwnWrites()
            return true
        } catch {
            return false
        }
    }
    private static let loading = "RBAC: the server is loading its roles, try again"
}
