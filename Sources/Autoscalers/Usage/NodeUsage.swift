import Basics

/// What a node and its pods have used, as the node counts it: counters that grow as long as what they count lives.
public struct NodeUsage: Sendable, Equatable {
    public struct Amount: Sendable, Equatable {
        public var time: Instant
        /// Processor time since the start, in nanoseconds.
        public var processorNanoseconds: Int
        /// Memory that cannot be had back at once.
        public var workingSetBytes: Int
        public init(time: Instant, processorNanoseconds: Int, workingSetBytes: Int) {
            self.time = time
            self.processorNanoseconds = processorNanoseconds
            self.workingSetBytes = workingSetBytes
        }
    }
    public struct Container: Sendable, Equatable {
        public var name: String
        /// When its counter was zero; nil where the node does not say.
        public var startedAt: Instant?
        public var amount: Amount
        public init(name: String, startedAt: Instant?, amount: Amount) {
            self.name = name
            self.startedAt = startedAt
            self.amount = amount
        }
    }
    public struct Pod: Sendable, Equatable {
        public var namespace: String
        public var name: String
        public var containers: [Container]
        public init(namespace: String, name: String, containers: [Container]) {
            self.namespace = namespace
            self.name = name
            self.containers = containers
        }
    }
    public var amount: Amount
    public var pods: [Pod]
    public init(amount: Amount, pods: [Pod]) {
        self.amount = amount
        self.pods = pods
    }
}

/// How nodes are asked what they use.
public protocol NodeUsageSource: Sendable {
    /// Throws for a node that cannot be asked.
    func usage(ofNode name: String) async throws -> NodeUsage
}

extension NodeUsage {
    /// From the page `/metrics/resource` of a node; throws what is wrong with the page. `now` is for samples without time.
    public init(resourcePage text: [UInt8], now: Instant) throws {
        let page = try Exposition(text)
        func amounts(_ processor: String, _ memory: String, _ key: (ExposedSeries) -> [String]?) -> [[String]: Amount] {
            var amounts: [[String]: Amount] = [:]
            for series in page.series where series.name == processor || series.name == memory {
                guard let key = key(series) else { continue }
                var amount =
                    amounts[key] ?? Amount(time: now, processorNanoseconds: 0, workingSetBytes: 0)
                if series.name == processor {
                    amount.processorNanoseconds = Int(exactly: (series.value * 1e9).rounded()) ?? 0
                    if let time = series.milliseconds {
                        amount.time = Instant(nanoseconds: time.multipliedClamped(by: 1_000_000))
                    }
                } else {
                    amount.workingSetBytes = Int(exactly: series.value.rounded()) ?? 0
                }
                amounts[key] = amount
            }
            return amounts
        }
        func place(_ series: ExposedSeries) -> [String]? {
            guard let namespace = series.labels["namespace"], let pod = series.labels["pod"],
                let container = series.labels["container"]
            else { return nil }
            return [namespace, pod, container]
        }
        let node = amounts("node_cpu_usage_seconds_total", "node_memory_working_set_bytes") { _ in [] }
        guard let own = node[[]] else { throw ExpositionError(line: 0, message: "the page tells nothing of the node") }
        var starts: [[String]: Instant] = [:]
        for series in page.series where series.name == "container_start_time_seconds" {
            guard let key = place(series), series.value.isFinite else { continue }
            starts[key] = Instant(nanoseconds: Int64(exactly: (series.value * 1e9).rounded()) ?? 0)
        }
        let containers = amounts("container_cpu_usage_seconds_total", "container_memory_working_set_bytes", place)
        var pods: [[String]: [Container]] = [:]
        for (key, amount) in containers {
            pods[Array(key.prefix(2)), default: []].append(
                Container(name: key[2], startedAt: starts[key], amount: amount))
        }
        self.init(
            amount: own,
            pods: pods.map { key, containers in
                Pod(namespace: key[0], name: key[1], containers: containers.sorted { $0.name < $1.name })
            }.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) })
    }
}

extension Int {
    fileprivate func multipliedClamped(by other: Int) -> Int64 {
        let (product, hasOverflowed) = multipliedReportingOverflow(by: other)
        return Int64(hasOverflowed ? 0 : product)
    }
}
