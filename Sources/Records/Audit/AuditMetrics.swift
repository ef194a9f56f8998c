extension AuditTrail {
    /// Prometheus' text form.
    public var metricsText: String {
        let counts = metrics
        let lines: [(name: String, type: String, value: Int64)] = [
            ("skiff_audit_events_recorded_total", "counter", Int64(counts.recorded)),
            ("skiff_audit_events_refused_total", "counter", Int64(counts.refused)),
            ("skiff_audit_events_delivered_total", "counter", Int64(counts.delivered)),
            ("skiff_audit_events_rejected_total", "counter", Int64(counts.rejected)),
            ("skiff_audit_batches_failed_total", "counter", Int64(counts.failedBatches)),
            ("skiff_audit_spool_bytes", "gauge", spoolBytes),
        ]
        return lines.map { "# TYPE \($0.name) \($0.type)\n\($0.name) \($0.value)\n" }.joined()
    }
}
