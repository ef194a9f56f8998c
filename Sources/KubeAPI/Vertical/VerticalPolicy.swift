import APIMachinery

/// What a VerticalPodAutoscaler says of updates and containers, with what holds where it says nothing.
public struct VerticalPolicy: Sendable {
    public enum Mode: String, Sendable {
        case off = "Off", initial = "Initial", recreate = "Recreate", inPlaceOrRecreate = "InPlaceOrRecreate"
        case inPlace = "InPlace", auto = "Auto"
        /// Whether pods that run are changed.
        public var touchesPods: Bool { self != .off && self != .initial }
        /// Whether pods are resized where they are.
        public var resizes: Bool { self == .inPlaceOrRecreate || self == .inPlace }
    }
    public let mode: Mode
    /// nil for the default.
    public let minReplicas: Int?
    public let evictionRequirements: [EvictionRequirement]
    private let policies: [JSON]

    public init(_ autoscaler: JSON) {
        let updates = autoscaler["spec", "updatePolicy"]
        mode = updates?["updateMode"]?.string.flatMap { Mode(rawValue: $0) } ?? .recreate
        minReplicas = updates?["minReplicas"]?.int
        evictionRequirements = updates?.views("evictionRequirements") ?? []
        policies = autoscaler["spec", "resourcePolicy"]?["containerPolicies"]?.elements ?? []
    }

    /// A container's own policy, or that for all others.
    private func policy(_ container: String) -> JSON? {
        policies.first { $0["containerName"]?.string == container }
            ?? policies.last { $0["containerName"]?.string == "*" }
    }
    /// Whether the container is left alone.
    public func isOff(_ container: String) -> Bool { policy(container)?["mode"]?.string == "Off" }
    /// Of which resources something is recommended.
    public func resources(of container: String) -> [String] {
        policy(container)?["controlledResources"]?.strings ?? ["cpu", "memory"]
    }
    /// Whether limits are changed with requests.
    public func changesLimits(of container: String) -> Bool {
        policy(container)?["controlledValues"]?.string != "RequestsOnly"
    }

    /// Amounts within the container's bounds, and what was done to them, such as "cpu capped to minAllowed".
    public func bounded(
        _ amounts: ResourceAmounts, of container: String
    ) -> (amounts: ResourceAmounts, notes: [String]) {
        guard let policy = policy(container) else { return (amounts, []) }
        let (least, most) = (ResourceAmounts(policy["minAllowed"]), ResourceAmounts(policy["maxAllowed"]))
        return amounts.bounded(least, "capped to minAllowed", most, "capped to maxAllowed")
    }
}

extension ResourceAmounts {
    /// Raised to the one bound and lowered to the other, where they say something; with a note for each that was.
    func bounded(
        _ least: ResourceAmounts, _ raised: String, _ most: ResourceAmounts, _ lowered: String
    ) -> (amounts: ResourceAmounts, notes: [String]) {
        var amounts = self
        var notes: [String] = []
        for name in names {
            if let bound = least[name], !bound.isZero, let amount = amounts[name], amount < bound {
                amounts[name] = bound
                notes.append("\(name) \(raised)")
            }
            if let bound = most[name], !bound.isZero, let amount = amounts[name], amount > bound {
                amounts[name] = bound
                notes.append("\(name) \(lowered)")
            }
        }
        return (amounts, notes)
    }
}
