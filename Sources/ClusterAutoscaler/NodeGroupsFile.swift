import APIMachinery
import Basics

/// Groups of nodes as a file says them, and how the autoscaler behaves; YAML or JSON. `Sources/ClusterAutoscaler/README.md` shows one.
public struct NodeGroupsFile: Sendable, Equatable {
    public struct Group: Sendable, Equatable {
        public var name: String
        public var minSize = 0
        public var maxSize: Int
        public var hourlyPrice: Double?
        public var priority = 0
        public var capacity: [String: String] = [:]
        public var labels: [String: String] = [:]
        /// As in a Node's spec.
        public var taints: [JSON] = []
        public var options = NodeGroup.Options()
    }
    /// Where a file is wrong, and how.
    public struct Fault: Error, Equatable, CustomStringConvertible {
        public var field: String
        public var reason: String
        public var description: String { field.isEmpty ? reason : "\(field): \(reason)" }
    }
    /// Bytes of a file.
    static let limitBytes = 1 << 20
    /// Groups, and nodes of one group.
    static let groupLimit = 100
    static let sizeLimit = 5_000
    private static let ownProvider = "skiff"
    private static let externalProvider = "externalgrpc"

    public var groups: [Group] = []
    /// Who makes nodes in the place of this machine, of a provider of `externalgrpc`: the path of its `cloudConfig`.
    public var cloudConfig: String?
    public var options = AutoscalerOptions()

    /// Throws `Fault`.
    public init(yaml bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Self.limitBytes else {
            throw Fault(field: "", reason: "has more than \(Self.limitBytes) bytes")
        }
        let document: YAML.Document
        do { document = try YAML.document(bytes) } catch { throw Fault(field: "", reason: "\(error)") }
        if let duplicate = document.duplicates.first { throw Fault(field: duplicate.path, reason: "\(duplicate)") }
        let fields = try FileFields(document.value, "")
        for (index, value) in try fields.list("groups").enumerated() {
            let group = try Self.group(FileFields(value, "groups[\(index)]"))
            guard !groups.contains(where: { $0.name == group.name }) else {
                throw Fault(field: "groups[\(index)].name", reason: "there is another group of this name")
            }
            groups.append(group)
        }
        let provider = try fields.text("cloudProvider") ?? Self.ownProvider
        guard [Self.ownProvider, Self.externalProvider].contains(provider) else {
            throw Fault(
                field: "cloudProvider", reason: "must be \(Self.ownProvider) or \(Self.externalProvider)")
        }
        cloudConfig = try fields.text("cloudConfig")
        guard (provider == Self.externalProvider) == (cloudConfig != nil) else {
            throw Fault(field: "cloudConfig", reason: "goes with cloudProvider \(Self.externalProvider)")
        }
        let counts = cloudConfig == nil ? 1...Self.groupLimit : 0...0
        guard counts.contains(groups.count) else {
            throw Fault(
                field: "groups",
                reason: cloudConfig == nil
                    ? "must be 1 to \(Self.groupLimit) groups" : "are the provider's, so there must be none here")
        }
        options = try Self.options(fields)
        try fields.refuseUnknown()
    }

    private static func group(_ fields: FileFields) throws(Fault) -> Group {
        guard let name = try fields.text("name"), isName(name) else {
            throw Fault(field: fields.place("name"), reason: "must be a name of small letters, digits and -")
        }
        guard let most = try fields.number("maxSize", 1...sizeLimit) else {
            throw Fault(field: fields.place("maxSize"), reason: "is required")
        }
        var group = Group(name: name, maxSize: most)
        group.minSize = try fields.number("minSize", 0...most) ?? 0
        group.hourlyPrice = try fields.decimal("hourlyPrice", 0...1e9)
        group.priority = try fields.number("priority", 0...1_000_000) ?? 0
        group.capacity = try fields.map("capacity")
        for (resource, amount) in group.capacity where (try? Quantity(amount)) == nil {
            throw Fault(field: fields.place("capacity.\(resource)"), reason: "must be a quantity, such as 4 or 16Gi")
        }
        group.labels = try fields.map("labels")
        for (index, taint) in try fields.list("taints").enumerated() {
            let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
            guard taint["key"]?.string != nil, effects.contains(taint["effect"]?.string ?? "") else {
                throw Fault(
                    field: fields.place("taints[\(index)]"),
                    reason: "must have a key and an effect: \(effects.joined(separator: ", "))")
            }
            group.taints.append(taint)
        }
        group.options.scaleDownUtilizationThreshold = try fields.decimal("scaleDownUtilizationThreshold", 0...1)
        group.options.scaleDownUnneededTime = try fields.duration("scaleDownUnneededTime")
        group.options.scaleDownUnreadyTime = try fields.duration("scaleDownUnreadyTime")
        group.options.maxNodeProvisionTime = try fields.duration("maxNodeProvisionTime")
        group.options.maxNodeStartupTime = try fields.duration("maxNodeStartupTime")
        group.options.ignoresDaemonSetsUtilization = try fields.flag("ignoreDaemonSetsUtilization")
        try fields.refuseUnknown()
        return group
    }

