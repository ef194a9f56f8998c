import KubeAPI

/// Counts a probe's results against its thresholds: a value that says when the verdict changes.
struct ProbeCounter: Sendable, Equatable {
    let kind: ProbeKind
    let successThreshold: Int
    let failureThreshold: Int
    private(set) var verdict: Bool?
    private var last: Bool?
    private var streak = 0

    init(_ kind: ProbeKind, _ probe: Probe) {
        self.kind = kind
        successThreshold = max(1, probe.successThreshold ?? 1)
        failureThreshold = max(1, probe.failureThreshold ?? 3)
        // Until it is asked a container lives, but is neither started nor ready.
        verdict = kind == .liveness ? true : nil
    }

    /// The new verdict if this result makes one.
    mutating func count(_ isHealthy: Bool) -> Bool? {
        streak = last == isHealthy ? streak + 1 : 1
        last = isHealthy
        guard streak >= (isHealthy ? successThreshold : failureThreshold), verdict != isHealthy else { return nil }
        verdict = isHealthy
        return isHealthy
    }
}
