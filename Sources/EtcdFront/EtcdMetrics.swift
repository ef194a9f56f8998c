import EtcdStore

/// The front's and the store's state in Prometheus' text format, under the names that etcd's dashboards ask for.
struct EtcdMetrics {
    let counters: EtcdCounters
    /// Nil if the store has stopped.
    let status: StoreStatus?
    let keyCount: Int

    var text: String {
        var text = ""
        func add(_ name: String, _ type: String, _ help: String, _ value: Int) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n\(name) \(value)\n"
        }
        add("etcd_server_has_leader", "gauge", "Whether a leader is known.", status?.leader == nil ? 0 : 1)
        guard let status else { return text }
        let isLeader = status.leader == status.member
        add("etcd_server_is_leader", "gauge", "Whether this member leads.", isLeader ? 1 : 0)
        add("etcd_server_is_learner", "gauge", "Whether this member is a learner.", status.isLearner ? 1 : 0)
        add(
            "etcd_server_proposals_committed_total", "gauge", "Log entries committed.",
            Int(clamping: status.committedIndex))
        add("etcd_server_proposals_applied_total", "gauge", "Log entries applied.", Int(clamping: status.appliedIndex))
        add("etcd_mvcc_db_total_size_in_bytes", "gauge", "Bytes on disk.", status.sizeInBytes)
        add("etcd_mvcc_db_total_size_in_use_in_bytes", "gauge", "Bytes held, as the quota counts.", status.bytesHeld)
        add("etcd_server_quota_backend_bytes", "gauge", "The quota for bytes held.", status.quotaBytes)
        add("etcd_mvcc_put_total", "counter", "Puts by this member's clients.", counters.puts.value)
        add("etcd_mvcc_range_total", "counter", "Ranges by this member's clients.", counters.ranges.value)
        add("etcd_mvcc_delete_total", "counter", "Deletions by this member's clients.", counters.deletes.value)
        add("etcd_mvcc_txn_total", "counter", "Transactions by this member's clients.", counters.transactions.value)
        add("etcd_debugging_mvcc_keys_total", "gauge", "Keys that are there.", keyCount)
        add("etcd_debugging_mvcc_current_revision", "gauge", "The newest revision.", Int(status.revision))
        add("etcd_debugging_mvcc_compact_revision", "gauge", "The compacted revision.", Int(status.compactedRevision))
        add("etcd_debugging_mvcc_watch_stream_total", "gauge", "Open watch streams.", counters.watchStreams.value)
        add("etcd_debugging_mvcc_watcher_total", "gauge", "Open watches.", counters.watches.value)
        add("etcd_debugging_mvcc_events_total", "counter", "Events sent to watches.", counters.events.value)
        add("etcd_debugging_lease_granted_total", "counter", "Leases granted.", counters.leasesGranted.value)
        add("etcd_debugging_lease_revoked_total", "counter", "Leases revoked.", counters.leasesRevoked.value)
        add("etcd_debugging_lease_renewed_total", "counter", "Leases renewed.", counters.leasesRenewed.value)
        return text
    }
}
