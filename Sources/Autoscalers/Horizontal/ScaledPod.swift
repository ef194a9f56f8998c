import APIMachinery
import Basics
import KubeAPI

/// What the autoscaler must know of one pod of its target.
struct ScaledPod: Sendable {
    struct Readiness: Sendable, Equatable {
        var isReady: Bool
        /// Said to be unready; what is unknown is neither.
        var isUnready: Bool
        var since: Instant
    }
    let name: String
    /// Failed, or on its way out: counts for nothing.
    let isLeaving: Bool
    let isPending: Bool
    let isRunning: Bool
    let readiness: Readiness?
    let started: Instant?
    private let spec: JSON

    init(_ pod: Pod) {
        name = pod.name
        isLeaving = pod.isBeingDeleted || pod.phase == "Failed"
        isPending = pod.phase == "Pending"
        isRunning = pod.phase == "Running"
        readiness = pod.condition("Ready").map { condition in
            let status = condition["status"]?.string
            return Readiness(
                isReady: status == "True", isUnready: status == "False",
                since: Instant(condition["lastTransitionTime"]) ?? .distantPast)
        }
        started = Instant(pod.json["status"]?["startTime"])
        spec = pod.json["spec"] ?? .object
    }

    var isReady: Bool { isRunning && readiness?.isReady == true }

    /// What it asks for of a resource, in thousandths: the pod itself if it says (KEP-2837), else its containers together,
    /// or the one of this name.
    func request(of resource: String, container: String?) throws(MetricFailure) -> Int {
        let own = spec["resources", "requests"]?.members ?? []
        if container == nil,
            own.contains(where: { ["cpu", "memory"].contains($0.name) || $0.name.hasPrefix("hugepages-") })
        {
            guard let amount = PodResources(ofSpec: spec).requests[resource] else {
                throw MetricFailure("missing pod-level request for \(resource) in Pod \(name)")
            }
            return amount.milliValue
        }
        let sidecars = (spec["initContainers"]?.elements ?? []).filter(PodLifecycle.isSidecar)
        var total = 0
        for one in (spec["containers"]?.elements ?? []) + sidecars {
            let itsName = one["name"]?.string ?? ""
            guard container == nil || container == itsName else { continue }
            guard let text = one["resources", "requests"]?[resource], let amount = try? Quantity(text) else {
                throw MetricFailure("missing request for \(resource) in container \(itsName) of Pod \(name)")
            }
            total = total.addingClamped(amount.milliValue)
            if container != nil { return total }
        }
        if let container { throw MetricFailure("container \(container) not found in Pod \(name)") }
        return total
    }
}

extension Int {
    /// Held to what 64 bits can say.
    func addingClamped(_ other: Int) -> Int {
        let (sum, hasOverflowed) = addingReportingOverflow(other)
        return hasOverflowed ? (other < 0 ? .min : .max) : sum
    }
    func multipliedClamped(by other: Int) -> Int {
        let (product, hasOverflowed) = multipliedReportingOverflow(by: other)
        return hasOverflowed ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
    /// A number of replicas (int32) that is at least this; what is none is nothing.
    init(replicas value: Double) {
        let rounded = value.rounded(.up)
        self = rounded.isNaN ? 0 : Int(Swift.min(Swift.max(rounded, Double(Int32.min)), Double(Int32.max)))
    }
}
