// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Deployment: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    public static let resource = GroupResource(group: "apps", resource: "deployments")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: DeploymentSpec { get { DeploymentSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: DeploymentStatus { get { DeploymentStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct ReplicaSet: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "apps", version: "v1", kind: "ReplicaSet")
    public static let resource = GroupResource(group: "apps", resource: "replicasets")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ReplicaSetSpec { get { ReplicaSetSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ReplicaSetStatus { get { ReplicaSetStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct DeploymentSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var minReadySeconds: Int? { get { json["minReadySeconds"]?.int } set { json["minReadySeconds"] = newValue.map { JSON($0) } } }
    public var paused: Bool? { get { json["paused"]?.bool } set { json["paused"] = newValue.map { JSON($0) } } }
    public var progressDeadlineSeconds: Int? { get { json["progressDeadlineSeconds"]?.int } set { json["progressDeadlineSeconds"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var revisionHistoryLimit: Int? { get { json["revisionHistoryLimit"]?.int } set { json["revisionHistoryLimit"] = newValue.map { JSON($0) } } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
    public var strategy: DeploymentStrategy? { get { json["strategy"].map { DeploymentStrategy($0) } } set { json["strategy"] = newValue?.json } }
    public var template: PodTemplateSpec { get { PodTemplateSpec(json["template"] ?? .object) } set { json["template"] = newValue.json } }
}

public struct DeploymentStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var availableReplicas: Int? { get { json["availableReplicas"]?.int } set { json["availableReplicas"] = newValue.map { JSON($0) } } }
    public var collisionCount: Int? { get { json["collisionCount"]?.int } set { json["collisionCount"] = newValue.map { JSON($0) } } }
    public var conditions: [DeploymentCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var readyReplicas: Int? { get { json["readyReplicas"]?.int } set { json["readyReplicas"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var terminatingReplicas: Int? { get { json["terminatingReplicas"]?.int } set { json["terminatingReplicas"] = newValue.map { JSON($0) } } }
    public var unavailableReplicas: Int? { get { json["unavailableReplicas"]?.int } set { json["unavailableReplicas"] = newValue.map { JSON($0) } } }
    public var updatedReplicas: Int? { get { json["updatedReplicas"]?.int } set { json["updatedReplicas"] = newValue.map { JSON($0) } } }
}

public struct ReplicaSetSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var minReadySeconds: Int? { get { json["minReadySeconds"]?.int } set { json["minReadySeconds"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
    public var template: PodTemplateSpec { get { PodTemplateSpec(json["template"] ?? .object) } set { json["template"] = newValue.json } }
}

public struct ReplicaSetStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var availableReplicas: Int? { get { json["availableReplicas"]?.int } set { json["availableReplicas"] = newValue.map { JSON($0) } } }
    public var conditions: [ReplicaSetCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var fullyLabeledReplicas: Int? { get { json["fullyLabeledReplicas"]?.int } set { json["fullyLabeledReplicas"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var readyReplicas: Int? { get { json["readyReplicas"]?.int } set { json["readyReplicas"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var terminatingReplicas: Int? { get { json["terminatingReplicas"]?.int } set { json["terminatingReplicas"] = newValue.map { JSON($0) } } }
}

public struct DeploymentStrategy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var rollingUpdate: RollingUpdateDeployment? { get { json["rollingUpdate"].map { RollingUpdateDeployment($0) } } set { json["rollingUpdate"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct DeploymentCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var lastUpdateTime: String? { get { json["lastUpdateTime"]?.string } set { json["lastUpdateTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ReplicaSetCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct RollingUpdateDeployment: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var maxSurge: JSON? { get { json["maxSurge"] } set { json["maxSurge"] = newValue } }
    public var maxUnavailable: JSON? { get { json["maxUnavailable"] } set { json["maxUnavailable"] = newValue } }
}
