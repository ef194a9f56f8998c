import Synchronization

/// How often each probe of a node's containers had which result (`/metrics/probes`). A pod's figures go with the pod.
final class ProbeCounts: Sendable {
    enum Result: String, Sendable { case successful, failed, unknown }
    private struct Key: Hashable {
        var uid: String
        var namespace: String
        var pod: String
        var container: String
        var kind: String
        var result: String
    }
    private let counts = Mutex<[Key: Int]>([:])

    func add(
        _ result: Result, _ kind: ProbeKind, container: String, pod: (namespace: String, name: String, uid: String)
    ) {
        let key = Key(
            uid: pod.uid, namespace: pod.namespace, pod: pod.name, container: container, kind: kind.rawValue,
            result: result.rawValue)
        counts.withLock { $0[key, default: 0] += 1 }
    }
    func forget(_ uid: String) { counts.withLock { $0 = $0.filter { $0.key.uid != uid } } }

    var page: String {
        let counts = counts.withLock { $0 }
        func order(_ key: Key) -> [String] { [key.namespace, key.pod, key.uid, key.container, key.kind, key.result] }
        let sorted = counts.sorted { order($0.key).lexicographicallyPrecedes(order($1.key)) }
        var page = SeriesPage()
        page.family(
            "prober_probe_total", .counter,
            "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.",
            sorted.map { key, count in
                (
                    [
                        ("container", key.container), ("namespace", key.namespace), ("pod", key.pod),
                        ("pod_uid", key.uid), ("probe_type", key.kind), ("result", key.result),
                    ], .count(count), nil
                )
            })
        return page.text
    }
}
