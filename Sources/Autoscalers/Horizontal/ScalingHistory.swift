/// What an autoscaler remembers from look to look: what was recommended, and how often it scaled. By a clock that nobody
/// sets.
struct ScalingHistory: Sendable, Equatable {
    struct Recommendation: Sendable, Equatable {
        var replicas: Int
        /// Nanoseconds (`TimeSource.uptime`).
        var at: Int64
    }
    /// Replicas that were added, or taken away.
    struct Step: Sendable, Equatable {
        var replicas: Int
        var at: Int64
    }
    /// The longest window, and the longest period of a policy, that validation lets pass.
    static let longestWindow = Duration.seconds(3_600)
    /// However short the looks: the oldest are forgotten first.
    static let entryLimit = 4_000

    private(set) var recommendations: [Recommendation] = []
    private(set) var ups: [Step] = []
    private(set) var downs: [Step] = []

    /// What was there when the autoscaler first looked counts as recommended.
    mutating func begin(_ replicas: Int, _ uptime: Int64) {
        if recommendations.isEmpty { recommendations = [Recommendation(replicas: replicas, at: uptime)] }
    }

    mutating func recommended(_ replicas: Int, _ uptime: Int64) {
        recommendations.append(Recommendation(replicas: replicas, at: uptime))
        let cutoff = uptime - Self.longestWindow.nanoseconds
        recommendations.removeAll { $0.at < cutoff }
        recommendations.removeFirst(max(0, recommendations.count - Self.entryLimit))
    }

    mutating func scaled(from old: Int, to new: Int, _ uptime: Int64) {
        let cutoff = uptime - Self.longestWindow.nanoseconds
        if new > old {
            ups.append(Step(replicas: new - old, at: uptime))
        } else {
            downs.append(Step(replicas: old - new, at: uptime))
        }
        ups.removeAll { $0.at < cutoff }
        downs.removeAll { $0.at < cutoff }
    }

    /// How many were added and taken away within the last seconds.
    func change(withinSeconds seconds: Int, _ uptime: Int64) -> (added: Int, removed: Int) {
        let cutoff = uptime - Duration.seconds(seconds).nanoseconds
        func sum(_ steps: [Step]) -> Int { steps.reduce(0) { $1.at > cutoff ? $0 + $1.replicas : $0 } }
        return (sum(ups), sum(downs))
    }
}

extension Duration {
    /// Held to what 64 bits can say.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, hasOverflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return hasOverflowed ? (seconds < 0 ? .min : .max) : scaled &+ attoseconds / 1_000_000_000
    }
}
