import CoreMetrics
import Instruments

/// What the autoscaler counts, under the names of the autoscaler project's.
struct AutoscalerMetrics: Sendable {
    private let safe: Meter
    private let nodes: [(ClusterLook.Standing?, Meter)]
    private let longUnregistered: Meter
    private let groupCount: Meter
    private let unschedulable: Meter
    private let unneeded: Meter
    private let scaleDownInCoolDown: Meter
    private let maxNodes: Meter
    private let cores: Meter
    private let memory: Meter
    private let scaledUp: Counter
    private let scaledDown: [Bool: Counter]
    private let failedScaleUps: InstrumentTable<String, Counter>
    private let evicted: [Bool: Counter]
    private let unregisteredRemoved: Counter
    private let unremovable: InstrumentTable<String, Meter>
    private let activities: [Activity: Meter]
    private let durations: [Activity: Timer]

    enum Activity: String, Sendable, CaseIterable { case main, scaleUp, scaleDown }
    private static let unremovableReasons = [
        "ScaleDownDisabledAnnotation", "NotUnderutilized", "NodeGroupMinSizeReached", "MinimalResourceLimitExceeded",
        "NoPlaceToMovePods", "ScaleDownUnreadyDisabled", "NotUnneededOtherReason", "BlockedByPod",
    ]

    init(_ metrics: any MetricsFactory) {
        func gauge(_ name: String, _ help: String) -> Meter {
            metrics.gauge(.gauge("cluster_autoscaler_\(name)", help))
        }
        safe = gauge(
            "cluster_safe_to_autoscale",
            "Whether or not cluster is healthy enough for autoscaling. 1 if it is, 0 otherwise.")
        let count = MetricFamily.gauge(
            "cluster_autoscaler_nodes_count", "Number of nodes in cluster.", labels: ["state"])
        nodes = [
            (.ready, metrics.gauge(count, "ready")), (.unready, metrics.gauge(count, "unready")),
            (.starting, metrics.gauge(count, "notStarted")), (nil, metrics.gauge(count, "unregistered")),
        ]
        longUnregistered = metrics.gauge(count, "longUnregistered")
        groupCount = metrics.gauge(
            .gauge(
                "cluster_autoscaler_node_groups_count", "Number of node groups managed by CA.",
                labels: ["node_group_type"]), "autoscaled")
        unschedulable = metrics.gauge(
            .gauge(
                "cluster_autoscaler_unschedulable_pods_count", "Number of unschedulable pods in the cluster.",
                labels: ["type"]), "unschedulable")
        unneeded = gauge("unneeded_nodes_count", "Number of nodes currently considered unneeded by CA.")
        scaleDownInCoolDown = gauge(
            "scale_down_in_cooldown", "Whether or not the scale down is in cooldown. 1 if its, 0 otherwise.")
        maxNodes = gauge("max_nodes_count", "Maximum number of nodes in all node groups")
        cores = gauge("cluster_cpu_current_cores", "Current number of cores in the cluster, minus deleting nodes.")
        memory = gauge(
            "cluster_memory_current_bytes", "Current number of bytes of memory in the cluster, minus deleting nodes.")
        scaledUp = metrics.counter(
            .counter("cluster_autoscaler_scaled_up_nodes_total", "Number of nodes added by CA."))
        let down = MetricFamily.counter(
            "cluster_autoscaler_scaled_down_nodes_total", "Number of nodes removed by CA.", labels: ["reason"])
        scaledDown = [true: metrics.counter(down, "empty"), false: metrics.counter(down, "underutilized")]
        let failed = MetricFamily.counter(
            "cluster_autoscaler_failed_scale_ups_total", "Number of times scale-up operation has failed.",
            labels: ["reason"])
        failedScaleUps = InstrumentTable { metrics.counter(failed, $0) }
        let evictions = MetricFamily.counter(
            "cluster_autoscaler_evicted_pods_total", "Number of pods evicted by CA", labels: ["eviction_result"])
        evicted = [true: metrics.counter(evictions, "succeeded"), false: metrics.counter(evictions, "failed")]
        unregisteredRemoved = metrics.counter(
            .counter(
                "cluster_autoscaler_old_unregistered_nodes_removed_count",
                "Number of unregistered nodes removed by CA."))
        let reasons = MetricFamily.gauge(
            "cluster_autoscaler_unremovable_nodes_count", "Number of nodes currently considered unremovable by CA.",
            labels: ["reason"])
        unremovable = InstrumentTable { metrics.gauge(reasons, $0) }
        let activity = MetricFamily.gauge(
            "cluster_autoscaler_last_activity", "Last time certain part of CA logic executed.", labels: ["activity"])
        activities = Dictionary(
            uniqueKeysWithValues: Activity.allCases.map { ($0, metrics.gauge(activity, $0.rawValue)) })
        let duration = MetricFamily.histogram(
            "cluster_autoscaler_function_duration_seconds", "Time taken by various parts of CA main loop.",
            labels: ["function"],
            bounds: [0.01, 0.05, 0.1] + MetricFamily.bounds(from: 0.5, times: 2, count: 10))
        durations = Dictionary(
            uniqueKeysWithValues: Activity.allCases.map { ($0, metrics.timer(duration, $0.rawValue)) })
    }

    func note(_ look: ClusterLook, _ decision: AutoscalerCore.Decision, _ options: AutoscalerOptions) {
        safe.set(decision.isHealthy ? 1 : 0)
        let unregistered = look.groups.reduce(0) { $0 + look.unregistered($1.id).count }
        for (standing, meter) in nodes {
            meter.set(
                standing.map { standing in look.nodes.filter { look.standing($0.name) == standing }.count }
                    ?? unregistered)
        }
        longUnregistered.set(decision.giveUps.filter { $0.kind == .late }.reduce(0) { $0 + $1.instances.count })
        groupCount.set(look.groups.count)
        unschedulable.set(look.unschedulable(options).count)
        unneeded.set(decision.scaleDown?.unneeded.count ?? 0)
        scaleDownInCoolDown.set(decision.heldBack == nil ? 0 : 1)
        maxNodes.set(options.maxNodesTotal)
        let capacity = look.nodes.map { NodeGroup.capacity(of: $0.json) }
        cores.set(capacity.reduce(0) { $0 + $1.cpu } / 1_000)
        memory.set(capacity.reduce(0) { $0 + $1.memory })
        var counts: [String: Int] = [:]
        for obstacle in decision.scaleDown?.obstacles.values ?? [:].values { counts[obstacle.reason, default: 0] += 1 }
        for reason in Self.unremovableReasons { unremovable[reason].set(counts[reason] ?? 0) }
    }
    func took(_ activity: Activity, _ duration: Duration, until seconds: Int64) {
        activities[activity]?.set(seconds)
        durations[activity]?.record(duration)
    }
    func added(_ count: Int) { scaledUp.increment(by: count) }
    func removed(isEmpty: Bool) { scaledDown[isEmpty]?.increment() }
    /// `reason` is one of the autoscaler project's: `cloudProviderError`, `timeout`.
    func failed(_ reason: String) { failedScaleUps[reason].increment() }
    func pod(isEvicted: Bool) { evicted[isEvicted]?.increment() }
    func removedUnregistered(_ count: Int) { unregisteredRemoved.increment(by: count) }
}
