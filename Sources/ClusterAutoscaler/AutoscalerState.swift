import Basics

/// What the autoscaler remembers between two looks; a value.
struct AutoscalerState: Sendable {
    /// A group that could not be made greater is left alone for a while, which doubles.
    struct Pause: Sendable, Equatable {
        var until: Instant
        var failures: Int
        var reason: String
    }
    private(set) var lastAdd: Instant?
    private(set) var lastDelete: Instant?
    private(set) var lastFailure: Instant?
    /// Since when nobody needs a node, by its name.
    private(set) var unneededSince: [String: Instant] = [:]
    private(set) var pauses: [String: Pause] = [:]
    /// Since when there are fewer nodes of a group than were asked for.
    private(set) var missingSince: [String: Instant] = [:]

    mutating func added(_ now: Instant) { lastAdd = now }
    mutating func deleted(_ now: Instant) { lastDelete = now }
    mutating func failedToDelete(_ now: Instant) { lastFailure = now }

    /// Takes in who is unneeded now; who was before keeps its time.
    mutating func note(unneeded names: some Sequence<String>, _ now: Instant) {
        var next: [String: Instant] = [:]
        for name in names { next[name] = unneededSince[name] ?? now }
        unneededSince = next
    }

    /// Takes in how many of what was asked for are not there yet; returns since when if that is too long.
    mutating func note(missing count: Int, of group: String, _ now: Instant, _ options: AutoscalerOptions) -> Bool {
        guard count > 0 else {
            missingSince[group] = nil
            return false
        }
        let since = missingSince[group] ?? now
        missingSince[group] = since
        return now - since >= options.maxNodeProvisionTime
    }
    /// More were asked for just now: their time begins anew.
    mutating func asked(of group: String, _ now: Instant) { missingSince[group] = now }

    mutating func failed(_ group: String, _ reason: String, _ now: Instant, _ options: AutoscalerOptions) {
        let old = pauses[group].flatMap { now - $0.until <= options.backoffResetTimeout ? $0 : nil }
        let failures = (old?.failures ?? 0) + 1
        let backoff = Backoff(base: options.initialBackoff, limit: options.maxBackoff, jitter: 0)
        pauses[group] = Pause(
            until: now + backoff.longestDelay(afterFailures: failures - 1), failures: failures, reason: reason)
        missingSince[group] = nil
    }
    func pause(of group: String, _ now: Instant) -> Pause? {
        pauses[group].flatMap { $0.until > now ? $0 : nil }
    }
    /// Groups that are no more are forgotten.
    mutating func keep(groups: Set<String>) {
        pauses = pauses.filter { groups.contains($0.key) }
        missingSince = missingSince.filter { groups.contains($0.key) }
    }

    /// Why nothing may be removed now; nil if it may.
    func coolDown(_ now: Instant, _ options: AutoscalerOptions) -> String? {
        func isRecent(_ moment: Instant?, _ delay: Duration) -> Bool { moment.map { now - $0 < delay } ?? false }
        if isRecent(lastAdd, options.scaleDownDelayAfterAdd) { return "a node was added lately" }
        if isRecent(lastDelete, options.scaleDownDelayAfterDelete) { return "a node was removed lately" }
        if isRecent(lastFailure, options.scaleDownDelayAfterFailure) { return "a node could not be removed lately" }
        return nil
    }

    /// The unneeded nodes that have been so for long enough.
    func due(_ unneeded: [ScaleDownPlan.Unneeded], _ now: Instant, _ options: AutoscalerOptions)
        -> [ScaleDownPlan.Unneeded]
    {
        unneeded.filter { candidate in
            guard let since = unneededSince[candidate.node] else { return false }
            return now - since >= (candidate.isReady ? options.scaleDownUnneededTime : options.scaleDownUnreadyTime)
        }
    }
}
