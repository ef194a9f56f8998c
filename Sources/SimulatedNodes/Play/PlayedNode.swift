import APIMachinery
import Basics
import KubeAPI
import Kubelet

/// One simulated node: how far it is, whether it is to be heard, and what is on it.
struct PlayedNode: Sendable {
    /// Whether the cluster has it.
    enum Standing: Sendable, Equatable {
        /// It is not to be in the cluster, until somebody asks for it.
        case unwanted
        case absent, registering, registered
    }
    /// Why nothing is to be heard of it. Each is ended apart.
    struct Silence: OptionSet, Sendable, Equatable {
        let rawValue: UInt8
        /// By its stage.
        static let staged = Silence(rawValue: 1)
        /// By its annotation.
        static let told = Silence(rawValue: 2)
    }

    let name: String
    let index: Int
    let hostIP: String
    /// How it falls silent; nil for never.
    let stage: NodeStage?
    var standing = Standing.absent
    /// Its heartbeat and status have their timers, which go on for good.
    var isTimed = false
    var silence: Silence = []
    /// How often its stage has silenced it.
    var silences = 0
    /// As the cluster has it.
    var object: Node?
    /// As it was written last.
    var lease: Lease?
    var isRenewing = false
    var isWritingStatus = false
    /// The places of its pods in the fleet.
    var pods: Set<Int> = []
    /// What its pods take, those that have not ended.
    private(set) var usage: [String: Int] = [:]
    private var addresses = AddressBook()
    /// Pods that changed while it was silent.
    var missed: Set<ObjectKey> = []

    init(name: String, index: Int, hostIP: String, stage: NodeStage?) {
        self.name = name
        self.index = index
        self.hostIP = hostIP
        self.stage = stage
    }

    var isSilent: Bool { !silence.isEmpty }

    // MARK: Pods

    mutating func add(_ place: Int, _ requests: [String: Int]) {
        pods.insert(place)
        usage.merge(requests, uniquingKeysWith: +)
    }
    mutating func remove(_ place: Int, _ requests: [String: Int], ordinal: Int?) {
        guard pods.remove(place) != nil else { return }
        for (name, amount) in requests { usage[name, default: 0] -= amount }
        if let ordinal { addresses.release(ordinal) }
    }
    mutating func takeAddress(_ wanted: Int? = nil) -> Int? { addresses.take(wanted) }

    /// Whether a pod fits for sure, so that nobody need look closer: it asks for nothing but amounts that are free.
    func fitsPlainly(_ pod: Pod, _ requests: [String: Int]) -> Bool {
        guard let object else { return true }
        let spec = pod.json["spec"] ?? .object
        for field in ["nodeSelector", "affinity", "os"] where spec[field] != nil { return false }
        if spec["securityContext", "sysctls"] != nil || object.json["spec", "taints"] != nil { return false }
        if pod.json["metadata", "labels", "kubernetes.io/os"] != nil || !HostPorts.areNone(spec) { return false }
        let allocatable = object.status.allocatable
        func amount(_ name: String) -> Int? { PodAdmission.amount(allocatable[name], of: name) }
        if let limit = amount("pods"), pods.count + 1 > limit { return false }
        return requests.allSatisfy { name, asked in
            asked <= 0 || amount(name).map { asked + (usage[name] ?? 0) <= $0 } ?? true
        }
    }
}

private enum HostPorts {
    static func areNone(_ spec: JSON) -> Bool {
        let containers = (spec["containers"]?.elements ?? []) + (spec["initContainers"]?.elements ?? [])
        return !containers.contains { $0["ports"]?.elements.contains { $0["hostPort"] != nil } ?? false }
    }
}

/// Which of a node's addresses are pods', by their place in its network: 2 is the first, as 0 is the network and 1 the node.
struct AddressBook: Sendable {
    private static let first = 2
    private static let last = SimulationLimits.podsPerNode + 1
    private var taken: [UInt64] = [0, 0, 0, 0]

    /// The wanted one if it is free, else the lowest that is; nil when all are taken.
    mutating func take(_ wanted: Int?) -> Int? {
        if let wanted, (Self.first...Self.last).contains(wanted), !isTaken(wanted) {
            mark(wanted, true)
            return wanted
        }
        guard let free = (Self.first...Self.last).first(where: { !isTaken($0) }) else { return nil }
        mark(free, true)
        return free
    }
    mutating func release(_ ordinal: Int) { mark(ordinal, false) }

    private func isTaken(_ ordinal: Int) -> Bool { taken[ordinal / 64] & (1 << UInt64(ordinal % 64)) != 0 }
    private mutating func mark(_ ordinal: Int, _ isTaken: Bool) {
        let bit: UInt64 = 1 << UInt64(ordinal % 64)
        if isTaken { taken[ordinal / 64] |= bit } else { taken[ordinal / 64] &= ~bit }
    }
}
