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

public struct StatefulSet: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "apps", version: "v1", kind: "StatefulSet")
    public static let resource = GroupResource(group: "apps", resource: "statefulsets")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: StatefulSetSpec { get { StatefulSetSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: StatefulSetStatus { get { StatefulSetStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct DaemonSet: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "apps", version: "v1", kind: "DaemonSet")
    public static let resource = GroupResource(group: "apps", resource: "daemonsets")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: DaemonSetSpec { get { DaemonSetSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: DaemonSetStatus { get { DaemonSetStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct ControllerRevision: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "apps", version: "v1", kind: "ControllerRevision")
    public static let resource = GroupResource(group: "apps", resource: "controllerrevisions")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var data: JSON? { get { json["data"] } set { json["data"] = newValue } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var revision: Int? { get { json["revision"]?.int } set { json["revision"] = newValue.map { JSON($0) } } }
}

public struct StatefulSetStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var availableReplicas: Int? { get { json["availableReplicas"]?.int } set { json["availableReplicas"] = newValue.map { JSON($0) } } }
    public var collisionCount: Int? { get { json["collisionCount"]?.int } set { json["collisionCount"] = newValue.map { JSON($0) } } }
    public var conditions: [StatefulSetCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var currentReplicas: Int? { get { json["currentReplicas"]?.int } set { json["currentReplicas"] = newValue.map { JSON($0) } } }
    public var currentRevision: String? { get { json["currentRevision"]?.string } set { json["currentRevision"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var readyReplicas: Int? { get { json["readyReplicas"]?.int } set { json["readyReplicas"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var updateRevision: String? { get { json["updateRevision"]?.string } set { json["updateRevision"] = newValue.map { JSON($0) } } }
    public var updatedReplicas: Int? { get { json["updatedReplicas"]?.int } set { json["updatedReplicas"] = newValue.map { JSON($0) } } }
}

public struct StatefulSetSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var minReadySeconds: Int? { get { json["minReadySeconds"]?.int } set { json["minReadySeconds"] = newValue.map { JSON($0) } } }
    public var ordinals: StatefulSetOrdinals? { get { json["ordinals"].map { StatefulSetOrdinals($0) } } set { json["ordinals"] = newValue?.json } }
    public var persistentVolumeClaimRetentionPolicy: StatefulSetPersistentVolumeClaimRetentionPolicy? { get { json["persistentVolumeClaimRetentionPolicy"].map { StatefulSetPersistentVolumeClaimRetentionPolicy($0) } } set { json["persistentVolumeClaimRetentionPolicy"] = newValue?.json } }
    public var podManagementPolicy: String? { get { json["podManagementPolicy"]?.string } set { json["podManagementPolicy"] = newValue.map { JSON($0) } } }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var revisionHistoryLimit: Int? { get { json["revisionHistoryLimit"]?.int } set { json["revisionHistoryLimit"] = newValue.map { JSON($0) } } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
    public var serviceName: String? { get { json["serviceName"]?.string } set { json["serviceName"] = newValue.map { JSON($0) } } }
    public var template: PodTemplateSpec { get { PodTemplateSpec(json["template"] ?? .object) } set { json["template"] = newValue.json } }
    public var updateStrategy: StatefulSetUpdateStrategy? { get { json["updateStrategy"].map { StatefulSetUpdateStrategy($0) } } set { json["updateStrategy"] = newValue?.json } }
    public var volumeClaimTemplates: [PersistentVolumeClaim] { get { json.views("volumeClaimTemplates") } set { json.setViews("volumeClaimTemplates", newValue) } }
}

public struct DaemonSetSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var minReadySeconds: Int? { get { json["minReadySeconds"]?.int } set { json["minReadySeconds"] = newValue.map { JSON($0) } } }
    public var revisionHistoryLimit: Int? { get { json["revisionHistoryLimit"]?.int } set { json["revisionHistoryLimit"] = newValue.map { JSON($0) } } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
    public var template: PodTemplateSpec { get { PodTemplateSpec(json["template"] ?? .object) } set { json["template"] = newValue.json } }
    public var updateStrategy: DaemonSetUpdateStrategy? { get { json["updateStrategy"].map { DaemonSetUpdateStrategy($0) } } set { json["updateStrategy"] = newValue?.json } }
}

public struct DaemonSetStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var collisionCount: Int? { get { json["collisionCount"]?.int } set { json["collisionCount"] = newValue.map { JSON($0) } } }
    public var conditions: [DaemonSetCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var currentNumberScheduled: Int? { get { json["currentNumberScheduled"]?.int } set { json["currentNumberScheduled"] = newValue.map { JSON($0) } } }
    public var desiredNumberScheduled: Int? { get { json["desiredNumberScheduled"]?.int } set { json["desiredNumberScheduled"] = newValue.map { JSON($0) } } }
    public var numberAvailable: Int? { get { json["numberAvailable"]?.int } set { json["numberAvailable"] = newValue.map { JSON($0) } } }
    public var numberMisscheduled: Int? { get { json["numberMisscheduled"]?.int } set { json["numberMisscheduled"] = newValue.map { JSON($0) } } }
    public var numberReady: Int? { get { json["numberReady"]?.int } set { json["numberReady"] = newValue.map { JSON($0) } } }
    public var numberUnavailable: Int? { get { json["numberUnavailable"]?.int } set { json["numberUnavailable"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var updatedNumberScheduled: Int? { get { json["updatedNumberScheduled"]?.int } set { json["updatedNumberScheduled"] = newValue.map { JSON($0) } } }
}

public struct StatefulSetCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct StatefulSetOrdinals: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var start: Int? { get { json["start"]?.int } set { json["start"] = newValue.map { JSON($0) } } }
}

public struct StatefulSetPersistentVolumeClaimRetentionPolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var whenDeleted: String? { get { json["whenDeleted"]?.string } set { json["whenDeleted"] = newValue.map { JSON($0) } } }
    public var whenScaled: String? { get { json["whenScaled"]?.string } set { json["whenScaled"] = newValue.map { JSON($0) } } }
}

public struct StatefulSetUpdateStrategy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var rollingUpdate: RollingUpdateStatefulSetStrategy? { get { json["rollingUpdate"].map { RollingUpdateStatefulSetStrategy($0) } } set { json["rollingUpdate"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct DaemonSetUpdateStrategy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var rollingUpdate: RollingUpdateDaemonSet? { get { json["rollingUpdate"].map { RollingUpdateDaemonSet($0) } } set { json["rollingUpdate"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct DaemonSetCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct RollingUpdateStatefulSetStrategy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var maxUnavailable: JSON? { get { json["maxUnavailable"] } set { json["maxUnavailable"] = newValue } }
    public var partition: Int? { get { json["partition"]?.int } set { json["partition"] = newValue.map { JSON($0) } } }
}

public struct RollingUpdateDaemonSet: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var maxSurge: JSON? { get { json["maxSurge"] } set { json["maxSurge"] = newValue } }
    public var maxUnavailable: JSON? { get { json["maxUnavailable"] } set { json["maxUnavailable"] = newValue } }
}
