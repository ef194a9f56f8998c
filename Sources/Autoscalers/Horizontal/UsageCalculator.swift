import APIMachinery
import Basics
import KubeAPI

/// How far a ratio of usage to target may be from 1 without consequence.
struct Tolerance: Sendable, Equatable {
    var down: Double
    var up: Double
    func covers(_ ratio: Double) -> Bool { 1 - down <= ratio && ratio <= 1 + up }
}

/// How many replicas one metric asks for: the documented algorithm, with pods that are missing, unready or starting.
struct UsageCalculator: Sendable {
    /// The target's pods, by name.
    var pods: [ScaledPod]
    var settings: HorizontalSettings
    var tolerance: Tolerance
    var now: Instant

    /// What one metric asks for.
    struct Proposal: Sendable, Equatable {
        var replicas: Int
        /// The average, or the value itself, in thousandths.
        var usage: Int
        /// In percent of what is asked for; of utilization alone.
        var utilization: Int?
    }

    // MARK: Metrics of pods

    /// By use in percent of what pods ask for.
    func proposal(
        utilization target: Int, of resource: String, container: String?, _ samples: [String: PodSample], current: Int
    ) throws(MetricFailure) -> Proposal {
        let groups = try group(samples, resource: resource)
        var requests: [String: Int] = [:]
        for pod in pods { requests[pod.name] = try pod.request(of: resource, container: container) }
        return try fit(groups, current: current) {
            (requests[$0] ?? 0).multipliedClamped(by: max(100, target)) / 100
        } measure: { (values) throws(MetricFailure) -> Measure in
            var (used, asked, count) = (0, 0, 0)
            for (name, value) in values {
                guard let request = requests[name] else { continue }
                used = used.addingClamped(value)
                asked = asked.addingClamped(request)
                count += 1
            }
            if asked == 0 { throw MetricFailure("no metrics returned matched known pods") }
            let percent = used.multipliedClamped(by: 100) / asked
            return Measure(ratio: Double(percent) / Double(target), usage: used / count, utilization: percent)
        }
    }

    /// By the average of plain values. Of a resource the processor's use has rules of its own.
    func proposal(
        average target: Int, resource: String?, _ samples: [String: PodSample], current: Int
    ) throws(MetricFailure) -> Proposal {
        try fit(try group(samples, resource: resource ?? ""), current: current) { _ in
            target
        } measure: { (values) throws(MetricFailure) -> Measure in
            let usage = values.values.reduce(0) { $0.addingClamped($1) } / values.count
            return Measure(ratio: Double(usage) / Double(target), usage: usage)
        }
    }

    private struct Measure {
        var ratio: Double
        var usage: Int
        var utilization: Int?
    }

    /// The pods by what their samples are worth.
    private struct Groups {
        /// Samples that count, also of pods that are not ours any more.
        var values: [String: Int]
        var readyCount = 0
        var unready: [String] = []
        var missing: [String] = []
    }

    private func group(_ samples: [String: PodSample], resource: String) throws(MetricFailure) -> Groups {
        if pods.isEmpty { throw Self.noPods }
        var groups = Groups(values: samples.mapValues(\.value))
        for pod in pods {
            if pod.isLeaving {
                groups.values[pod.name] = nil
            } else if pod.isPending {
                groups.values[pod.name] = nil
                groups.unready.append(pod.name)
            } else if let sample = samples[pod.name] {
                if resource == "cpu", isUnready(pod, sample) {
                    groups.values[pod.name] = nil
                    groups.unready.append(pod.name)
                } else {
                    groups.readyCount += 1
                }
            } else {
                groups.missing.append(pod.name)
            }
        }
        if groups.values.isEmpty {
            throw MetricFailure("did not receive metrics for targeted pods (pods might be unready)")
        }
        return groups
    }

    private static let noPods = MetricFailure("no pods returned by selector while calculating replica count")

    /// Whether a pod's use of the processor says nothing yet: it is starting.
    private func isUnready(_ pod: ScaledPod, _ sample: PodSample) -> Bool {
        guard let readiness = pod.readiness, let started = pod.started else { return true }
        if started + settings.initializationPeriod > now {
            // Not before a whole window has passed since it changed.
            return readiness.isUnready || sample.time < readiness.since + sample.window
        }
        // It was never ready.
        return readiness.isUnready && started + settings.initialReadinessDelay > readiness.since
    }

    /// `fill` is what a missing pod counts for when fewer are proposed; when more are, it counts for nothing.
    private func fit(
        _ groups: Groups, current: Int, fill: (String) -> Int,
        measure: ([String: Int]) throws(MetricFailure) -> Measure
    ) throws(MetricFailure) -> Proposal {
        let first = try measure(groups.values)
        func proposal(_ replicas: Int) -> Proposal {
            Proposal(replicas: replicas, usage: first.usage, utilization: first.utilization)
        }
        let growsWithUnready = !groups.unready.isEmpty && first.ratio > 1
        if !growsWithUnready, groups.missing.isEmpty {
            if tolerance.covers(first.ratio) { return proposal(current) }
            return proposal(Int(replicas: first.ratio * Double(groups.readyCount)))
        }
        var values = groups.values
        for name in groups.missing {
            if first.ratio < 1 { values[name] = fill(name) } else if first.ratio > 1 { values[name] = 0 }
        }
        if growsWithUnready { for name in groups.unready { values[name] = 0 } }
        let second = try measure(values).ratio
        let turns = first.ratio < 1 && second > 1 || first.ratio > 1 && second < 1
        if tolerance.covers(second) || turns { return proposal(current) }
        let replicas = Int(replicas: second * Double(values.count))
        // What is unknown never turns the direction.
        if second < 1 && replicas > current || second > 1 && replicas < current { return proposal(current) }
        return proposal(replicas)
    }

    // MARK: Metrics of other things

    /// By one value for all pods together.
    func proposal(value usage: Int, target: Int, current: Int) throws(MetricFailure) -> Proposal {
        let ratio = Double(usage) / Double(target)
        if current == 0 { return Proposal(replicas: Int(replicas: ratio), usage: usage) }
        if tolerance.covers(ratio) { return Proposal(replicas: current, usage: usage) }
        if pods.isEmpty { throw MetricFailure("unable to calculate ready pods: \(Self.noPods)") }
        let ready = pods.count(where: \.isReady)
        return Proposal(replicas: Int(replicas: ratio * Double(ready)), usage: usage)
    }

    /// By what falls on each of the replicas that there are.
    func proposal(valuePerPod usage: Int, target: Int, replicas: Int) -> Proposal {
        let ratio = Double(usage) / (Double(target) * Double(replicas))
        let wanted = tolerance.covers(ratio) ? replicas : Int(replicas: Double(usage) / Double(target))
        let share = replicas == 0 ? Double(usage) : (Double(usage) / Double(replicas)).rounded(.up)
        return Proposal(replicas: wanted, usage: Int(exactly: share) ?? .max)
    }
}
