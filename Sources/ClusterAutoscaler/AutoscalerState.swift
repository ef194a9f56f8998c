import Basics

/// What the autoscaler remembers between two looks; a value.
struct AutoscalerState: Sendable {
    /// A group that could not be made greater is left alone for a while, which doubles.
    struct Pause: Sendable, Equatable {
        var until: Instant
        var failures: Int
        var code: String
        var reason: String
    }
    /// A status, and since when it is.
    struct Lasting: Sendable, Equatable {
        var status: String
        var since: Instant
    }
    private(set) var lastAdd: Instant?
    private(set) var lastDelete: Instant?
    private(set) var lastFailure: Instant?
    /// Since when nobody needs a node, by its name.
    private(set) var unneededSince: [String: Instant] = [:]
    private(set) var pauses: [String: Pause] = [:]
    /// Since when an instance is known that is no node of the cluster.
    private(set) var unregisteredSince: [String: Instant] = [:]
    /// Since when there are fewer instances of a group than were asked for.
    private(set) var namelessSince: [String: Instant] = [:]
    /// What was told last, by what it is about.
    private var told: [String: Lasting] = [:]

    mutating func added(_ now: Instant) { lastAdd = now }
    mutating func deleted(_ now: Instant) { lastDelete = now }
    mutating func failedToDelete(_ now: Instant) { lastFailure = now }

    /// Takes in who is unneeded now; who was before keeps its time.
    mutating func note(unneeded names: some Sequence<String>, _ now: Instant) {
        var next: [String: Instant] = [:]
        for name in names { next[name] = unneededSince[name] ?? now }
        unneededSince = next
    }

    /// Takes in all instances that are no nodes.
    mutating func note(unregistered names: some Sequence<String>, _ now: Instant) {
        var next: [String: Instant] = [:]
        for name in names { next[name] = unregisteredSince[name] ?? now }
        unregisteredSince = next
    }
    /// Takes in how many of what was asked for have not even a name; returns whether that is so for too long.
    mutating func note(nameless count: Int, of group: String, _ now: Instant, _ options: AutoscalerOptions) -> Bool {
        guard count > 0 else {
            namelessSince[group] = nil
            return false
        }
        let since = namelessSince[group] ?? now
        namelessSince[group] = since
        return now - since >= options.maxNodeProvisionTime
    }
    /// More were asked for just now: their time begins anew.
    mutating func asked(of group: String, _ now: Instant) { namelessSince[group] = now }

    mutating func failed(
        _ group: String, _ reason: String, code: String = "cloudProviderError", _ now: Instant,
        _ options: AutoscalerOptions
    ) {
        let old = pauses[group].flatMap { now - $0.until <= options.backoffResetTimeout ? $0 : nil }
        // What fails at once many times is one failure.
        if let old, old.until > now { return }
        let failures = (old?.failures ?? 0) + 1
        let backoff = Backoff(base: options.initialBackoff, limit: options.maxBackoff, jitter: 0)
        pauses[group] = Pause(
            until: now + backoff.longestDelay(afterFailures: failures - 1), failures: failures, code: code,
            reason: reason)
        namelessSince[group] = nil
    }
    func pause(of group: String, _ now: Instant) -> Pause? {
        pauses[group].flatMap { $0.until > now ? $0 : nil }
    }
    /// Groups that are no more are forgotten.
    mutating func keep(groups: Set<String>) {
        pauses = pauses.filter { groups.contains($0.key) }
        namelessSince = namelessSince.filter { groups.contains($0.key) }
        told = told.filter { entry in
            let group = entry.key.drop { $0 != "/" }.dropFirst()
            return group.isEmpty || groups.contains(String(group))
        }
    }

    /// Why nothing may be removed now; nil if it may.
    func coolDown(_ now: Instant, _ options: AutoscalerOptions) -> String? {
        func isRecent(_ moment: Instant?, _ delay: Duration) -> Bool { moment.map { now - $0 < delay } ?? false }
        if isRecent(lastAdd, options.scaleDownDelayAfterAdd) { return "a node was added lately" }
        if isRecent(lastDelete, options.scaleDownDelayAfterDelete) { return "a node was removed lately" }
        if isRecent(lastFailure, options.scaleDownDelayAfterFailure) { return "a node could not be removed lately" }
        return nil
    }

    /// Whether a node has been unneeded for long enough.
    func isDue(_ candidate: ScaleDownPlan.Unneeded, _ now: Instant, _ options: AutoscalerOptions) -> Bool {
        guard let since = unneededSince[candidate.node] else { return false }
        return now - since >= (candidate.isReady ? options.scaleDownUnneededTime : options.scaleDownUnreadyTime)
    }

    /// A status as it is told now, with since when; `part` is of a group, or of the cluster where that is empty.
    mutating func tell(_ status: String, _ part: String, of group: String, _ now: Instant) -> Lasting {
        let key = "\(part)/\(group)"
        if let old = told[key], old.status == status { return old }
        let new = Lasting(status: status, since: now)
        told[key] = new
        return new
    }
}
