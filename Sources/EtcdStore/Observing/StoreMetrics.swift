import CoreMetrics
import Instruments

/// What a member is and has, under etcd's names; shown when the metrics are read.
struct StoreMetrics: Sendable {
    private let hasLeader: Meter
    private let isLeader: Meter
    private let isLearner: Meter
    private let committed: Meter
    private let applied: Meter
    private let quota: Meter
    private let size: Meter
    private let sizeInUse: Meter
    private let keys: Meter
    private let revision: Meter
    private let compacted: Meter

    init(_ metrics: any MetricsFactory) {
        func gauge(_ name: String, _ help: String) -> Meter { metrics.gauge(.gauge(name, help)) }
        hasLeader = gauge("etcd_server_has_leader", "Whether or not a leader exists. 1 is existence, 0 is not.")
        isLeader = gauge(
            "etcd_server_is_leader", "Whether or not this member is a leader. 1 if is, 0 otherwise.")
        isLearner = gauge(
            "etcd_server_is_learner", "Whether or not this member is a learner. 1 if is, 0 otherwise.")
        committed = gauge(
            "etcd_server_proposals_committed_total", "The total number of consensus proposals committed.")
        applied = gauge(
            "etcd_server_proposals_applied_total", "The total number of consensus proposals applied.")
        quota = gauge("etcd_server_quota_backend_bytes", "Current backend storage quota size in bytes.")
        size = gauge(
            "etcd_mvcc_db_total_size_in_bytes",
            "Total size of the underlying database physically allocated in bytes.")
        sizeInUse = gauge(
            "etcd_mvcc_db_total_size_in_use_in_bytes",
            "Total size of the underlying database logically in use in bytes.")
        keys = gauge("etcd_debugging_mvcc_keys_total", "Total number of keys.")
        revision = gauge("etcd_debugging_mvcc_current_revision", "The current revision of store.")
        compacted = gauge(
            "etcd_debugging_mvcc_compact_revision", "The revision of the last compaction in store.")
    }

    /// `status` is nil if the store has stopped.
    func show(_ status: StoreStatus?, keyCount: Int) {
        hasLeader.set(status?.leader == nil ? 0 : 1)
        guard let status else { return }
        isLeader.set(status.leader == status.member ? 1 : 0)
        isLearner.set(status.isLearner ? 1 : 0)
        committed.set(status.committedIndex)
        applied.set(status.appliedIndex)
        quota.set(status.quotaBytes)
        size.set(status.sizeInBytes)
        sizeInUse.set(status.bytesHeld)
        keys.set(keyCount)
        revision.set(status.revision)
        compacted.set(status.compactedRevision)
    }
}

extension EmbeddedStore {
    /// Shows what the member is and has whenever the metrics are read, until the returned value is ended.
    public func sampled(by metrics: any MetricsFactory) -> Sampling {
        let shown = StoreMetrics(metrics)
        return metrics.sampled { [weak self] in
            guard let self else { return }
            shown.show(try? await status(), keyCount: (try? capture().table.liveCount) ?? 0)
        }
    }
}
