import CoreMetrics
import Instruments

/// What the front counts, under the names that etcd's dashboards ask for. What the store has now, the store shows.
struct EtcdCounters: Sendable {
    let ranges: Counter
    let puts: Counter
    let deletes: Counter
    let transactions: Counter
    /// Events sent to watchers.
    let events: Counter
    /// Watch streams and watches that are open now.
    let watchStreams: Meter
    let watches: Meter
    let leasesGranted: Counter
    let leasesRevoked: Counter
    let leasesRenewed: Counter

    init(_ metrics: any MetricsFactory) {
        func counter(_ name: String, _ help: String) -> Counter { metrics.counter(.counter(name, help)) }
        ranges = counter("etcd_mvcc_range_total", "Total number of ranges seen by this member.")
        puts = counter("etcd_mvcc_put_total", "Total number of puts seen by this member.")
        deletes = counter("etcd_mvcc_delete_total", "Total number of deletes seen by this member.")
        transactions = counter("etcd_mvcc_txn_total", "Total number of txns seen by this member.")
        events = counter("etcd_debugging_mvcc_events_total", "Total number of events sent by this member.")
        watchStreams = metrics.gauge(
            .gauge("etcd_debugging_mvcc_watch_stream_total", "Total number of watch streams."))
        watches = metrics.gauge(.gauge("etcd_debugging_mvcc_watcher_total", "Total number of watchers."))
        leasesGranted = counter("etcd_debugging_lease_granted_total", "The total number of granted leases.")
        leasesRevoked = counter("etcd_debugging_lease_revoked_total", "The total number of revoked leases.")
        leasesRenewed = counter(
            "etcd_debugging_lease_renewed_total", "The number of renewed leases seen by the leader.")
    }
}

extension Counter {
    func add(_ number: Int) { increment(by: number) }
}

extension Meter {
    func add(_ number: Int) {
        if number > 0 { increment(by: Double(number)) } else if number < 0 { decrement(by: Double(-number)) }
    }
}
