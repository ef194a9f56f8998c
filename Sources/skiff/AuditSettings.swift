import Basics
import ArgumentParser
import Records

extension UpOptions {
    /// Where audit events go beside the database; the flags are named as kube-apiserver's.
    struct Audit: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "A kubeconfig that says where audit events are sent, as audit.k8s.io/v1 EventLists. (default: nowhere)",
                valueName: "file"))
        var auditWebhookConfigFile: String?
        @Option(
            help: ArgumentHelp(
                "batch (in the background), blocking (each before its answer), or blocking-strict, where a request of "
                    + "which nothing could be told is refused. (default: batch)", valueName: "mode"))
        var auditWebhookMode: String?
        @Option(help: ArgumentHelp("Events that may wait; more are lost. (default: 10000)", valueName: "count"))
        var auditWebhookBatchBufferSize: Int?
        @Option(help: ArgumentHelp("Events in a batch. (default: 400)", valueName: "count"))
        var auditWebhookBatchMaxSize: Int?
        @Option(
            help: ArgumentHelp("How long an event waits for a batch to fill. (default: 30s)", valueName: "duration"))
        var auditWebhookBatchMaxWait: String?
        @Option(
            help: ArgumentHelp("Whether batches are held to a rate. (default: true)", valueName: "bool"))
        var auditWebhookBatchThrottleEnable: String?
        @Option(help: ArgumentHelp("Batches in a second. (default: 10)", valueName: "count"))
        var auditWebhookBatchThrottleQps: Int?
        @Option(help: ArgumentHelp("Batches at once after a quiet time. (default: 15)", valueName: "count"))
        var auditWebhookBatchThrottleBurst: Int?
        @Option(
            help: ArgumentHelp(
                "The pause after the first attempt that failed; the next are longer. (default: 10s)",
                valueName: "duration"))
        var auditWebhookInitialBackoff: String?
        @Option(
            help: ArgumentHelp(
                "A file that audit events are written to, one a line; - is standard output. (default: none)",
                valueName: "file"))
        var auditLogPath: String?
        @Option(
            help: ArgumentHelp("Megabytes after which it is set aside. (default: 100)", valueName: "megabytes"))
        var auditLogMaxsize: Int?
        @Option(
            help: ArgumentHelp("How many such files are kept; 0 is all. (default: 0)", valueName: "count"))
        var auditLogMaxbackup: Int?
    }
}

/// Where audit events go beside the database.
struct AuditSettings: Sendable {
    struct Webhook: Sendable {
        var path: String
        var mode = AuditStream.Mode.batch
        var settings = AuditStream.Settings()
    }
    struct LogFile: Sendable {
        var path: String
        var maximumBytes = 100 << 20
        var maximumBackups = 0
    }
    var webhook: Webhook?
    var log: LogFile?

    init(_ options: UpOptions.Audit, _ file: SettingsFile) throws {
        webhook = try Self.webhook(options, file)
        let size = try options.auditLogMaxsize ?? file.int("audit-log-maxsize")
        let backups = try options.auditLogMaxbackup ?? file.int("audit-log-maxbackup")
        if let path = try options.auditLogPath ?? file.string("audit-log-path") {
            log = LogFile(path: path)
            if let size, size != 0 { log?.maximumBytes = try Self.positive("audit-log-maxsize", size) << 20 }
            guard backups ?? 0 >= 0 else { throw ValidationError("--audit-log-maxbackup must not be negative") }
            log?.maximumBackups = backups ?? 0
        } else if size != nil || backups != nil {
            throw ValidationError("--audit-log-maxsize and the like go with --audit-log-path")
        }
    }

    private static func webhook(_ options: UpOptions.Audit, _ file: SettingsFile) throws -> Webhook? {
        let mode = try options.auditWebhookMode ?? file.string("audit-webhook-mode")
        let prefix = "audit-webhook-batch-"
        let buffer = try options.auditWebhookBatchBufferSize ?? file.int(prefix + "buffer-size")
        let size = try options.auditWebhookBatchMaxSize ?? file.int(prefix + "max-size")
        let wait = try options.auditWebhookBatchMaxWait ?? file.string(prefix + "max-wait")
        let isThrottled =
            try options.auditWebhookBatchThrottleEnable ?? file.bool(prefix + "throttle-enable").map(String.init)
        let rate = try options.auditWebhookBatchThrottleQps ?? file.int(prefix + "throttle-qps")
        let burst = try options.auditWebhookBatchThrottleBurst ?? file.int(prefix + "throttle-burst")
        let backoff = try options.auditWebhookInitialBackoff ?? file.string("audit-webhook-initial-backoff")
        guard let path = try options.auditWebhookConfigFile ?? file.string("audit-webhook-config-file") else {
            let others: [Any?] = [mode, buffer, size, wait, isThrottled, rate, burst, backoff]
            if others.allSatisfy({ $0 == nil }) { return nil }
            throw ValidationError("--audit-webhook-mode and the like go with --audit-webhook-config-file")
        }
        var webhook = Webhook(path: path)
        if let mode {
            guard let known = AuditStream.Mode(rawValue: mode) else {
                let names = AuditStream.Mode.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--audit-webhook-mode must be one of \(names), not \(mode)")
            }
            webhook.mode = known
        }
        if let buffer { webhook.settings.bufferSize = try positive(prefix + "buffer-size", buffer) }
        if let size { webhook.settings.maxSize = try positive(prefix + "max-size", size) }
        if let wait { webhook.settings.maxWait = try duration(prefix + "max-wait", wait) }
        if let backoff {
            webhook.settings.initialBackoff = try duration("audit-webhook-initial-backoff", backoff)
        }
        guard webhook.settings.maxSize <= webhook.settings.bufferSize else {
            throw ValidationError("--audit-webhook-batch-max-size is more than may wait")
        }
        switch isThrottled ?? "true" {
        case "true":
            webhook.settings.throttle = (
                Double(try positive(prefix + "throttle-qps", rate ?? 10)),
                try positive(prefix + "throttle-burst", burst ?? 15)
            )
        case "false": webhook.settings.throttle = nil
        case let other:
            throw ValidationError("--audit-webhook-batch-throttle-enable must be true or false, not \(other)")
        }
        return webhook
    }

    private static func positive(_ name: String, _ number: Int) throws -> Int {
        guard (1...1_000_000).contains(number) else {
            throw ValidationError("--\(name) must be from 1 to 1000000, not \(number)")
        }
        return number
    }

    private static func duration(_ name: String, _ text: String) throws -> Duration {
        guard let duration = Duration(goText: text), duration > .zero, duration <= .seconds(86_400) else {
            throw ValidationError("--\(name) must be a duration such as 30s or 500ms, not \(text)")
        }
        return duration
    }
}
