// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Scale: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")
    public static let resource = GroupResource(group: "autoscaling", resource: "scales")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ScaleSpec { get { ScaleSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ScaleStatus { get { ScaleStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct ScaleSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
}

public struct ScaleStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var selector: String? { get { json["selector"]?.string } set { json["selector"] = newValue.map { JSON($0) } } }
}

public struct HorizontalPodAutoscaler: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler")
    public static let resource = GroupResource(group: "autoscaling", resource: "horizontalpodautoscalers")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: HorizontalPodAutoscalerSpec { get { HorizontalPodAutoscalerSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: HorizontalPodAutoscalerStatus { get { HorizontalPodAutoscalerStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct HorizontalPodAutoscalerSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var behavior: HorizontalPodAutoscalerBehavior? { get { json["behavior"].map { HorizontalPodAutoscalerBehavior($0) } } set { json["behavior"] = newValue?.json } }
    public var maxReplicas: Int? { get { json["maxReplicas"]?.int } set { json["maxReplicas"] = newValue.map { JSON($0) } } }
    public var metrics: [MetricSpec] { get { json.views("metrics") } set { json.setViews("metrics", newValue) } }
    public var minReplicas: Int? { get { json["minReplicas"]?.int } set { json["minReplicas"] = newValue.map { JSON($0) } } }
    public var scaleTargetRef: CrossVersionObjectReference? { get { json["scaleTargetRef"].map { CrossVersionObjectReference($0) } } set { json["scaleTargetRef"] = newValue?.json } }
}

public struct HorizontalPodAutoscalerStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [HorizontalPodAutoscalerCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var currentMetrics: [MetricStatus] { get { json.views("currentMetrics") } set { json.setViews("currentMetrics", newValue) } }
    public var currentReplicas: Int? { get { json["currentReplicas"]?.int } set { json["currentReplicas"] = newValue.map { JSON($0) } } }
    public var desiredReplicas: Int? { get { json["desiredReplicas"]?.int } set { json["desiredReplicas"] = newValue.map { JSON($0) } } }
    public var lastScaleTime: String? { get { json["lastScaleTime"]?.string } set { json["lastScaleTime"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
}

public struct HorizontalPodAutoscalerBehavior: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var scaleDown: HPAScalingRules? { get { json["scaleDown"].map { HPAScalingRules($0) } } set { json["scaleDown"] = newValue?.json } }
    public var scaleUp: HPAScalingRules? { get { json["scaleUp"].map { HPAScalingRules($0) } } set { json["scaleUp"] = newValue?.json } }
}

public struct CrossVersionObjectReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiVersion: String? { get { json["apiVersion"]?.string } set { json["apiVersion"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct MetricSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerResource: ContainerResourceMetricSource? { get { json["containerResource"].map { ContainerResourceMetricSource($0) } } set { json["containerResource"] = newValue?.json } }
    public var external: ExternalMetricSource? { get { json["external"].map { ExternalMetricSource($0) } } set { json["external"] = newValue?.json } }
    public var object: ObjectMetricSource? { get { json["object"].map { ObjectMetricSource($0) } } set { json["object"] = newValue?.json } }
    public var pods: PodsMetricSource? { get { json["pods"].map { PodsMetricSource($0) } } set { json["pods"] = newValue?.json } }
    public var resource: ResourceMetricSource? { get { json["resource"].map { ResourceMetricSource($0) } } set { json["resource"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct HorizontalPodAutoscalerCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct MetricStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerResource: ContainerResourceMetricStatus? { get { json["containerResource"].map { ContainerResourceMetricStatus($0) } } set { json["containerResource"] = newValue?.json } }
    public var external: ExternalMetricStatus? { get { json["external"].map { ExternalMetricStatus($0) } } set { json["external"] = newValue?.json } }
    public var object: ObjectMetricStatus? { get { json["object"].map { ObjectMetricStatus($0) } } set { json["object"] = newValue?.json } }
    public var pods: PodsMetricStatus? { get { json["pods"].map { PodsMetricStatus($0) } } set { json["pods"] = newValue?.json } }
    public var resource: ResourceMetricStatus? { get { json["resource"].map { ResourceMetricStatus($0) } } set { json["resource"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct HPAScalingRules: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var policies: [HPAScalingPolicy] { get { json.views("policies") } set { json.setViews("policies", newValue) } }
    public var selectPolicy: String? { get { json["selectPolicy"]?.string } set { json["selectPolicy"] = newValue.map { JSON($0) } } }
    public var stabilizationWindowSeconds: Int? { get { json["stabilizationWindowSeconds"]?.int } set { json["stabilizationWindowSeconds"] = newValue.map { JSON($0) } } }
    public var tolerance: String? { get { json["tolerance"]?.string ?? json["tolerance"]?.number } set { json["tolerance"] = newValue.map { JSON($0) } } }
}

public struct ContainerResourceMetricSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var container: String? { get { json["container"]?.string } set { json["container"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var target: MetricTarget? { get { json["target"].map { MetricTarget($0) } } set { json["target"] = newValue?.json } }
}

public struct PodsMetricSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metric: MetricIdentifier? { get { json["metric"].map { MetricIdentifier($0) } } set { json["metric"] = newValue?.json } }
    public var target: MetricTarget? { get { json["target"].map { MetricTarget($0) } } set { json["target"] = newValue?.json } }
}

public struct ExternalMetricSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metric: MetricIdentifier? { get { json["metric"].map { MetricIdentifier($0) } } set { json["metric"] = newValue?.json } }
    public var target: MetricTarget? { get { json["target"].map { MetricTarget($0) } } set { json["target"] = newValue?.json } }
}

public struct ResourceMetricSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var target: MetricTarget? { get { json["target"].map { MetricTarget($0) } } set { json["target"] = newValue?.json } }
}

public struct ObjectMetricSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var describedObject: CrossVersionObjectReference? { get { json["describedObject"].map { CrossVersionObjectReference($0) } } set { json["describedObject"] = newValue?.json } }
    public var metric: MetricIdentifier? { get { json["metric"].map { MetricIdentifier($0) } } set { json["metric"] = newValue?.json } }
    public var target: MetricTarget? { get { json["target"].map { MetricTarget($0) } } set { json["target"] = newValue?.json } }
}

public struct ResourceMetricStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var current: MetricValueStatus? { get { json["current"].map { MetricValueStatus($0) } } set { json["current"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct ContainerResourceMetricStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var container: String? { get { json["container"]?.string } set { json["container"] = newValue.map { JSON($0) } } }
    public var current: MetricValueStatus? { get { json["current"].map { MetricValueStatus($0) } } set { json["current"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct ObjectMetricStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var current: MetricValueStatus? { get { json["current"].map { MetricValueStatus($0) } } set { json["current"] = newValue?.json } }
    public var describedObject: CrossVersionObjectReference? { get { json["describedObject"].map { CrossVersionObjectReference($0) } } set { json["describedObject"] = newValue?.json } }
    public var metric: MetricIdentifier? { get { json["metric"].map { MetricIdentifier($0) } } set { json["metric"] = newValue?.json } }
}

public struct ExternalMetricStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var current: MetricValueStatus? { get { json["current"].map { MetricValueStatus($0) } } set { json["current"] = newValue?.json } }
    public var metric: MetricIdentifier? { get { json["metric"].map { MetricIdentifier($0) } } set { json["metric"] = newValue?.json } }
}

public struct PodsMetricStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var current: MetricValueStatus? { get { json["current"].map { MetricValueStatus($0) } } set { json["current"] = newValue?.json } }
    public var metric: MetricIdentifier? { get { json["metric"].map { MetricIdentifier($0) } } set { json["metric"] = newValue?.json } }
}

public struct HPAScalingPolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var periodSeconds: Int? { get { json["periodSeconds"]?.int } set { json["periodSeconds"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
    public var value: Int? { get { json["value"]?.int } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct MetricTarget: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var averageUtilization: Int? { get { json["averageUtilization"]?.int } set { json["averageUtilization"] = newValue.map { JSON($0) } } }
    public var averageValue: String? { get { json["averageValue"]?.string ?? json["averageValue"]?.number } set { json["averageValue"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string ?? json["value"]?.number } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct MetricIdentifier: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
}

public struct MetricValueStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var averageUtilization: Int? { get { json["averageUtilization"]?.int } set { json["averageUtilization"] = newValue.map { JSON($0) } } }
    public var averageValue: String? { get { json["averageValue"]?.string ?? json["averageValue"]?.number } set { json["averageValue"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string ?? json["value"]?.number } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct VerticalPodAutoscaler: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "autoscaling.k8s.io", version: "v1", kind: "VerticalPodAutoscaler")
    public static let resource = GroupResource(group: "autoscaling.k8s.io", resource: "verticalpodautoscalers")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: VerticalPodAutoscalerSpec { get { VerticalPodAutoscalerSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: VerticalPodAutoscalerStatus { get { VerticalPodAutoscalerStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct VerticalPodAutoscalerSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var recommenders: [VerticalPodAutoscalerRecommenderSelector] { get { json.views("recommenders") } set { json.setViews("recommenders", newValue) } }
    public var resourcePolicy: PodResourcePolicy? { get { json["resourcePolicy"].map { PodResourcePolicy($0) } } set { json["resourcePolicy"] = newValue?.json } }
    public var startupBoost: StartupBoost? { get { json["startupBoost"].map { StartupBoost($0) } } set { json["startupBoost"] = newValue?.json } }
    public var targetRef: CrossVersionObjectReference? { get { json["targetRef"].map { CrossVersionObjectReference($0) } } set { json["targetRef"] = newValue?.json } }
    public var updatePolicy: PodUpdatePolicy? { get { json["updatePolicy"].map { PodUpdatePolicy($0) } } set { json["updatePolicy"] = newValue?.json } }
}

public struct VerticalPodAutoscalerRecommenderSelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct PodUpdatePolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var evictAfterOOMSeconds: Int? { get { json["evictAfterOOMSeconds"]?.int } set { json["evictAfterOOMSeconds"] = newValue.map { JSON($0) } } }
    public var evictionRequirements: [EvictionRequirement] { get { json.views("evictionRequirements") } set { json.setViews("evictionRequirements", newValue) } }
    public var minReplicas: Int? { get { json["minReplicas"]?.int } set { json["minReplicas"] = newValue.map { JSON($0) } } }
    public var updateMode: String? { get { json["updateMode"]?.string } set { json["updateMode"] = newValue.map { JSON($0) } } }
}

public struct EvictionRequirement: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var changeRequirement: String? { get { json["changeRequirement"]?.string } set { json["changeRequirement"] = newValue.map { JSON($0) } } }
    public var resources: [String] { get { json["resources"]?.strings ?? [] } set { json["resources"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct PodResourcePolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerPolicies: [ContainerResourcePolicy] { get { json.views("containerPolicies") } set { json.setViews("containerPolicies", newValue) } }
}

public struct ContainerResourcePolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerName: String? { get { json["containerName"]?.string } set { json["containerName"] = newValue.map { JSON($0) } } }
    public var controlledResources: [String] { get { json["controlledResources"]?.strings ?? [] } set { json["controlledResources"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var controlledValues: String? { get { json["controlledValues"]?.string } set { json["controlledValues"] = newValue.map { JSON($0) } } }
    public var maxAllowed: [String: String] { get { json["maxAllowed"]?.stringMap ?? [:] } set { json["maxAllowed"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var memoryAggregationIntervalCount: Int? { get { json["memoryAggregationIntervalCount"]?.int } set { json["memoryAggregationIntervalCount"] = newValue.map { JSON($0) } } }
    public var memoryAggregationIntervalSeconds: Int? { get { json["memoryAggregationIntervalSeconds"]?.int } set { json["memoryAggregationIntervalSeconds"] = newValue.map { JSON($0) } } }
    public var minAllowed: [String: String] { get { json["minAllowed"]?.stringMap ?? [:] } set { json["minAllowed"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var mode: String? { get { json["mode"]?.string } set { json["mode"] = newValue.map { JSON($0) } } }
    public var oomBumpUpRatio: String? { get { json["oomBumpUpRatio"]?.string ?? json["oomBumpUpRatio"]?.number } set { json["oomBumpUpRatio"] = newValue.map { JSON($0) } } }
    public var oomMinBumpUp: String? { get { json["oomMinBumpUp"]?.string ?? json["oomMinBumpUp"]?.number } set { json["oomMinBumpUp"] = newValue.map { JSON($0) } } }
    public var startupBoost: StartupBoost? { get { json["startupBoost"].map { StartupBoost($0) } } set { json["startupBoost"] = newValue?.json } }
}

public struct StartupBoost: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var cpu: GenericStartupBoost? { get { json["cpu"].map { GenericStartupBoost($0) } } set { json["cpu"] = newValue?.json } }
}

public struct GenericStartupBoost: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var durationSeconds: Int? { get { json["durationSeconds"]?.int } set { json["durationSeconds"] = newValue.map { JSON($0) } } }
    public var factor: Int? { get { json["factor"]?.int } set { json["factor"] = newValue.map { JSON($0) } } }
    public var quantity: String? { get { json["quantity"]?.string ?? json["quantity"]?.number } set { json["quantity"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct VerticalPodAutoscalerStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [VerticalPodAutoscalerCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var recommendation: RecommendedPodResources? { get { json["recommendation"].map { RecommendedPodResources($0) } } set { json["recommendation"] = newValue?.json } }
}

public struct RecommendedPodResources: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerRecommendations: [RecommendedContainerResources] { get { json.views("containerRecommendations") } set { json.setViews("containerRecommendations", newValue) } }
}

public struct RecommendedContainerResources: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerName: String? { get { json["containerName"]?.string } set { json["containerName"] = newValue.map { JSON($0) } } }
    public var lowerBound: [String: String] { get { json["lowerBound"]?.stringMap ?? [:] } set { json["lowerBound"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var target: [String: String] { get { json["target"]?.stringMap ?? [:] } set { json["target"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var uncappedTarget: [String: String] { get { json["uncappedTarget"]?.stringMap ?? [:] } set { json["uncappedTarget"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var upperBound: [String: String] { get { json["upperBound"]?.stringMap ?? [:] } set { json["upperBound"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct VerticalPodAutoscalerCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct VerticalPodAutoscalerCheckpoint: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "autoscaling.k8s.io", version: "v1", kind: "VerticalPodAutoscalerCheckpoint")
    public static let resource = GroupResource(group: "autoscaling.k8s.io", resource: "verticalpodautoscalercheckpoints")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: VerticalPodAutoscalerCheckpointSpec { get { VerticalPodAutoscalerCheckpointSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: VerticalPodAutoscalerCheckpointStatus { get { VerticalPodAutoscalerCheckpointStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct VerticalPodAutoscalerCheckpointSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerName: String? { get { json["containerName"]?.string } set { json["containerName"] = newValue.map { JSON($0) } } }
    public var vpaObjectName: String? { get { json["vpaObjectName"]?.string } set { json["vpaObjectName"] = newValue.map { JSON($0) } } }
}

public struct VerticalPodAutoscalerCheckpointStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var cpuHistogram: HistogramCheckpoint? { get { json["cpuHistogram"].map { HistogramCheckpoint($0) } } set { json["cpuHistogram"] = newValue?.json } }
    public var firstSampleStart: String? { get { json["firstSampleStart"]?.string } set { json["firstSampleStart"] = newValue.map { JSON($0) } } }
    public var lastSampleStart: String? { get { json["lastSampleStart"]?.string } set { json["lastSampleStart"] = newValue.map { JSON($0) } } }
    public var lastUpdateTime: String? { get { json["lastUpdateTime"]?.string } set { json["lastUpdateTime"] = newValue.map { JSON($0) } } }
    public var memoryHistogram: HistogramCheckpoint? { get { json["memoryHistogram"].map { HistogramCheckpoint($0) } } set { json["memoryHistogram"] = newValue?.json } }
    public var totalSamplesCount: Int? { get { json["totalSamplesCount"]?.int } set { json["totalSamplesCount"] = newValue.map { JSON($0) } } }
    public var version: String? { get { json["version"]?.string } set { json["version"] = newValue.map { JSON($0) } } }
}

public struct HistogramCheckpoint: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var bucketWeights: JSON? { get { json["bucketWeights"] } set { json["bucketWeights"] = newValue } }
    public var referenceTimestamp: String? { get { json["referenceTimestamp"]?.string } set { json["referenceTimestamp"] = newValue.map { JSON($0) } } }
    public var totalWeight: Double? { get { json["totalWeight"]?.double } set { json["totalWeight"] = newValue.map { JSON($0) } } }
}
