import APIMachinery

/// What an autoscaler's recommendation comes to for one pod: within the LimitRanges of its namespace, its policy, and its limits.
public struct PodRecommendation: Sendable {
    public struct Container: Sendable, Equatable {
        public var name: String
        public var target: ResourceAmounts
        public var lower: ResourceAmounts
        public var upper: ResourceAmounts
        /// What was done to the target, such as "memory capped to maxAllowed".
        public var notes: [String] = []
    }
    /// What a container is to have.
    public struct Sizes: Sendable, Equatable {
        public var requests: ResourceAmounts
        /// Empty where limits stay.
        public var limits = ResourceAmounts()
        public var notes: [String] = []
    }

    public private(set) var containers: [Container] = []
    private let policy: VerticalPolicy
    private let pod: JSON
    private let containerBounds: LimitRangeBounds?

    public init(_ autoscaler: JSON, _ pod: JSON, limitRanges: [JSON]) {
        policy = VerticalPolicy(autoscaler)
        self.pod = pod
        containerBounds = LimitRangeBounds(limitRanges, "Container")
        let list = autoscaler["status", "recommendation", "containerRecommendations"]?.elements ?? []
        if list.isEmpty { return }
        containers = list.map {
            Container(
                name: $0["containerName"]?.string ?? "", target: ResourceAmounts($0["target"]),
                lower: ResourceAmounts($0["lowerBound"]), upper: ResourceAmounts($0["upperBound"]))
        }
        if let bounds = LimitRangeBounds(limitRanges, "Pod") { fit(bounds) }
        let there = Self.containers(of: pod).map { $0["name"]?.string ?? "" }
        containers = containers.filter { there.contains($0.name) && !policy.isOff($0.name) }.map { capped($0) }
    }

    public func container(_ name: String) -> Container? { containers.first { $0.name == name } }

    static func containers(of pod: JSON) -> [JSON] { pod["spec", "containers"]?.elements ?? [] }

    /// What a container has: as its node says, else as its spec does.
    public static func held(_ container: String, _ pod: JSON) -> (requests: ResourceAmounts, limits: ResourceAmounts) {
        let status = (pod["status", "containerStatuses"]?.elements ?? []).first { $0["name"]?.string == container }
        let spec = containers(of: pod).first { $0["name"]?.string == container }
        let resources = status?["resources"] ?? spec?["resources"]
        return (ResourceAmounts(resources?["requests"]), ResourceAmounts(resources?["limits"]))
    }

    // MARK: What a container is to have

    /// nil for a container of which nothing is recommended.
    public func sizes(of name: String) -> Sizes? {
        guard let container = container(name) else { return nil }
        var sizes = Sizes(requests: container.target, notes: container.notes)
        guard policy.changesLimits(of: name) else { return sizes }
        let (requests, limits) = Self.held(name, pod)
        var notes: [String] = []
        for resource in ["cpu", "memory"] {
            let (limit, note) = Proportion.limit(
                resource, limits[resource], requests[resource], container.target[resource],
                containerBounds?.defaultLimits[resource])
            sizes.limits[resource] = limit
            if let note { notes.append(note) }
        }
        if !sizes.limits.isEmpty { sizes.notes += notes }
        return sizes
    }

    // MARK: One container's bounds

    private func capped(_ container: Container) -> Container {
        var container = container
        let (target, notes) = capped(container.target, container.name)
        container.target = target
        container.notes = notes
        container.lower = capped(container.lower, container.name).amounts
        container.upper = capped(container.upper, container.name).amounts
        return container
    }

    private func capped(_ amounts: ResourceAmounts, _ name: String) -> (amounts: ResourceAmounts, notes: [String]) {
        let (requests, limits) = Self.held(name, pod)
        var (result, notes) = fit(amounts, requests, limits)
        let (bounded, more) = policy.bounded(result, of: name)
        result = bounded
        notes += more
        guard !policy.changesLimits(of: name) else { return (result, notes) }
        for resource in limits.names {
            guard let limit = limits[resource], let amount = result[resource], amount > limit else { continue }
            result[resource] = limit
            notes.append("\(resource) capped to container limit")
        }
        return (result, notes)
    }

    /// Requests whose limits stay within the LimitRanges.
    private func fit(
        _ amounts: ResourceAmounts, _ requests: ResourceAmounts, _ limits: ResourceAmounts
    ) -> (amounts: ResourceAmounts, notes: [String]) {
        guard let bounds = containerBounds else { return (amounts, []) }
        func allowed(_ bound: ResourceAmounts?) -> ResourceAmounts {
            var result = ResourceAmounts()
            guard let bound else { return result }
            for name in ["cpu", "memory"] {
                result[name] = Proportion.request(
                    name, requests[name], limits[name], bound: bound[name] ?? .zero, bounds.defaultLimits[name])
            }
            return result
        }
        var least = allowed(bounds.least)
        // A request is held to the minimum itself as well.
        if let bound = bounds.least { least.raise(to: bound.only(["cpu", "memory"])) }
        return amounts.bounded(
            least, "capped to fit Min in container LimitRange", allowed(bounds.most),
            "capped to fit Max in container LimitRange")
    }

    // MARK: The pod's bounds

    private mutating func fit(_ bounds: LimitRangeBounds) {
        for container in Self.containers(of: pod) {
            let name = container["name"]?.string ?? ""
            let requests = Self.held(name, pod).requests
            guard !containers.contains(where: { $0.name == name }), !requests.isEmpty else { continue }
            // What nothing is recommended of counts with what it has.
            containers.append(
                Container(name: name, target: requests, lower: ResourceAmounts(), upper: ResourceAmounts()))
        }
        let parts: [WritableKeyPath<Container, ResourceAmounts> & Sendable] = [\.upper, \.target, \.lower]
        for part in parts {
            for resource in ["cpu", "memory"] { fit(bounds, resource, part) }
        }
    }

    private mutating func fit(
        _ bounds: LimitRangeBounds, _ resource: String, _ part: WritableKeyPath<Container, ResourceAmounts> & Sendable
    ) {
        let least = bounds.least?[resource] ?? .zero
        let most = bounds.most?[resource] ?? .zero
        var (limits, requests) = (Quantity.zero, Quantity.zero)
        for container in containers {
            let held = Self.held(container.name, pod)
            let amount = container[keyPath: part][resource]
            let limit = Proportion.limit(
                resource, held.limits[resource], held.requests[resource], amount, bounds.defaultLimits[resource])
            if let limit = limit.limit { limits = limits + limit }
            requests = requests + (amount ?? .zero)
        }
        let fitsMost = most.isZero || !(most < limits)
        if !(limits < least), !(requests < least), fitsMost { return }
        let (from, to, roundsUp): (Quantity, Quantity, Bool)
        if requests < least, !limits.isZero {
            (from, to, roundsUp) = (requests, least, true)
        } else if limits.isZero {
            return
        } else {
            (from, to, roundsUp) = (limits, fitsMost ? least : most, false)
        }
        for index in containers.indices {
            guard let amount = containers[index][keyPath: part][resource] else { continue }
            containers[index][keyPath: part][resource] = Proportion.scaled(
                amount, from: from, to: to, isProcessor: resource == "cpu", roundsUp: roundsUp)
        }
    }
}
