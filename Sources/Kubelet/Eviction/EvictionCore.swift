import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// How much there is of something, and how much of it is free.
public struct EvictionObservation: Sendable, Equatable {
    public var available: Int
    public var capacity: Int
    public init(available: Int, capacity: Int) {
        self.available = available
        self.capacity = capacity
    }
}

/// What a pod uses of its node.
struct PodUsage: Sendable, Equatable {
    struct Amounts: Sendable, Equatable {
        /// Working set.
        var memoryBytes = 0
        /// Layers, logs and, of pods, volumes on the disk.
        var diskBytes = 0
        var processes = 0
    }
    /// As the node agreed to it.
    var pod: Pod
    var total = Amounts()
    /// By name, of those that run.
    var containers: [String: Amounts] = [:]

    init(_ pod: Pod) { self.pod = pod }
}

/// What follows from a look at the node.
struct EvictionDecision: Sendable, Equatable {
    struct Victim: Sendable, Equatable {
        var uid: String
        var message: String
        var graceSeconds: Int
    }
    /// What the node's conditions tell.
    var pressures: Set<NodePressure> = []
    /// What is short by now, and must be had back from a pod; nil for nothing.
    var reclaims: String?
    /// At most one pod at a time.
    var victim: Victim?
}

/// Which pod must go when its node is short of something (pkg/kubelet/eviction): a value that is told what there is.
struct EvictionCore: Sendable {
    var thresholds: [EvictionThreshold]
    /// How long a condition stays after it was last seen.
    var transitionPeriod = Duration.seconds(300)
    /// The longest grace of a pod that a soft threshold evicts.
    var maximumPodGraceSeconds = 0

    /// When thresholds that are met now were first met.
    private var firstMet: [EvictionSignal: [Bool: Instant]] = [:]
    private var lastSeen: [NodePressure: Instant] = [:]

    init(_ thresholds: [EvictionThreshold]) { self.thresholds = thresholds }

    /// What pods' disks hold is needed only where the answer is true for the disk.
    func needsDiskUsage(_ observations: [EvictionSignal: EvictionObservation]) -> Bool {
        thresholds.contains { $0.signal.condition == .disk && isMet($0, observations) }
    }

    mutating func look(
        _ observations: [EvictionSignal: EvictionObservation], _ pods: [PodUsage], at now: Instant
    ) -> EvictionDecision {
        let met = thresholds.filter { isMet($0, observations) }
        var first: [EvictionSignal: [Bool: Instant]] = [:]
        for threshold in met {
            let isHard = threshold.gracePeriod == nil
            first[threshold.signal, default: [:]][isHard] = firstMet[threshold.signal]?[isHard] ?? now
        }
        firstMet = first
        for threshold in met { lastSeen[threshold.signal.condition] = now }
        var decision = EvictionDecision()
        decision.pressures = Set(lastSeen.filter { now - $0.value < transitionPeriod || $0.value == now }.keys)
        let due = met.filter { threshold in
            guard let grace = threshold.gracePeriod else { return true }
            return (first[threshold.signal]?[false]).map { now - $0 >= grace } ?? false
        }
        // Memory before all else, and what holds now before what had to last.
        let ranked = due.sorted { one, other in
            (one.signal == .memory ? 0 : 1, one.gracePeriod == nil ? 0 : 1)
                < (other.signal == .memory ? 0 : 1, other.gracePeriod == nil ? 0 : 1)
        }
        guard let threshold = ranked.first else { return decision }
        decision.reclaims = threshold.signal.resource
        let candidates = pods.filter { !Self.isCritical($0.pod) }.sorted { isBefore($0, $1, threshold.signal) }
        guard let usage = candidates.first else { return decision }
        decision.victim = EvictionDecision.Victim(
            uid: usage.pod.uid, message: message(usage, threshold, observations[threshold.signal]),
            graceSeconds: threshold.gracePeriod == nil
                ? 1 : min(maximumPodGraceSeconds, usage.pod.spec.terminationGracePeriodSeconds ?? 30))
        return decision
    }

    private func isMet(_ threshold: EvictionThreshold, _ observations: [EvictionSignal: EvictionObservation]) -> Bool {
        guard let observed = observations[threshold.signal] else { return false }
        return Quantity(observed.available) < threshold.amount.value(of: observed.capacity)
    }

    /// Those without which a cluster does not work (scheduling.SystemCriticalPriority).
    static func isCritical(_ pod: Pod) -> Bool { pod.spec.priority ?? 0 >= 2_000_000_000 }

    // MARK: Who goes first

    /// Who uses more than it asked for, then who is of less priority, then who uses most beyond it.
    private func isBefore(_ one: PodUsage, _ other: PodUsage, _ signal: EvictionSignal) -> Bool {
        let (first, second) = (rank(one, signal), rank(other, signal))
        if first != second { return first < second }
        return one.pod.uid < other.pod.uid
    }
    private func rank(_ usage: PodUsage, _ signal: EvictionSignal) -> (Int, Int, Int) {
        let priority = usage.pod.spec.priority ?? 0
        let asked = ResourcePolicy.amounts(usage.pod.json["spec"] ?? .object).requests
        switch signal.condition {
        case .memory:
            let beyond = usage.total.memoryBytes - (asked["memory"]?.value ?? 0)
            return (beyond > 0 ? 0 : 1, priority, -beyond)
        case .disk:
            let beyond = usage.total.diskBytes - (asked["ephemeral-storage"]?.value ?? 0)
            return (beyond > 0 ? 0 : 1, priority, -beyond)
        case .processes: return (0, priority, -usage.total.processes)
        }
    }

    // MARK: The sentence

    private func message(
        _ usage: PodUsage, _ threshold: EvictionThreshold, _ observed: EvictionObservation?
    ) -> String {
        let resource = threshold.signal.resource
        var message = "The node was low on resource: \(resource). "
        if let observed {
            let available = Quantity(observed.available, format: .binarySI)
            message +=
                "Threshold quantity: \(threshold.amount.value(of: observed.capacity)), available: \(available). "
        }
        let ofPod = usage.pod.json["spec", "resources", "requests"]
        if resource == "memory", let request = ofPod?[resource]?.string {
            let used = Quantity(usage.total.memoryBytes, format: .binarySI)
            message +=
                "Pod \(usage.pod.name) was using \(used), request is \(request), has larger consumption of \(resource). "
        }
        for container in usage.pod.spec.containers + usage.pod.spec.initContainers {
            guard let own = usage.containers[container.name ?? ""] else { continue }
            let bytes: Int
            switch resource {
            case "memory": bytes = own.memoryBytes
            case "ephemeral-storage": bytes = own.diskBytes
            default: continue
            }
            let request = container.resources?.requests[resource].flatMap { try? Quantity($0) } ?? .zero
            guard Quantity(bytes) > request else { continue }
            let used = Quantity(bytes, format: .binarySI)
            message += "Container \(container.name ?? "") was using \(used), request is \(request), "
            message += "has larger consumption of \(resource). "
        }
        return message
    }
}
