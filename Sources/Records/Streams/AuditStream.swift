import APIMachinery
import CoreMetrics
import Instruments
import Logging
import Synchronization

/// Brings audit events to somebody outside: a webhook or a file. `send` gets the texts of some events and throws when they
/// did not arrive.
public final class AuditStream: Sendable {
    /// Whether a request waits for its events.
    public enum Mode: String, Sendable, CaseIterable {
        /// It does not; events go in batches, and what finds no room is lost.
        case batch
        /// It waits until each event has arrived or is given up.
        case blocking
        /// The same, and a request whose coming could not be told of is refused.
        case blockingStrict = "blocking-strict"
    }
    /// kube-apiserver's flags of the same names, and their defaults.
    public struct Settings: Sendable, Equatable {
        public var bufferSize = 10_000
        public var maxSize = 400
        public var maxWait: Duration = .seconds(30)
        /// Batches in a second, and at once; nil: not throttled.
        public var throttle: (perSecond: Double, burst: Int)? = (10, 15)
        public var initialBackoff: Duration = .seconds(10)
        public init() {}

        public static func == (left: Settings, right: Settings) -> Bool {
            left.bufferSize == right.bufferSize && left.maxSize == right.maxSize && left.maxWait == right.maxWait
                && left.throttle?.perSecond == right.throttle?.perSecond
                && left.throttle?.burst == right.throttle?.burst
                && left.initialBackoff == right.initialBackoff
        }
        /// How often a batch is sent before it is given up; each pause is half as long again (as kube-apiserver's webhooks).
        static let attempts = 5
        /// How long the last events may take to arrive when we stop.
        static let drainSeconds = 5
    }
    /// An event found no room, or nobody took it.
    public struct Lost: Error, CustomStringConvertible {
        public var description: String
        /// Whether its request may not be served.
        public var isRequired: Bool
    }

    private enum Fate: String { case sent, dropped, failed }

    public let mode: Mode
    private let settings: Settings
    private let name: String
    private let send: @Sendable ([[UInt8]]) async throws -> Void
    private let queue: Mutex<BatchQueue>
    private let news = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    private let counters: [Fate: Counter]
    private let logger: Logger
    private static let began = ContinuousClock.now

    /// `name` stands in metrics and logs.
    public init(
        _ name: String, mode: Mode, settings: Settings = Settings(),
        metrics: any MetricsFactory = MetricsSystem.factory,
        logger: Logger, send: @escaping @Sendable ([[UInt8]]) async throws -> Void
    ) {
        self.name = name
        self.mode = mode
        self.settings = settings
        self.send = send
        self.logger = logger
        var limits = BatchQueue.Limits()
        limits.waiting = settings.bufferSize
        limits.batch = settings.maxSize
        limits.waitNanoseconds = Self.nanoseconds(settings.maxWait)
        limits.throttle = settings.throttle.map { .init(perSecond: $0.perSecond, burst: $0.burst) }
        queue = Mutex(BatchQueue(limits))
        let family = MetricFamily.counter(
            "skiff_audit_stream_events_total", "Audit events for a webhook or a log file, by what became of them.",
            labels: ["stream", "fate"])
        counters = Dictionary(
            uniqueKeysWithValues: [Fate.sent, .dropped, .failed].map { fate in
                (fate, metrics.counter(family, name, fate.rawValue))
            })
    }

    /// Takes an event: for the next batch, or until it has arrived. Throws `Lost`.
    public func record(_ event: JSON) async throws {
        guard mode == .batch else {
            do {
                return try await deliver([event.bytes])
            } catch {
                // Of what comes later the request is served already.
                let isFirst = event["stage"]?.string == "RequestReceived"
                throw Lost(description: "\(error)", isRequired: mode == .blockingStrict && isFirst)
            }
        }
        let bytes = event.bytes
        guard queue.withLock({ $0.add(bytes, now: Self.now) }) else {
            counters[.dropped]?.increment()
            throw Lost(description: "audit buffer queue is full", isRequired: false)
        }
        news.continuation.yield()
    }

    /// Sends batches until the task is cancelled, then what is left for a short while more.
    public func run() async {
        while !Task.isCancelled {
            switch queue.withLock({ $0.next(now: Self.now) }) {
            case .send(let batch): try? await deliver(batch)
            case .rest: for await _ in news.stream { break }
            case .wait(let moment):
                // A batch that is filled before goes soon.
                let left = Duration.nanoseconds(max(1, moment - Self.now))
                try? await Task.sleep(for: min(left, .milliseconds(100)))
            }
        }
        await withTaskGroup(of: Void.self) { tasks in
            // Outside the cancelled task.
            let last = Task.detached { await self.drain() }
            tasks.addTask { await last.value }
            tasks.addTask {
                try? await Task.detached { try await Task.sleep(for: .seconds(Settings.drainSeconds)) }.value
            }
            await tasks.next()
            last.cancel()
        }
    }

    private func drain() async {
        while !Task.isCancelled, case .send(let batch) = queue.withLock({ $0.next(now: Self.now, isLast: true) }) {
            try? await deliver(batch)
        }
    }

    /// Sends until it has arrived or is given up; throws the last attempt's error.
    private func deliver(_ events: [[UInt8]]) async throws {
        var pause = settings.initialBackoff
        for attempt in 1... {
            do {
                try await send(events)
                counters[.sent]?.increment(by: events.count)
                return
            } catch {
                if attempt < Settings.attempts, (try? await Task.sleep(for: pause)) != nil {
                    pause = pause * 3 / 2
                    continue
                }
                counters[.failed]?.increment(by: events.count)
                logger.error(
                    "Audit events could not be sent",
                    metadata: ["stream": "\(name)", "events": "\(events.count)", "error": "\(error)"])
                throw error
            }
        }
    }

    private static var now: Int64 { nanoseconds(ContinuousClock.now - began) }
    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
