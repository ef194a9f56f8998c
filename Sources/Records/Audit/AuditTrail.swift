import Basics
import APIMachinery
import CoreMetrics
import Foundation
import Instruments
import Logging
import MariaDB
import Synchronization

/// The audit trail: events go to the spool at once and to the table in batches. `record` has the shape of the API
/// server's `AuditSink`.
public final class AuditTrail: Sendable {
    public struct Limits: Sendable {
        /// The spool's bytes on disk. When it is full new events are refused; what was taken is never dropped.
        public var spoolBytes: Int64 = 512 << 20
        public var segmentBytes = 4 << 20
        public var batchCount = 512
        public var batchBytes = 4 << 20
        /// How long events are gathered when there are few: a transaction for each would cost the database more than the
        /// request cost us.
        public var gatherMilliseconds = 50
        /// Pauses between attempts while the database is away.
        public var retryMilliseconds = 100...2_000
        /// How long the last events may take to reach the database when we stop.
        public var drainSeconds = 5
        public init() {}
    }

    /// What is counted since the start.
    public enum Count: Sendable, CaseIterable {
        case recorded
        /// Not taken: the spool was full or failed.
        case refused
        /// In the database.
        case delivered
        /// Not events, or refused by the database; kept in a file beside the spool.
        case rejected
        case failedBatches
    }

    private let spool: Spool
    private let database: Database?
    /// Whether events are read again from somewhere.
    public var hasDatabase: Bool { database != nil }
    private let limits: Limits
    private let logger: Logger
    private let counts = Mutex<[Count: Int]>([:])
    private let metrics: AuditMetrics
    private let factory: any MetricsFactory

    /// Without a database events stay in the spool.
    public init(
        spoolDirectory: String, database: Database?, limits: Limits = Limits(),
        metrics: any MetricsFactory = MetricsSystem.factory, logger: Logger
    ) throws {
        var spoolLimits = SpoolLedger.Limits()
        spoolLimits.totalBytes = limits.spoolBytes
        spoolLimits.segmentBytes = limits.segmentBytes
        spool = try Spool(directory: spoolDirectory, limits: spoolLimits, logger: logger)
        self.database = database
        self.limits = limits
        self.metrics = AuditMetrics(metrics)
        factory = metrics
        self.logger = logger
    }

    public func count(of count: Count) -> Int { counts.withLock { $0[count] ?? 0 } }
    public var spoolBytes: Int64 { spool.byteCount }

    /// Returns when the event survives a killed process. Throws when it cannot be kept.
    public func record(_ event: JSON) async throws {
        do {
            try spool.append(event.bytes)
            add(1, to: .recorded)
        } catch {
            add(1, to: .refused)
            throw error
        }
    }

    private func add(_ number: Int, to count: Count) {
        counts.withLock { $0[count, default: 0] += number }
        metrics.add(number, to: count)
    }

    /// Brings events to the database until the task is cancelled, then what is left for a short while more.
    public func run() async {
        let sampling = factory.sampled { [metrics, spool] in metrics.show(spoolBytes: spool.byteCount) }
        defer { sampling.end() }
        guard let database else { return }
        let writer = AuditWriter(database: database)
        let backoff = Backoff(
            base: .milliseconds(limits.retryMilliseconds.lowerBound),
            limit: .milliseconds(limits.retryMilliseconds.upperBound), jitter: 0)
        var failures = 0
        var isWarned = false
        while !Task.isCancelled {
            do {
                let count = try await deliverBatch(writer)
                if count != nil {
                    failures = 0
                    if isWarned { logger.notice("Audit events reach the database again.") }
                    isWarned = false
                } else {
                    for await _ in spool.appended { break }
                }
                if count ?? 0 < limits.batchCount / 4 {
                    try? await Task.sleep(for: .milliseconds(limits.gatherMilliseconds))
                }
            } catch {
                add(1, to: .failedBatches)
                if !isWarned {
                    logger.warning(
                        "Audit events wait in the spool: the database does not take them.",
                        metadata: ["error": .string("\(error)")])
                }
                isWarned = true
                try? await Task.sleep(for: backoff.delay(afterFailures: failures))
                failures += 1
            }
        }
        await drain(writer)
    }

    /// The last batches, outside the cancelled task, within a bound.
    private func drain(_ writer: AuditWriter) async {
        let deadline = ContinuousClock.now + .seconds(limits.drainSeconds)
        await Task.detached {
            while ContinuousClock.now < deadline {
                guard (try? await self.deliverBatch(writer)) ?? nil != nil else { return }
            }
        }.value
    }

    /// Takes one batch to the database; returns how many events it had, nil when there was none.
    private func deliverBatch(_ writer: AuditWriter) async throws -> Int? {
        guard
            let (payloads, end) = try spool.read(maximumCount: limits.batchCount, maximumBytes: limits.batchBytes)
        else { return nil }
        var rows: [AuditRow] = []
        for payload in payloads {
            if let row = AuditRow(payload) { rows.append(row) } else { reject(payload, "it has no audit id") }
        }
        do {
            try await writer.write(rows)
            add(rows.count, to: .delivered)
        } catch let error as DatabaseError where error.kind == .statement && rows.count > 0 {
            try await writeOneByOne(rows, writer)
        }
        spool.delivered(upTo: end)
        return payloads.count
    }

    /// One row that the database refuses must not hold up all others.
    private func writeOneByOne(_ rows: [AuditRow], _ writer: AuditWriter) async throws {
        for row in rows {
            do {
                try await writer.write([row])
                add(1, to: .delivered)
            } catch let error as DatabaseError where error.kind == .statement {
                reject(row.values.last?.bytes ?? [], error.description)
            }
        }
    }

    private func reject(_ payload: [UInt8], _ reason: String) {
        add(1, to: .rejected)
        logger.error("An audit event is set aside.", metadata: ["reason": .string(reason)])
        let path = "\(spool.directory)/rejected.jsonl"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forWritingAtPath: path) else { return }
        defer { try? file.close() }
        _ = try? file.seekToEnd()
        try? file.write(contentsOf: Data(payload + [UInt8(ascii: "\n")]))
    }
}
