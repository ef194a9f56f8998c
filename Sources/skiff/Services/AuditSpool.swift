import APIMachinery
import APIServer
import Records

/// The API server's audit events go to the trail's spool.
struct AuditSpool: AuditSink {
    let trail: AuditTrail

    func record(_ event: JSON) async throws { try await trail.record(event) }
}
