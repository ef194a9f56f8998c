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

    public var groups: [Group] = []
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
        guard (1...Self.groupLimit).contains(groups.count) else {
            throw Fault(field: "groups", reason: "must be 1 to \(Self.groupLimit) groups")
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
        try number("maxNodesTotal", \.maxNodesTotal)
        try duration("newPodScaleUpDelay", \.newPodScaleUpDelay)
        try duration("maxNodeProvisionTime", \.maxNodeProvisionTime)
        try flag("scaleDownEnabled", \.isScaleDownEnabled)
        try duration("scaleDownDelayAfterAdd", \.scaleDownDelayAfterAdd)
        try duration("scaleDownDelayAfterDelete", \.scaleDownDelayAfterDelete)
        try duration("scaleDownDelayAfterFailure", \.scaleDownDelayAfterFailure)
        try duration("scaleDownUnneededTime", \.scaleDownUnneededTime)
        try duration("scaleDownUnreadyTime", \.scaleDownUnreadyTime)
        if let share = try fields.decimal("scaleDownUtilizationThreshold", 0...1) {
            options.scaleDownUtilizationThreshold = share
        }
        try flag("skipNodesWithLocalStorage", \.skipsNodesWithLocalStorage)
        try flag("skipNodesWithSystemPods", \.skipsNodesWithSystemPods)
        guard options.scanInterval >= .milliseconds(100) else {
            throw Fault(field: "scanInterval", reason: "must be at least 100ms")
        }
        return options
    }
}

/// The fields of one mapping of the file; who has read all that is known asks for the rest to be refused.
private final class FileFields {
    private let json: JSON
    private let path: String
    private var known: Set<String> = []

    init(_ json: JSON, _ path: String) throws(NodeGroupsFile.Fault) {
        guard json.isObject else { throw NodeGroupsFile.Fault(field: path, reason: "must be a mapping") }
        self.json = json
        self.path = path
    }
    func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    private func value(_ name: String) -> JSON? {
        known.insert(name)
        return json[name].flatMap { $0.isNull ? nil : $0 }
    }
    private func checked<T>(_ name: String, _ what: String, _ read: (JSON) -> T?) throws(NodeGroupsFile.Fault) -> T? {
        guard let value = value(name) else { return nil }
        guard let result = read(value) else {
            throw NodeGroupsFile.Fault(field: place(name), reason: "must be \(what)")
        }
        return result
    }

    func list(_ name: String) throws(NodeGroupsFile.Fault) -> [JSON] {
        try checked(name, "a list") { $0.isArray ? $0.elements : nil } ?? []
    }
    func text(_ name: String) throws(NodeGroupsFile.Fault) -> String? { try checked(name, "a string") { $0.string } }
    func flag(_ name: String) throws(NodeGroupsFile.Fault) -> Bool? { try checked(name, "true or false") { $0.bool } }
    func number(_ name: String, _ range: ClosedRange<Int>) throws(NodeGroupsFile.Fault) -> Int? {
        try checked(name, "a number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }
    func decimal(_ name: String, _ range: ClosedRange<Double>) throws(NodeGroupsFile.Fault) -> Double? {
        try checked(name, "a number from \(range.lowerBound) to \(range.upperBound)") { value in
            value.double.flatMap { range.contains($0) ? $0 : nil }
        }
    }
    func duration(_ name: String) throws(NodeGroupsFile.Fault) -> Duration? {
        try checked(name, "a duration, such as 30s or 10m") { value in
            (value.string ?? value.number).flatMap { Duration(goText: $0) }.flatMap { $0 >= .zero ? $0 : nil }
        }
    }
    func map(_ name: String) throws(NodeGroupsFile.Fault) -> [String: String] {
        try checked(name, "a mapping of strings") { value in
            value.isObject && value.members.allSatisfy { ($0.value.string ?? $0.value.number) != nil }
                ? Dictionary(
                    value.members.map { ($0.name, $0.value.string ?? $0.value.number ?? "") }, uniquingKeysWith: { $1 })
                : nil
        } ?? [:]
    }
    func refuseUnknown() throws(NodeGroupsFile.Fault) {
        for (name, _) in json.members where !known.contains(name) {
            throw NodeGroupsFile.Fault(
                field: place(name), reason: "is not known; known are \(known.sorted().joined(separator: ", "))")
        }
    }
}
