import APIMachinery

/// What a node looks at to see whether it is short of something (kubelet's eviction signals).
public enum EvictionSignal: String, Sendable, Hashable, CaseIterable {
    case memory = "memory.available"
    case disk = "nodefs.available"
    case inodes = "nodefs.inodesFree"
    /// Images and containers' layers are on the node's own disk.
    case imageDisk = "imagefs.available"
    case imageInodes = "imagefs.inodesFree"
    case processes = "pid.available"

    /// What is short, as sentences and conditions have it.
    var resource: String {
        switch self {
        case .memory: "memory"
        case .disk, .imageDisk: "ephemeral-storage"
        case .inodes, .imageInodes: "inodes"
        case .processes: "pids"
        }
    }
    var condition: NodePressure {
        switch self {
        case .memory: .memory
        case .disk, .inodes, .imageDisk, .imageInodes: .disk
        case .processes: .processes
        }
    }
}

/// A condition of a node that is short of something.
public enum NodePressure: String, Sendable, Hashable, CaseIterable {
    case memory = "MemoryPressure"
    case disk = "DiskPressure"
    case processes = "PIDPressure"

    /// Reason and sentence of the condition.
    func words(_ isThere: Bool) -> (reason: String, message: String) {
        switch (self, isThere) {
        case (.memory, true): ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
        case (.memory, false): ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")
        case (.disk, true): ("KubeletHasDiskPressure", "kubelet has disk pressure")
        case (.disk, false): ("KubeletHasNoDiskPressure", "kubelet has no disk pressure")
        case (.processes, true): ("KubeletHasInsufficientPID", "kubelet has insufficient PID available")
        case (.processes, false): ("KubeletHasSufficientPID", "kubelet has sufficient PID available")
        }
    }
    /// The reason of the event about the node.
    func event(_ isThere: Bool) -> String { words(isThere).reason.replacing("Kubelet", with: "Node") }
}

/// How little of something is too little.
public struct EvictionThreshold: Sendable, Equatable {
    public enum Amount: Sendable, Equatable {
        case quantity(Quantity)
        /// From 0 to 1, of all that there is.
        case part(Double)

        /// In whole units.
        func value(of capacity: Int) -> Quantity {
            switch self {
            case .quantity(let quantity): quantity
            case .part(let part): Quantity(Int(Double(capacity) * part), format: .binarySI)
            }
        }
    }
    public var signal: EvictionSignal
    public var amount: Amount
    /// How long it must last before a pod is evicted with a grace of its own; nil is a hard one.
    public var gracePeriod: Duration?

    public init(_ signal: EvictionSignal, _ amount: Amount, gracePeriod: Duration? = nil) {
        self.signal = signal
        self.amount = amount
        self.gracePeriod = gracePeriod
    }

    public struct Malformed: Error, CustomStringConvertible {
        public var description: String
    }

    /// From a flag such as `memory.available<100Mi,nodefs.available<10%`; `0` and `0%` turn one off.
    public static func list(_ text: String) throws(Malformed) -> [EvictionThreshold] {
        var list: [EvictionThreshold] = []
        for statement in text.split(separator: ",") {
            let words = statement.split(separator: "<", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.filter { $0 != " " } }
            guard words.count == 2 else {
                throw Malformed(
                    description: "invalid eviction threshold syntax \(statement), expected <signal><operator><value>")
            }
            guard let signal = EvictionSignal(rawValue: words[0]) else {
                throw Malformed(description: "unsupported eviction signal \(words[0])")
            }
            guard !list.contains(where: { $0.signal == signal }) else {
                throw Malformed(description: "duplicate eviction threshold for \(words[0])")
            }
            if let amount = try amount(words[1], signal) { list.append(EvictionThreshold(signal, amount)) }
        }
        return list
    }
    private static func amount(_ text: String, _ signal: EvictionSignal) throws(Malformed) -> Amount? {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), percent.isFinite, (0...100).contains(percent) else {
                throw Malformed(
                    description: "eviction percentage threshold \(signal.rawValue) must be between 0% and 100%: \(text)"
                )
            }
            return percent == 0 || percent == 100 ? nil : .part(percent / 100)
        }
        guard let quantity = try? Quantity(text) else {
            throw Malformed(description: "eviction threshold \(signal.rawValue) must be a quantity: \(text)")
        }
        guard !quantity.isNegative else {
            throw Malformed(description: "eviction threshold \(signal.rawValue) must be positive: \(text)")
        }
        return quantity.isZero ? nil : .quantity(quantity)
    }

    /// Half of what Kubernetes keeps of a disk, as it is that of somebody who does other things with it too.
    public static let standard = "memory.available<100Mi,nodefs.available<5%,nodefs.inodesFree<5%"

    /// What of a resource is kept from pods for the hard thresholds.
    static func kept(_ thresholds: [EvictionThreshold], _ signal: EvictionSignal, of capacity: Int) -> Int {
        thresholds.filter { $0.signal == signal && $0.gracePeriod == nil }.map { $0.amount.value(of: capacity).value }
            .max() ?? 0
    }
}
