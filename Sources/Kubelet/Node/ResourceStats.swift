import Basics

/// What a node, its pods and their containers use, as it was counted last. Counters grow as long as what they count lives;
/// rates come with them once it was counted twice.
public struct ResourceStats: Sendable, Equatable {
    /// What one thing uses at one moment.
    public struct Usage: Sendable, Equatable {
        /// When it was counted.
        public var time: Instant
        /// Processor time used so far (`usageCoreNanoSeconds`).
        public var processorNanoseconds: Int
        /// Memory that cannot be had back at once (`workingSetBytes`).
        public var workingSetBytes: Int
        /// Nil until it was counted twice.
        public var rate: Rate?
        public init(time: Instant, processorNanoseconds: Int, workingSetBytes: Int, rate: Rate? = nil) {
            self.time = time
            self.processorNanoseconds = processorNanoseconds
            self.workingSetBytes = workingSetBytes
            self.rate = rate
        }
    }

    /// Processor use between two counts.
    public struct Rate: Sendable, Equatable {
        /// Billionths of a processor (`usageNanoCores`).
        public var nanocores: Int
        /// How long before `Usage.time` the earlier count was.
        public var window: Duration
        public init(nanocores: Int, window: Duration) {
            self.nanocores = nanocores
            self.window = window
        }
    }

    /// A running container.
    public struct Container: Sendable, Equatable {
        /// As in the pod's spec.
        public var name: String
        /// The runtime's id.
        public var id: String
        public var startedAt: Instant
        public var usage: Usage
        public init(name: String, id: String, startedAt: Instant, usage: Usage) {
            self.name = name
            self.id = id
            self.startedAt = startedAt
            self.usage = usage
        }
    }

    /// A pod with a sandbox; of its containers those that run.
    public struct Pod: Sendable, Equatable {
        public var namespace: String
        public var name: String
        public var uid: String
        public var startedAt: Instant
        /// By name.
        public var containers: [Container]
        public init(namespace: String, name: String, uid: String, startedAt: Instant, containers: [Container]) {
            self.namespace = namespace
            self.name = name
            self.uid = uid
            self.startedAt = startedAt
            self.containers = containers
        }
    }

    /// The node's name.
    public var node: String
    /// When the machine was booted.
    public var startedAt: Instant
    /// Of the whole machine.
    public var usage: Usage
    /// By namespace and name.
    public var pods: [Pod]
    public init(node: String, startedAt: Instant, usage: Usage, pods: [Pod]) {
        self.node = node
        self.startedAt = startedAt
        self.usage = usage
        self.pods = pods
    }
}

extension NodeAgent {
    /// What the node and its pods use. Counted at most once a second, whoever asks; nobody asking costs nothing. Rates are
    /// over at least `StatsSampler.shortestWindow`, so who wants them asks again after that.
    public func resourceStats() async -> ResourceStats { await sampler.stats() }
}
