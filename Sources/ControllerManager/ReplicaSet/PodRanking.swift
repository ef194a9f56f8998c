import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI

/// The order in which pods are given up: first those that are least missed. The rules are Kubernetes' (in this order):
/// not on a node, not running, not ready, lower deletion cost, more siblings on its node, ready for a shorter time, more
/// restarts, younger. Times count by powers of two, so that among pods of about the same age chance (the uid) decides.
struct PodRanking {
    private struct Entry {
        var pod: Pod
        var rank: [Int64]
        var uid: String
    }
    private var entries: [Entry]

    init(_ pods: [Pod], related: [Pod], now: Instant) {
        var siblings: [String: Int] = [:]
        for pod in related { siblings[pod.nodeName, default: 0] += 1 }
        entries = pods.map { pod in
            Entry(pod: pod, rank: Self.rank(pod, siblings[pod.nodeName] ?? 0, now), uid: pod.uid)
        }
    }

    var leastMissedFirst: [Pod] {
        entries.sorted { left, right in
            for (a, b) in zip(left.rank, right.rank) where a != b { return a < b }
            return left.uid < right.uid
        }.map(\.pod)
    }

    private static func rank(_ pod: Pod, _ siblings: Int, _ now: Instant) -> [Int64] {
        let isReady = pod.isReady
        let phases = ["Pending": Int64(0), "Unknown": 1, "Running": 2]
        return [
            pod.nodeName.isEmpty ? 0 : 1, phases[pod.phase] ?? 0, isReady ? 1 : 0, deletionCost(pod), -Int64(siblings),
            isReady ? age(pod.readyChanged, now) : 0, -restarts(pod), age(pod.created, now),
        ]
    }
    /// Annotation controller.kubernetes.io/pod-deletion-cost; 0 if absent or not a 32-bit number.
    private static func deletionCost(_ pod: Pod) -> Int64 {
        let text = pod.json["metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"]?.string
        return text.flatMap { Int32($0) }.map(Int64.init) ?? 0
    }
    private static func restarts(_ pod: Pod) -> Int64 {
        let statuses = pod.json["status", "containerStatuses"]?.elements ?? []
        return Int64(statuses.map { $0["restartCount"]?.int ?? 0 }.max() ?? 0)
    }
    /// The power of two of an age in nanoseconds; -1 for what is just now. What has no time is the youngest.
    private static func age(_ since: Instant?, _ now: Instant) -> Int64 {
        guard let since, since < now else { return -1 }
        let (nanoseconds, hasOverflowed) = now.nanoseconds.subtractingReportingOverflow(since.nanoseconds)
        return hasOverflowed ? 63 : Int64(63 - nanoseconds.leadingZeroBitCount)
    }
}
