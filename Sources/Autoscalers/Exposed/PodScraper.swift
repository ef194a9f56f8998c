import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging
import OutboundHTTP
import Synchronization

/// Reads once a period what pods tell of themselves: those with the annotation `prometheus.io/scrape: "true"`, at their
/// `prometheus.io/port` (else the first port of a container), `path` (else `/metrics`) and `scheme`.
public struct PodScraper: ControlLoop {
    public static let identity = LoopIdentity.serviceAccount(
        "custom-metrics-apiserver", agent: "custom-metrics", follows: [Pod.resource, Service.resource],
        recordsEvents: false)
    static let concurrency = 16
    /// Pods that are read; what is more is left out, by name.
    static let podLimit = 2_000
    static let patience = Duration.seconds(5)
    /// What was not read for so many periods is not true any more.
    static let memoryPeriods = 3

    public var name: String { "custom-metrics" }
    public let exposed: ExposedMetrics
    private let context: LoopContext
    private let period: Duration
    private let limits: ExpositionLimits
    private let client: OutboundClient

    public init(
        _ context: LoopContext, rules: MetricRules = MetricRules(), period: Duration = .seconds(15),
        limits: ExpositionLimits = ExpositionLimits()
    ) {
        self.context = context.acting(as: Self.identity)
        self.period = period
        self.limits = limits
        exposed = ExposedMetrics(world: context.world, rules: rules)
        client = OutboundClient(maximumTransfers: Self.concurrency)
    }

    public func run() async throws {
        defer { client.shutdown() }
        try await context.world.waitUntilSynced([Pod.resource, Service.resource])
        while !Task.isCancelled {
            await read()
            do { try await context.clock.sleep(for: period) } catch { return }
        }
    }

    /// One round.
    func read() async {
        let targets = Self.targets(context.world.all(Pod.self))
        await withTaskGroup(of: Void.self) { group in
            var waiting = targets[...]
            for target in waiting.prefix(Self.concurrency) { group.addTask { await read(target) } }
            waiting = waiting.dropFirst(Self.concurrency)
            while await group.next() != nil {
                if let target = waiting.popFirst() { group.addTask { await read(target) } }
            }
        }
        let cutoff = context.clock.uptime - (period * Self.memoryPeriods).nanoseconds
        exposed.table.withLock { $0.keep(only: Set(targets.map(\.pod)), heardSince: cutoff) }
    }

    struct Target: Sendable, Equatable {
        var pod: ObjectKey
        var url: String
    }

    /// The pods that want to be read, by namespace and name.
    static func targets(_ pods: [Pod]) -> [Target] {
        let all = pods.compactMap { pod -> Target? in
            let notes = pod.annotations
            guard notes["prometheus.io/scrape"] == "true", pod.phase == "Running", !pod.isBeingDeleted,
                let address = pod.json["status", "podIP"]?.string, !address.isEmpty
            else { return nil }
            let ports = (pod.json["spec", "containers"]?.elements ?? []).flatMap { $0["ports"]?.elements ?? [] }
            let port = notes["prometheus.io/port"].flatMap { Int($0) } ?? ports.first?["containerPort"]?.int ?? 80
            guard (1...65_535).contains(port) else { return nil }
            let path = notes["prometheus.io/path"] ?? "/metrics"
            let scheme = notes["prometheus.io/scheme"] == "https" ? "https" : "http"
            let host = address.contains(":") ? "[\(address)]" : address
            let isPath = path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            return Target(pod: pod.key, url: "\(scheme)://\(host):\(port)\(isPath ? path : "/metrics")")
        }
        return Array(all.sorted { $0.pod < $1.pod }.prefix(podLimit))
    }

    private func read(_ target: Target) async {
        do {
            var request = OutboundRequest(target.url)
            request.headers = [("accept", "text/plain;version=0.0.4")]
            request.timeout = Self.patience
            request.connectTimeout = Self.patience
            request.maximumBodyBytes = limits.bytes
            // As Prometheus is told for pods: their certificates are their own.
            request.tls.isInsecure = true
            let response = try await client.send(request)
            let body = try await response.body.collect()
            guard response.status == 200 else {
                throw ExpositionError(line: 0, message: "the answer has the status \(response.status)")
            }
            let page = try Exposition(body, limits: limits)
            let (now, uptime) = (context.clock.now, context.clock.uptime)
            let isTaken = exposed.table.withLock { $0.read(page.series, of: target.pod, now, uptime) }
            if !isTaken {
                context.logger.warning("A pod's series are too many", metadata: ["pod": "\(target.pod)"])
            }
        } catch {
            context.logger.debug(
                "A pod's metrics cannot be read",
                metadata: ["pod": "\(target.pod)", "url": "\(target.url)", "error": "\(error)"])
        }
    }
}
