import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Removes tokens that were made for accounts by themselves and that nobody has shown for a year: first they are marked, so
/// that they are not taken any more, and a year later deleted. It has one key and looks once a day.
struct LegacyTokenReconciler: Reconciler {
    static let name = "legacy-service-account-token-cleaner"
    static let reads: [Interest] = [
        .mapped(ConfigMap.self) { map, _ in map.key == TokenSecrets.tracking ? [sweep] : [] },
        .only(Secret.self), .only(ServiceAccount.self), .only(Pod.self),
    ]
    static let writes: [Permission] = [.patch(Secret.self), .delete(Secret.self)]
    static let period = Duration.seconds(24 * 3_600)
    /// Kubernetes' default.
    static let unusedDays: Int64 = 365
    private static let sweep = ObjectKey(name: "sweep")
    private static let daySeconds: Int64 = 86_400

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        let again = Change.again(after: Self.period)
        let now = clock.now
        let since = world.get(ConfigMap.self, TokenSecrets.tracking)?.json["data", "since"]?.string
        let limit = Instant(secondsSince1970: now.secondsSince1970 - Self.unusedDays * Self.daySeconds)
        // The day on which it began was not a whole one.
        guard let since = since.flatMap(Self.day), since + .seconds(Self.daySeconds) <= limit else { return [again] }
        var used: [String: Set<String>] = [:]
        let changes = world.all(Secret.self).sorted { $0.key < $1.key }.compactMap { secret -> Change? in
            guard isUnused(secret, limit) else { return nil }
            let names = used[secret.namespace] ?? secretsOfPods(in: secret.namespace)
            used[secret.namespace] = names
            return names.contains(secret.name) ? nil : end(secret, now, limit)
        }
        return changes + [again]
    }

    /// Whether it is a token that its account names and that nobody has shown since the limit.
    private func isUnused(_ secret: Secret, _ limit: Instant) -> Bool {
        guard TokenSecrets.isOne(secret.json), !secret.isBeingDeleted, let created = secret.created, created < limit
        else {
            return false
        }
        if let shown = secret.labels[TokenSecrets.lastUsed] {
            guard Self.day(shown) != nil, shown < Self.text(limit) else { return false }
        }
        guard let owner = TokenSecrets.account(of: secret.json), let account = world.get(ServiceAccount.self, owner),
            TokenSecrets.isOf(account, secret.json)
        else { return false }
        return TokenSecrets.references(account).contains { $0["name"]?.string == secret.name }
    }

    private func end(_ secret: Secret, _ now: Instant, _ limit: Instant) -> Change? {
        guard let since = secret.labels[TokenSecrets.invalidSince], Self.day(since) != nil else {
            return .patch(
                secret,
                [
                    "metadata": [
                        "uid": JSON(secret.uid), "labels": [TokenSecrets.invalidSince: JSON(Self.text(now))],
                    ]
                ])
        }
        if since >= Self.text(limit) { return nil }
        return .delete(
            Secret.resource, secret.key, DeletionOptions(uid: secret.uid, resourceVersion: String(secret.json.revision))
        )
    }

    private func secretsOfPods(in namespace: String) -> Set<String> {
        world.all(Pod.self, in: namespace).reduce(into: []) {
            $0.formUnion(TokenSecrets.names(in: $1.json["spec"] ?? .null))
        }
    }

    private static func day(_ text: String) -> Instant? { Instant(rfc3339: "\(text)T00:00:00Z") }
    private static func text(_ instant: Instant) -> String { String(instant.rfc3339.prefix(10)) }
}
