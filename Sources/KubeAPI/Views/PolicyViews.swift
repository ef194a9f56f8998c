// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Eviction: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "policy", version: "v1", kind: "Eviction")
    public static let resource = GroupResource(group: "policy", resource: "evictions")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var deleteOptions: DeleteOptions? { get { json["deleteOptions"].map { DeleteOptions($0) } } set { json["deleteOptions"] = newValue?.json } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
}

public struct PodDisruptionBudget: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "policy", version: "v1", kind: "PodDisruptionBudget")
    public static let resource = GroupResource(group: "policy", resource: "poddisruptionbudgets")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: PodDisruptionBudgetSpec { get { PodDisruptionBudgetSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: PodDisruptionBudgetStatus { get { PodDisruptionBudgetStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct PodDisruptionBudgetSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var maxUnavailable: JSON? { get { json["maxUnavailable"] } set { json["maxUnavailable"] = newValue } }
    public var minAvailable: JSON? { get { json["minAvailable"] } set { json["minAvailable"] = newValue } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
    public var unhealthyPodEvictionPolicy: String? { get { json["unhealthyPodEvictionPolicy"]?.string } set { json["unhealthyPodEvictionPolicy"] = newValue.map { JSON($0) } } }
}

public struct PodDisruptionBudgetStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [Condition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var currentHealthy: Int? { get { json["currentHealthy"]?.int } set { json["currentHealthy"] = newValue.map { JSON($0) } } }
    public var desiredHealthy: Int? { get { json["desiredHealthy"]?.int } set { json["desiredHealthy"] = newValue.map { JSON($0) } } }
    public var disruptedPods: JSON? { get { json["disruptedPods"] } set { json["disruptedPods"] = newValue } }
    public var disruptionsAllowed: Int? { get { json["disruptionsAllowed"]?.int } set { json["disruptionsAllowed"] = newValue.map { JSON($0) } } }
    public var expectedPods: Int? { get { json["expectedPods"]?.int } set { json["expectedPods"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
}
