import APIMachinery
import KubeAPI

/// What simulated nodes and their pods do, as data.
public struct SimulationStages: Sendable, Equatable {
    /// Another seed is another course of everything that has chance in it.
    public var seed: UInt64 = 1
    public var nodes = NodePlan()
    /// The first that matches a pod is the pod's; a pod that none matches runs for good.
    public var pods: [PodStage] = [.jobs]
    public init() {}
}

/// What all nodes are.
public struct NodePlan: Sendable, Equatable {
    public var capacity = ["cpu": "32", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "110"]
    public var labels: [String: String] = [:]
    /// As in a Node's spec, from its first moment on.
    public var taints: [JSON] = []
    /// Nodes get `topology.kubernetes.io/zone` of zone-1 to this one, in turn; 0 for no zones.
    public var zones = 0
    /// How often a Lease is renewed.
    public var heartbeat = Duration.seconds(10)
    public var stages: [NodeStage] = []
    public init() {}
}

/// Nodes that somebody may ask for while the simulation runs, all alike.
public struct SpareNodes: Sendable, Equatable {
    public var names: [String]
    public var plan: NodePlan
    public init(names: [String], plan: NodePlan) {
        self.names = names
        self.plan = plan
    }
}

/// How some nodes fall silent and return.
public struct NodeStage: Sendable, Equatable {
    public var name = ""
    /// Patterns of names with `*`; none is every node.
    public var names: [String] = []
    /// Which part of those nodes, from 0 to 1, by chance.
    public var share = 1.0
    /// From the node's start, or its last return.
    public var after = Span.none
    public var lasting = Span.none
    /// nil is again and again.
    public var times: Int?
    public init() {}
}

/// What pods of one sort do.
public struct PodStage: Sendable, Equatable {
    /// Which pods; what is empty excludes none.
    public struct Match: Sendable, Equatable {
        public var namespaces: [String] = []
        public var labels = LabelSelector.everything
        /// Kinds of the controller, such as Job.
        public var owners: [String] = []
        public var annotations: [String: String] = [:]
        /// Which part of these pods, from 0 to 1, by chance.
        public var share = 1.0
        public init() {}
    }
    /// How main containers end.
    public struct End: Sendable, Equatable {
        /// From the start of the container.
        public var after: Span
        public var code: Int
        /// Later runs go on for good; nil is every run.
        public var times: Int?
        public init(after: Span, code: Int = 0, times: Int? = nil) {
            self.after = after
            self.code = code
            self.times = times
        }
    }
    /// Main containers that are not ready from time to time; as with real ones, those that have a readiness probe.
    public struct Flaps: Sendable, Equatable {
        public var every: Span
        public var lasting: Span
        public init(every: Span, lasting: Span) {
            self.every = every
            self.lasting = lasting
        }
    }

    public var name: String
    public var match = Match()
    /// How long an image's pull takes.
    public var pull = Span.none
    /// How many pulls fail before one succeeds.
    public var pullFailures = 0
    /// From nothing to a sandbox.
    public var start = Span.none
    /// How long an init container takes.
    public var initialization = Span.none
    /// Until a startup probe succeeds, and until a readiness probe does after that.
    public var startup = Span.none
    public var ready = Span.none
    public var flaps: Flaps?
    public var end: End?
    /// From the signal to the end, within the pod's grace.
    public var stop = Span.none
    public var stopCode = 0

    public init(name: String) { self.name = name }

    /// Pods of Jobs succeed after a second.
    public static let jobs: PodStage = {
        var stage = PodStage(name: "jobs")
        stage.match.owners = ["Job"]
        stage.end = End(after: Span(.seconds(1)))
        return stage
    }()
    /// What no stage matches.
    static let running = PodStage(name: "running")
}

/// What pods and nodes say themselves, against any match.
enum SimulationAnnotation {
    private static let prefix = "simulation.skiff.dev/"
    /// On a pod: the name of its stage.
    static let stage = prefix + "stage"
    /// On a pod: how long its main containers run, such as `5s`, and the code that they end with.
    static let endsAfter = prefix + "ends-after"
    static let exitCode = prefix + "exit-code"
    /// On a node: `true` while nothing is to be heard of it.
    static let silent = prefix + "silent"
}

extension PodStage.Match {
    /// `chance` is this pod's own number for this stage.
    func matches(_ pod: Pod, _ chance: UInt64) -> Bool {
        guard namespaces.isEmpty || namespaces.contains(pod.namespace) else { return false }
        guard owners.isEmpty || owners.contains(pod.json.controller?["kind"]?.string ?? "") else { return false }
        guard labels.isEmpty || labels.matches(labelsOf: pod.json) else { return false }
        if !annotations.isEmpty {
            let present = pod.metadata.annotations
            guard annotations.allSatisfy({ present[$0.key] == $0.value }) else { return false }
        }
        return chance.isWithin(share)
    }
}

extension NodeStage {
    func matches(_ node: String, _ chance: UInt64) -> Bool {
        (names.isEmpty || names.contains { NamePattern.matches($0, node) }) && chance.isWithin(share)
    }
}

/// Names with `*` for any letters.
enum NamePattern {
    static func matches(_ pattern: String, _ name: String) -> Bool {
        var pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.popLast() else { return pattern == name }
        guard name.hasPrefix(first), name.count >= first.count + last.count, name.hasSuffix(last) else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}

extension UInt64 {
    /// Whether a number of any size, of which each is as likely, is within this share of all.
    func isWithin(_ share: Double) -> Bool { share >= 1 || Double(self) < share * Double(UInt64.max) }
}
