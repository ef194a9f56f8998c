import APIMachinery
import KubeAPI

/// Brings what the metrics ask for within what the autoscaler allows: windows, policies, least and most.
struct ReplicaRules: Sendable {
    var least: Int
    var most: Int
    /// nil: the rules of who says nothing.
    var behavior: Behavior?
    var downscaleStabilization: Duration

    /// Rules for both directions, complete.
    struct Behavior: Sendable, Equatable {
        var up: Rules
        var down: Rules
    }
    struct Rules: Sendable, Equatable {
        enum Selection: String, Sendable { case max = "Max", min = "Min", disabled = "Disabled" }
        struct Policy: Sendable, Equatable {
            var isPercent: Bool
            var value: Int
            var periodSeconds: Int
        }
        var windowSeconds: Int
        var selection: Selection
        var policies: [Policy]

        init(windowSeconds: Int, selection: Selection, policies: [Policy]) {
            self.windowSeconds = windowSeconds
            self.selection = selection
            self.policies = policies
        }
        /// As the server's defaults have completed it.
        init(_ json: JSON?, defaultWindowSeconds: Int) {
            windowSeconds = json?["stabilizationWindowSeconds"]?.int ?? defaultWindowSeconds
            selection = json?["selectPolicy"]?.string.flatMap { Selection(rawValue: $0) } ?? .max
            policies = (json?["policies"]?.elements ?? []).map {
                Policy(
                    isPercent: $0["type"]?.string == "Percent", value: $0["value"]?.int ?? 0,
                    periodSeconds: $0["periodSeconds"]?.int ?? 0)
            }
        }
    }

    init(_ autoscaler: HorizontalPodAutoscaler, _ settings: HorizontalSettings) {
        least = autoscaler.spec.minReplicas ?? 1
        most = autoscaler.spec.maxReplicas ?? 0
        downscaleStabilization = settings.downscaleStabilization
        behavior = autoscaler.json["spec", "behavior"].map { json in
            Behavior(
                up: Rules(json["scaleUp"], defaultWindowSeconds: 0),
                down: Rules(
                    json["scaleDown"],
                    defaultWindowSeconds: Int(settings.downscaleStabilization.components.seconds)))
        }
    }

    init(least: Int, most: Int, behavior: Behavior?, downscaleStabilization: Duration = .seconds(300)) {
        self.least = least
        self.most = most
        self.behavior = behavior
        self.downscaleStabilization = downscaleStabilization
    }

    /// What is left of a wish, and what is said about it: the reasons and sentences of AbleToScale and ScalingLimited.
    struct Outcome: Sendable, Equatable {
        struct Remark: Sendable, Equatable {
            var reason: String
            var message: String
        }
        var replicas: Int
        /// What the windows left of it.
        var stabilized: Int
        var ability: Remark
        var isLimited: Bool
        var limit: Remark
    }

    /// Remembers the wish, too.
    func outcome(of wish: Int, current: Int, _ history: inout ScalingHistory, _ uptime: Int64) -> Outcome {
        let stabilized: Int
        var ability = Outcome.Remark(reason: "ReadyForNewScale", message: "recommended size matches current size")
        let (replicas, limit): (Int, Outcome.Remark)
        if let behavior {
            stabilized = stabilize(wish, current: current, behavior, history, uptime)
            if stabilized != wish { ability = wish >= current ? Self.lowest : Self.highest }
            (replicas, limit) = limited(stabilized, current: current, behavior, history, uptime)
        } else {
            let cutoff = uptime - downscaleStabilization.nanoseconds
            stabilized = history.recommendations.reduce(wish) { $1.at >= cutoff ? max($0, $1.replicas) : $0 }
            if stabilized != wish { ability = Self.highest }
            (replicas, limit) = limited(stabilized, current: current)
        }
        history.recommended(wish, uptime)
        return Outcome(
            replicas: replicas, stabilized: stabilized, ability: ability, isLimited: replicas != stabilized,
            limit: limit)
    }

