import CoreMetrics
import Instruments

/// The trail's counts for those who watch over it.
struct AuditMetrics: Sendable {
    private let counters: [AuditTrail.Count: Counter]
    private let bytes: Meter

    init(_ metrics: any MetricsFactory) {
        counters = Dictionary(
            uniqueKeysWithValues: AuditTrail.Count.allCases.map { count in
                (count, metrics.counter(.counter(count.name, count.help)))
            })
        bytes = metrics.gauge(.gauge("skiff_audit_spool_bytes", "Bytes of the audit spool on disk."))
    }

    func add(_ number: Int, to count: AuditTrail.Count) { counters[count]?.increment(by: number) }
    func show(spoolBytes: Int64) { bytes.set(spoolBytes) }
}

extension AuditTrail.Count {
    fileprivate var name: String {
        switch self {
        case .recorded: "skiff_audit_events_recorded_total"
        case .refused: "skiff_audit_events_refused_total"
        case .delivered: "skiff_audit_events_delivered_total"
        case .rejected: "skiff_audit_events_rejected_total"
        case .failedBatches: "skiff_audit_batches_failed_total"
        }
    }
    fileprivate var help: String {
        switch self {
        case .recorded: "Audit events that were spooled."
        case .refused: "Audit events that were not taken: the spool was full or failed."
        case .delivered: "Audit events that are in the database."
        case .rejected: "Audit events that are none, or that the database refused."
        case .failedBatches: "Attempts at bringing audit events to the database that failed."
        }
    }
}
