import NIOCore

/// Connections that wait for their next request, by upstream: the one that waited least is taken first. What is to be
/// closed is handed back.
struct IdleConnections<Connection: AnyObject> {
    private struct Waiting {
        var connection: Connection
        var since: NIODeadline
    }
    private var waiting: [Upstream: [Waiting]] = [:]
    private let limitPerUpstream: Int
    private let lifetime: TimeAmount

    init(limitPerUpstream: Int = Limits.idlePerBackend, lifetime: TimeAmount = .seconds(Limits.idleSeconds)) {
        self.limitPerUpstream = limitPerUpstream
        self.lifetime = lifetime
    }

    var count: Int { waiting.values.reduce(0) { $0 + $1.count } }

    mutating func put(_ connection: Connection, for upstream: Upstream, now: NIODeadline) -> Connection? {
        waiting[upstream, default: []].append(Waiting(connection: connection, since: now))
        guard waiting[upstream, default: []].count > limitPerUpstream else { return nil }
        return waiting[upstream]?.removeFirst().connection
    }

    mutating func take(_ upstream: Upstream, now: NIODeadline) -> Connection? {
        guard let newest = waiting[upstream]?.last, now - newest.since < lifetime else { return nil }
        waiting[upstream]?.removeLast()
        if waiting[upstream]?.isEmpty == true { waiting[upstream] = nil }
        return newest.connection
    }

    /// Forgets one that closed by itself.
    mutating func remove(_ connection: Connection, of upstream: Upstream) {
        waiting[upstream]?.removeAll { $0.connection === connection }
        if waiting[upstream]?.isEmpty == true { waiting[upstream] = nil }
    }

    /// Those that waited too long.
    mutating func takeExpired(now: NIODeadline) -> [Connection] {
        let lifetime = lifetime
        return takeAll { _, waiting in now - waiting.since >= lifetime }
    }

    /// Those of upstreams that are gone.
    mutating func takeGone(keeping upstreams: Set<Upstream>) -> [Connection] {
        takeAll { upstream, _ in !upstreams.contains(upstream) }
    }

    private mutating func takeAll(where isOver: (Upstream, Waiting) -> Bool) -> [Connection] {
        var taken: [Connection] = []
        for (upstream, connections) in waiting {
            taken += connections.filter { isOver(upstream, $0) }.map(\.connection)
            let rest = connections.filter { !isOver(upstream, $0) }
            waiting[upstream] = rest.isEmpty ? nil : rest
        }
        return taken
    }
}