    private static func isName(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count) && name.first != "-" && name.last != "-"
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    private static func options(_ fields: FileFields) throws(Fault) -> AutoscalerOptions {
        var options = AutoscalerOptions()
        func duration(_ name: String, _ path: WritableKeyPath<AutoscalerOptions, Duration>) throws(Fault) {
            if let value = try fields.duration(name) { options[keyPath: path] = value }
        }
        func flag(_ name: String, _ path: WritableKeyPath<AutoscalerOptions, Bool>) throws(Fault) {
            if let value = try fields.flag(name) { options[keyPath: path] = value }
        }
        func number(_ name: String, _ path: WritableKeyPath<AutoscalerOptions, Int>) throws(Fault) {
            if let value = try fields.number(name, 0...1_000_000) { options[keyPath: path] = value }
        }
        func range(_ name: String, _ path: WritableKeyPath<AutoscalerOptions, ClosedRange<Int>>) throws(Fault) {
            guard let text = try fields.text(name) else { return }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let least = parts[0], let most = parts[1], 0 <= least, least <= most,
                most <= options[keyPath: path].upperBound
            else {
                throw Fault(
                    field: name,
                    reason: "must be the least and the most, such as 0:\(options[keyPath: path].upperBound)")
            }
            options[keyPath: path] = least...most
        }
        func texts(_ name: String, _ path: WritableKeyPath<AutoscalerOptions, Set<String>>) throws(Fault) {
            for (index, value) in try fields.list(name).enumerated() {
                guard let text = value.string, !text.isEmpty else {
                    throw Fault(field: "\(name)[\(index)]", reason: "must be a string")
                }
                options[keyPath: path].insert(text)
            }
        }
        let names = try fields.list("expander")
        if !names.isEmpty {
            options.expanders = []
            for (index, name) in names.enumerated() {
                guard let expander = AutoscalerOptions.Expander(rawValue: name.string ?? "") else {
                    let known = AutoscalerOptions.Expander.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Fault(field: "expander[\(index)]", reason: "must be one of \(known)")
                }
                options.expanders.append(expander)
            }
        }
        try duration("scanInterval", \.scanInterval)
        try flag("balanceSimilarNodeGroups", \.balancesSimilarGroups)
        try texts("balancingIgnoreLabels", \.balancingIgnoredLabels)
        try flag("enforceNodeGroupMinSize", \.enforcesMinSize)
        try number("maxNodesTotal", \.maxNodesTotal)
        try range("coresTotal", \.coresTotal)
        try range("memoryTotal", \.memoryTotal)
        if let count = try fields.number("maxNodesPerScaleUp", 1...sizeLimit) { options.maxNodesPerScaleUp = count }
        if let priority = try fields.number("expendablePodsPriorityCutoff", -2_147_483_648...1_000_000_000) {
            options.expendablePodsPriorityCutoff = priority
        }
        try texts("startupTaints", \.startupTaints)
        try texts("statusTaints", \.statusTaints)
        try duration("newPodScaleUpDelay", \.newPodScaleUpDelay)
        try duration("maxNodeProvisionTime", \.maxNodeProvisionTime)
        try duration("maxNodeStartupTime", \.maxNodeStartupTime)
        try duration("initialNodeGroupBackoffDuration", \.initialBackoff)
        try duration("maxNodeGroupBackoffDuration", \.maxBackoff)
        try duration("nodeGroupBackoffResetTimeout", \.backoffResetTimeout)
        try flag("scaleDownEnabled", \.isScaleDownEnabled)
        try flag("scaleDownUnreadyEnabled", \.isScaleDownOfUnreadyEnabled)
        try duration("scaleDownDelayAfterAdd", \.scaleDownDelayAfterAdd)
        try duration("scaleDownDelayAfterDelete", \.scaleDownDelayAfterDelete)
        try duration("scaleDownDelayAfterFailure", \.scaleDownDelayAfterFailure)
        try duration("scaleDownUnneededTime", \.scaleDownUnneededTime)
        try duration("scaleDownUnreadyTime", \.scaleDownUnreadyTime)
        if let share = try fields.decimal("scaleDownUtilizationThreshold", 0...1) {
            options.scaleDownUtilizationThreshold = share
        }
        try flag("ignoreDaemonSetsUtilization", \.ignoresDaemonSetsUtilization)
        try flag("ignoreMirrorPodsUtilization", \.ignoresMirrorPodsUtilization)
        try number("scaleDownNonEmptyCandidatesCount", \.scaleDownNonEmptyCandidates)
        try number("maxScaleDownParallelism", \.maxScaleDownParallelism)
        try number("maxDrainParallelism", \.maxDrainParallelism)
        try number("maxBulkSoftTaintCount", \.maxBulkSoftTaintCount)
        try duration("nodeDeleteDelayAfterTaint", \.nodeDeleteDelayAfterTaint)
        try duration("maxPodEvictionTime", \.maxPodEvictionTime)
        if let seconds = try fields.number("maxGracefulTerminationSec", 0...86_400) {
            options.maxGracefulTermination = .seconds(seconds)
        }
        try number("okTotalUnreadyCount", \.okTotalUnreadyCount)
        if let share = try fields.number("maxTotalUnreadyPercentage", 0...100) {
            options.maxTotalUnreadyPercentage = share
        }
        try flag("skipNodesWithCustomControllerPods", \.skipsNodesWithCustomControllerPods)
        try flag("skipNodesWithLocalStorage", \.skipsNodesWithLocalStorage)
        try flag("skipNodesWithSystemPods", \.skipsNodesWithSystemPods)
        guard options.scanInterval >= .milliseconds(100) else {
            throw Fault(field: "scanInterval", reason: "must be at least 100ms")
        }
        return options
    }
}