    private static let lowest = Outcome.Remark(
        reason: "ScaleUpStabilized",
        message: "recent recommendations were lower than current one, applying the lowest recent recommendation")
    private static let highest = Outcome.Remark(
        reason: "ScaleDownStabilized",
        message: "recent recommendations were higher than current one, applying the highest recent recommendation")

    // MARK: Windows

    private func stabilize(
        _ wish: Int, current: Int, _ behavior: Behavior, _ history: ScalingHistory, _ uptime: Int64
    ) -> Int {
        let upCutoff = uptime - Duration.seconds(behavior.up.windowSeconds).nanoseconds
        let downCutoff = uptime - Duration.seconds(behavior.down.windowSeconds).nanoseconds
        var (lowest, highest) = (wish, wish)
        for earlier in history.recommendations {
            if earlier.at > upCutoff { lowest = min(lowest, earlier.replicas) }
            if earlier.at > downCutoff { highest = max(highest, earlier.replicas) }
        }
        return min(max(current, lowest), highest)
    }

    // MARK: Limits

    private static let tooMany = Outcome.Remark(
        reason: "TooManyReplicas", message: "the desired replica count is more than the maximum replica count")
    private static let tooFew = Outcome.Remark(
        reason: "TooFewReplicas", message: "the desired replica count is less than the minimum replica count")
    private static let tooFast = Outcome.Remark(
        reason: "ScaleUpLimit",
        message: "the desired replica count is increasing faster than the maximum scale rate")
    private static let tooFastDown = Outcome.Remark(
        reason: "ScaleDownLimit",
        message: "the desired replica count is decreasing faster than the maximum scale rate")
    private static let within = Outcome.Remark(
        reason: "DesiredWithinRange", message: "the desired count is within the acceptable range")

    /// Without rules of its own: at most twice as many, or four.
    private func limited(_ wish: Int, current: Int) -> (Int, Outcome.Remark) {
        let fastest = max(2 * current, 4)
        if wish < least { return (least, Self.tooFew) }
        if wish > min(most, fastest) { return most > fastest ? (fastest, Self.tooFast) : (most, Self.tooMany) }
        return (wish, Self.within)
    }

    private func limited(
        _ wish: Int, current: Int, _ behavior: Behavior, _ history: ScalingHistory, _ uptime: Int64
    ) -> (Int, Outcome.Remark) {
        if wish > current {
            let fastest = max(Self.bound(current, behavior.up, history, uptime, isUp: true), current)
            if wish > min(most, fastest) { return most > fastest ? (fastest, Self.tooFast) : (most, Self.tooMany) }
        } else if wish < current {
            let fastest = min(Self.bound(current, behavior.down, history, uptime, isUp: false), current)
            if wish < max(least, fastest) {
                return least < fastest ? (fastest, Self.tooFastDown) : (least, Self.tooFew)
            }
        }
        return (wish, Self.within)
    }

    /// The most, or the least, that the policies allow now.
    static func bound(
        _ current: Int, _ rules: Rules, _ history: ScalingHistory, _ uptime: Int64, isUp: Bool
    ) -> Int {
        if rules.selection == .disabled { return current }
        let bounds = rules.policies.map { policy in
            let change = history.change(withinSeconds: policy.periodSeconds, uptime)
            let before = current - change.added + change.removed
            let sign = isUp ? 1 : -1
            if !policy.isPercent { return before + sign * policy.value }
            let share = Double(before) * (1 + Double(sign) * Double(policy.value) / 100)
            return isUp ? Int(replicas: share) : Int(share.rounded(.towardZero))
        }
        // The greatest change is the greatest number upwards, and the least downwards.
        let takesGreatest = (rules.selection == .max) == isUp
        return (takesGreatest ? bounds.max() : bounds.min()) ?? (takesGreatest ? Int(Int32.min) : Int(Int32.max))
    }
}
