import APIMachinery
import Basics
import KubeAPI

/// What was measured of one pod.
public struct PodSample: Sendable, Equatable {
    /// In thousandths of the metric's unit.
    public var value: Int
    public var time: Instant
    /// Over how long before `time` it was measured.
    public var window: Duration
    public init(value: Int, time: Instant, window: Duration) {
        self.value = value
        self.time = time
        self.window = window
    }
}

/// What is known of one metric of an autoscaler, in thousandths of its unit.
public enum MetricReading: Sendable, Equatable {
    /// Of a resource, or of a metric of pods: by the pods' names.
    case pods([String: PodSample])
    /// Of one object.
    case object(Int)
    /// Of all that an external metric's selector finds.
    case external([Int])
    case failed(MetricFailure)
}

/// Why there is no value, as conditions and events say it.
public struct MetricFailure: Error, Equatable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// Where the values come from by which pods are scaled. Whoever gives them has them in memory: nobody waits.
public protocol ScalingMetrics: Sendable {
    /// The use of a resource by each pod, or by its container of this name.
    func usage(
        of resource: String, container: String?, namespace: String, _ pods: LabelSelector
    ) throws(MetricFailure) -> [String: PodSample]
    /// A metric that each pod has.
    func value(
        ofPods metric: String, _ series: LabelSelector, namespace: String, _ pods: LabelSelector
    ) throws(MetricFailure) -> [String: PodSample]
    /// A metric that an object has.
    func value(
        of object: CrossVersionObjectReference, _ metric: String, _ series: LabelSelector, namespace: String
    ) throws(MetricFailure) -> Int
    func values(ofExternal metric: String, _ series: LabelSelector, namespace: String) throws(MetricFailure) -> [Int]
}

extension MetricReading {
    /// What is known now of a metric that an autoscaler names.
    init(_ metric: MetricSpec, namespace: String, _ pods: LabelSelector, from source: any ScalingMetrics) {
        func series(_ selector: LabelSelector?) -> LabelSelector { selector ?? .everything }
        do throws(MetricFailure) {
            switch metric.type {
            case "Resource":
                self = .pods(
                    try source.usage(
                        of: metric.resource?.name ?? "", container: nil, namespace: namespace, pods))
            case "ContainerResource":
                self = .pods(
                    try source.usage(
                        of: metric.containerResource?.name ?? "", container: metric.containerResource?.container ?? "",
                        namespace: namespace, pods))
            case "Pods":
                let identity = metric.pods?.metric
                self = .pods(
                    try source.value(
                        ofPods: identity?.name ?? "", series(identity?.selector), namespace: namespace, pods))
            case "Object":
                let identity = metric.object?.metric
                self = .object(
                    try source.value(
                        of: metric.object?.describedObject ?? CrossVersionObjectReference(), identity?.name ?? "",
                        series(identity?.selector), namespace: namespace))
            case "External":
                let identity = metric.external?.metric
                self = .external(
                    try source.values(
                        ofExternal: identity?.name ?? "", series(identity?.selector), namespace: namespace))
            default: self = .failed(MetricFailure("unknown metric source type \"\(metric.type ?? "")\""))
            }
        } catch {
            self = .failed(error)
        }
    }
}
