import Basics

/// The documented algorithm of the horizontal autoscaler, written down as plainly as possible and with nothing of ours: all of
/// the past is kept, and looked through from its beginning each time.
struct SlowReference {
    struct Pod {
        var name: String
        var isLeaving = false
        var isPending = false
        /// Ready, unready, or nothing known.
        var ready: Bool?
        /// Seconds, as the wall clock counts.
        var readySince = 0
        var started = 0
        var request = 1000
        /// Value and time of the sample.
        var sample: (value: Int, time: Int)?
    }
    struct Policy {
        var isPercent: Bool
        var value: Int
        var period: Int
    }
    struct Rules {
        var window: Int
        var selection: String
        var policies: [Policy]
    }
    enum Target {
        case utilization(Int), average(Int), value(Int), valuePerPod(Int)
    }

    var least = 1
    var most = 10
    var target = Target.utilization(50)
    var isProcessor = true
    var up: Rules?
    var down: Rules?
    var tolerance = 0.1
    let downWindow = 300
    let initialization = 300
    let readinessDelay = 30
    let sampleWindow = 15

    var wishes: [(time: Int, replicas: Int)] = []
    var added: [(time: Int, count: Int)] = []
    var removed: [(time: Int, count: Int)] = []

    /// The new size; nil: the metric cannot be used.
    mutating func look(_ pods: [Pod], values: [Int], current: Int, now: Int) -> Int? {
        if wishes.isEmpty { wishes.append((now, current)) }
        if current == 0 { return 0 }
        if current > most { return scaled(current, most, now) }
        if current < least { return scaled(current, least, now) }
        guard let wish = wish(pods, values, current, now) else { return nil }
        var result: Int
        if let up, let down {
            var (low, high) = (wish, wish)
            for past in wishes where now - past.time < up.window { low = min(low, past.replicas) }
            for past in wishes where now - past.time < down.window { high = max(high, past.replicas) }
            result = current
            if result < low { result = low }
            if result > high { result = high }
            if result > current {
                result = min(result, most, max(current, bound(up, current, now, 1)))
            } else if result < current {
                result = max(result, least, min(current, bound(down, current, now, -1)))
            }
        } else {
            result = wish
            for past in wishes where now - past.time <= downWindow { result = max(result, past.replicas) }
            result = max(least, min(result, most, max(4, 2 * current)))
        }
        wishes.append((now, wish))
        return scaled(current, result, now)
    }

    private mutating func scaled(_ current: Int, _ new: Int, _ now: Int) -> Int {
        if up != nil, new > current { added.append((now, new - current)) }
        if up != nil, new < current { removed.append((now, current - new)) }
        return new
    }

    private func bound(_ rules: Rules, _ current: Int, _ now: Int, _ sign: Int) -> Int {
        if rules.selection == "Disabled" { return current }
        var bounds: [Int] = []
        for policy in rules.policies {
            var start = current
            for step in added where now - step.time < policy.period { start -= step.count }
            for step in removed where now - step.time < policy.period { start += step.count }
            if policy.isPercent {
                let share = Double(start) * (1 + Double(sign * policy.value) / 100)
                bounds.append(sign > 0 ? Int(share.rounded(.up)) : Int(share))
            } else {
                bounds.append(start + sign * policy.value)
            }
        }
        let isMax = rules.selection == "Max"
        return isMax == (sign > 0) ? bounds.max() ?? current : bounds.min() ?? current
    }

    private func isNear(_ ratio: Double) -> Bool { ratio >= 1 - tolerance && ratio <= 1 + tolerance }

    private func wish(_ pods: [Pod], _ values: [Int], _ current: Int, _ now: Int) -> Int? {
        switch target {
        case .value(let wanted):
            let ratio = Double(values.reduce(0, +)) / Double(wanted)
            if isNear(ratio) { return current }
            if pods.isEmpty { return nil }
            let ready = pods.filter { !$0.isPending && $0.ready == true }
            // What fails is not running.
            return Int((ratio * Double(ready.count)).rounded(.up))
        case .valuePerPod(let wanted):
            let total = Double(values.reduce(0, +))
            if isNear(total / (Double(wanted) * Double(current))) { return current }
            return Int((total / Double(wanted)).rounded(.up))
        case .utilization, .average: return ofPods(pods, current, now)
        }
    }

    private func ofPods(_ pods: [Pod], _ current: Int, _ now: Int) -> Int? {
        var good: [Pod] = []
        var starting: [Pod] = []
        var missing: [Pod] = []
        for pod in pods where !pod.isLeaving {
            if pod.isPending {
                starting.append(pod)
            } else if pod.sample == nil {
                missing.append(pod)
            } else if isProcessor, isStarting(pod, now) {
                starting.append(pod)
            } else {
                good.append(pod)
            }
        }
        if good.isEmpty { return nil }
        let first = ratio(good.map { ($0.sample?.value ?? 0, $0.request) })
        let countsStarting = first > 1 && !starting.isEmpty
        if !countsStarting && missing.isEmpty {
            return isNear(first) ? current : Int((first * Double(good.count)).rounded(.up))
        }
        var all = good.map { ($0.sample?.value ?? 0, $0.request) }
        if first < 1 { all += missing.map { (assumed($0), $0.request) } }
        if first > 1 { all += missing.map { (0, $0.request) } }
        if countsStarting { all += starting.map { (0, $0.request) } }
        let second = ratio(all)
        if isNear(second) { return current }
        if first < 1 && second > 1 || first > 1 && second < 1 { return current }
        let wish = Int((second * Double(all.count)).rounded(.up))
        if second < 1 && wish > current || second > 1 && wish < current { return current }
        return wish
    }

    private func isStarting(_ pod: Pod, _ now: Int) -> Bool {
        guard let ready = pod.ready, let sample = pod.sample else { return true }
        if now < pod.started + initialization {
            return !ready || sample.time < pod.readySince + sampleWindow
        }
        return !ready && pod.readySince < pod.started + readinessDelay
    }

    private func assumed(_ pod: Pod) -> Int {
        switch target {
        case .utilization(let percent): pod.request * max(100, percent) / 100
        case .average(let value): value
        default: 0
        }
    }

    private func ratio(_ values: [(Int, Int)]) -> Double {
        let used = values.map(\.0).reduce(0, +)
        switch target {
        case .utilization(let percent): return Double(used * 100 / values.map(\.1).reduce(0, +)) / Double(percent)
        case .average(let value): return Double(used / values.count) / Double(value)
        default: return 1
        }
    }
}
