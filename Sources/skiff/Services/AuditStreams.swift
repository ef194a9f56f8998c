import APIMachinery
import APIServer
import ArgumentParser
import CoreMetrics
import HTTPServer
import Logging
import OutboundHTTP
import Records
import ServiceLifecycle

/// Where the cluster's audit events go: the trail, and who else is named.
struct AuditStreams {
    let streams: [AuditStream]

    init(_ settings: AuditSettings, metrics: any MetricsFactory) throws {
        var streams: [AuditStream] = []
        let logger = Logger(label: "audit")
        if let webhook = settings.webhook {
            let target = try WebhookTarget(kubeconfig: webhook.path)
            let client = OutboundClient(maximumTransfers: Self.transfers)
            streams.append(
                AuditStream(
                    "webhook", mode: webhook.mode, settings: webhook.settings, metrics: metrics, logger: logger
                ) { events in
                    try await target.post(AuditEventList.text(events), client)
                })
        }
        if let log = settings.log {
            let file: AuditLogFile
            do {
                file = try AuditLogFile(
                    path: log.path, maximumBytes: log.maximumBytes, maximumBackups: log.maximumBackups)
            } catch {
                throw ValidationError("--audit-log-path: \(error)")
            }
            var settings = AuditStream.Settings()
            settings.maxWait = .milliseconds(100)
            settings.throttle = nil
            settings.initialBackoff = .seconds(1)
            streams.append(
                AuditStream("log", mode: .batch, settings: settings, metrics: metrics, logger: logger) { events in
                    try file.append(events)
                })
        }
        self.streams = streams
    }

    /// Requests to the webhook at once; where each event is waited for, so many are.
    private static let transfers = 64

    var isEmpty: Bool { streams.isEmpty }

    /// The trail's sink and these.
    func sink(_ trail: AuditTrail) -> any AuditSink {
        if streams.isEmpty { return AuditSpool(trail: trail) }
        return AuditSinks([AuditSpool(trail: trail)] + streams.map { Streamed(stream: $0) })
    }

    var services: [any Service] {
        streams.filter { $0.mode == .batch }.map { stream in Loop("audit-stream") { await stream.run() } }
    }

    private struct Streamed: AuditSink {
        let stream: AuditStream
        func record(_ event: JSON) async throws {
            do {
                try await stream.record(event)
            } catch let lost as AuditStream.Lost where lost.isRequired {
                throw AuditRequired(lost.description)
            }
        }
    }
}
