/// Makes the plan of a run that goes wrong smaller, as long as the same promise is still broken: fewer mishaps, calmer
/// weather, fewer clients, a shorter storm. What is left is what somebody has to understand.
public struct Minimiser {
    public let simulation: Simulation
    /// Runs that may be spent.
    public var runLimit = 600
    public private(set) var runs = 0

    public init(_ simulation: Simulation) { self.simulation = simulation }

    /// The smallest plan found, with what it leads to; nil if the seed's run violates nothing.
    public mutating func minimise(seed: UInt64) -> Simulation.Report? {
        let first = simulation.run(seed: seed)
        guard first.violation != nil else { return nil }
        var best = first
        shortenStorm(&best)
        var isSmaller = true
        while isSmaller, runs < runLimit {
            isSmaller = false
            if dropMishaps(&best) { isSmaller = true }
            if calmWeather(&best) { isSmaller = true }
            if shortenStorm(&best) { isSmaller = true }
        }
        return simulation.run(best.plan, keepsLines: true)
    }

    private mutating func accept(_ plan: Plan, _ best: inout Simulation.Report) -> Bool {
        guard runs < runLimit, plan != best.plan else { return false }
        runs += 1
        let report = simulation.run(plan)
        guard report.violation?.rule == best.violation?.rule else { return false }
        best = report
        return true
    }

    /// Leaves out halves of the mishaps, then quarters, down to single ones (Zeller, "Yesterday, my program worked",
    /// 1999).
    private mutating func dropMishaps(_ best: inout Simulation.Report) -> Bool {
        var isSmaller = false
        var size = max(1, best.plan.mishaps.count / 2)
        while !best.plan.mishaps.isEmpty, runs < runLimit {
            var start = 0
            while start < best.plan.mishaps.count {
                var plan = best.plan
                plan.mishaps.removeSubrange(start..<min(plan.mishaps.count, start + size))
                if accept(plan, &best) { isSmaller = true } else { start += size }
            }
            if size == 1 { break }
            size /= 2
        }
        return isSmaller
    }

    private mutating func calmWeather(_ best: inout Simulation.Report) -> Bool {
        var isSmaller = false
        for part in Weather.parts {
            var plan = best.plan
            plan.weather[keyPath: part] = Weather.calm[keyPath: part]
            if accept(plan, &best) { isSmaller = true }
        }
        while best.plan.clientCount > 1 {
            var plan = best.plan
            plan.clientCount -= 1
            guard accept(plan, &best) else { break }
            isSmaller = true
        }
        return isSmaller
    }

    @discardableResult
    private mutating func shortenStorm(_ best: inout Simulation.Report) -> Bool {
        var isSmaller = false
        for share in [4, 2, 3, 4, 5, 6, 7] as [Int] {
            var plan = best.plan
            let limit = min(plan.eventLimit, best.events)
            plan.eventLimit = isSmaller || share != 4 ? limit * share / 8 : limit / 4
            guard plan.eventLimit < best.plan.eventLimit else { continue }
            if accept(plan, &best) { isSmaller = true }
        }
        return isSmaller
    }
}

extension Plan: CustomStringConvertible {
    public var description: String {
        var lines = [
            "seed \(seed): \(memberCount) members, \(clientCount) clients, storm of \(duration / 1_000) ms or \(eventLimit) events"
        ]
        let weather = Weather.names.compactMap { name, part in
            self.weather[keyPath: part] == Weather.calm[keyPath: part] ? nil : "\(name) \(self.weather[keyPath: part])"
        }
        lines.append("  weather: " + (weather.isEmpty ? "calm" : weather.joined(separator: ", ")))
        lines += mishaps.map { "  \($0)" }
        return lines.joined(separator: "\n")
    }
}
