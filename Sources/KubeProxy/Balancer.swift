import APIMachinery

/// Chooses the backend of each new connection of one listener: round robin, or the client's own with session affinity.
struct Balancer: Sendable {
    private struct Affinity {
        var backend: Backend
        /// Seconds on the caller's clock.
        var lastUsed: Int64
    }
    private(set) var rule: TrafficRule
    private var next = 0
    private var affinities: [String: Affinity] = [:]
    var rememberedClients: Int { affinities.count }

    /// `start` picks the first backend, so that listeners do not all begin with the same one.
    init(_ rule: TrafficRule, start: Int = 0) {
        self.rule = rule
        next = start
    }

    /// Goes on with other backends; clients of backends that are gone get a new one.
    mutating func ruleChanged(to rule: TrafficRule) {
        self.rule = rule
        let present = Set(rule.backends)
        if rule.affinitySeconds == nil {
            affinities = [:]
        } else {
            affinities = affinities.filter { present.contains($0.value.backend) }
        }
    }

    /// The backend for a connection of this client, other than those that were tried; nil when none is left.
    mutating func choose(for client: String, excluding tried: [Backend] = [], now seconds: Int64) -> Backend? {
        guard let lifetime = rule.affinitySeconds else { return turn(excluding: tried) }
        if let known = affinities[client], seconds - known.lastUsed < Int64(lifetime), !tried.contains(known.backend) {
            affinities[client]?.lastUsed = seconds
            return known.backend
        }
        guard let chosen = turn(excluding: tried) else { return nil }
        if affinities[client] == nil { makeRoom(now: seconds, lifetime: Int64(lifetime)) }
        affinities[client] = Affinity(backend: chosen, lastUsed: seconds)
        return chosen
    }

    /// Whether this client's address is let in.
    func admits(_ client: String) -> Bool {
        guard let ranges = rule.sourceRanges else { return true }
        return IPAddress(client).map { address in ranges.contains { $0.contains(address) } } ?? false
    }

    private mutating func turn(excluding tried: [Backend]) -> Backend? {
        let backends = rule.backends
        for _ in backends.indices {
            let backend = backends[next % backends.count]
            next = (next + 1) % backends.count
            if !tried.contains(backend) { return backend }
        }
        return nil
    }

    private mutating func makeRoom(now seconds: Int64, lifetime: Int64) {
        guard affinities.count >= Limits.affinityClients else { return }
        affinities = affinities.filter { seconds - $0.value.lastUsed < lifetime }
        guard affinities.count >= Limits.affinityClients else { return }
        // A tenth at once, so that a flood of clients does not search the table each time.
        let oldest = affinities.sorted { $0.value.lastUsed < $1.value.lastUsed }.prefix(Limits.affinityClients / 10)
        for (client, _) in oldest { affinities[client] = nil }
    }
}
