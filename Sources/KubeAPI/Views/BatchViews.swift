// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Job: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "batch", version: "v1", kind: "Job")
    public static let resource = GroupResource(group: "batch", resource: "jobs")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: JobSpec { get { JobSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: JobStatus { get { JobStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct CronJob: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "batch", version: "v1", kind: "CronJob")
    public static let resource = GroupResource(group: "batch", resource: "cronjobs")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: CronJobSpec { get { CronJobSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: CronJobStatus { get { CronJobStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct JobSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var activeDeadlineSeconds: Int? { get { json["activeDeadlineSeconds"]?.int } set { json["activeDeadlineSeconds"] = newValue.map { JSON($0) } } }
    public var backoffLimit: Int? { get { json["backoffLimit"]?.int } set { json["backoffLimit"] = newValue.map { JSON($0) } } }
    public var backoffLimitPerIndex: Int? { get { json["backoffLimitPerIndex"]?.int } set { json["backoffLimitPerIndex"] = newValue.map { JSON($0) } } }
    public var completionMode: String? { get { json["completionMode"]?.string } set { json["completionMode"] = newValue.map { JSON($0) } } }
    public var completions: Int? { get { json["completions"]?.int } set { json["completions"] = newValue.map { JSON($0) } } }
    public var managedBy: String? { get { json["managedBy"]?.string } set { json["managedBy"] = newValue.map { JSON($0) } } }
    public var manualSelector: Bool? { get { json["manualSelector"]?.bool } set { json["manualSelector"] = newValue.map { JSON($0) } } }
    public var maxFailedIndexes: Int? { get { json["maxFailedIndexes"]?.int } set { json["maxFailedIndexes"] = newValue.map { JSON($0) } } }
    public var parallelism: Int? { get { json["parallelism"]?.int } set { json["parallelism"] = newValue.map { JSON($0) } } }
    public var podFailurePolicy: PodFailurePolicy? { get { json["podFailurePolicy"].map { PodFailurePolicy($0) } } set { json["podFailurePolicy"] = newValue?.json } }
    public var podReplacementPolicy: String? { get { json["podReplacementPolicy"]?.string } set { json["podReplacementPolicy"] = newValue.map { JSON($0) } } }
    public var selector: LabelSelector? { get { json["selector"].map { LabelSelector($0) } } set { json["selector"] = newValue?.json } }
    public var successPolicy: SuccessPolicy? { get { json["successPolicy"].map { SuccessPolicy($0) } } set { json["successPolicy"] = newValue?.json } }
    public var suspend: Bool? { get { json["suspend"]?.bool } set { json["suspend"] = newValue.map { JSON($0) } } }
    public var template: PodTemplateSpec { get { PodTemplateSpec(json["template"] ?? .object) } set { json["template"] = newValue.json } }
    public var ttlSecondsAfterFinished: Int? { get { json["ttlSecondsAfterFinished"]?.int } set { json["ttlSecondsAfterFinished"] = newValue.map { JSON($0) } } }
}

public struct JobStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var active: Int? { get { json["active"]?.int } set { json["active"] = newValue.map { JSON($0) } } }
    public var completedIndexes: String? { get { json["completedIndexes"]?.string } set { json["completedIndexes"] = newValue.map { JSON($0) } } }
    public var completionTime: String? { get { json["completionTime"]?.string } set { json["completionTime"] = newValue.map { JSON($0) } } }
    public var conditions: [JobCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var failed: Int? { get { json["failed"]?.int } set { json["failed"] = newValue.map { JSON($0) } } }
    public var failedIndexes: String? { get { json["failedIndexes"]?.string } set { json["failedIndexes"] = newValue.map { JSON($0) } } }
    public var ready: Int? { get { json["ready"]?.int } set { json["ready"] = newValue.map { JSON($0) } } }
    public var startTime: String? { get { json["startTime"]?.string } set { json["startTime"] = newValue.map { JSON($0) } } }
    public var succeeded: Int? { get { json["succeeded"]?.int } set { json["succeeded"] = newValue.map { JSON($0) } } }
    public var terminating: Int? { get { json["terminating"]?.int } set { json["terminating"] = newValue.map { JSON($0) } } }
    public var uncountedTerminatedPods: UncountedTerminatedPods? { get { json["uncountedTerminatedPods"].map { UncountedTerminatedPods($0) } } set { json["uncountedTerminatedPods"] = newValue?.json } }
}

public struct CronJobStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var active: [ObjectReference] { get { json.views("active") } set { json.setViews("active", newValue) } }
    public var lastScheduleTime: String? { get { json["lastScheduleTime"]?.string } set { json["lastScheduleTime"] = newValue.map { JSON($0) } } }
    public var lastSuccessfulTime: String? { get { json["lastSuccessfulTime"]?.string } set { json["lastSuccessfulTime"] = newValue.map { JSON($0) } } }
}

public struct CronJobSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var concurrencyPolicy: String? { get { json["concurrencyPolicy"]?.string } set { json["concurrencyPolicy"] = newValue.map { JSON($0) } } }
    public var failedJobsHistoryLimit: Int? { get { json["failedJobsHistoryLimit"]?.int } set { json["failedJobsHistoryLimit"] = newValue.map { JSON($0) } } }
    public var jobTemplate: JobTemplateSpec? { get { json["jobTemplate"].map { JobTemplateSpec($0) } } set { json["jobTemplate"] = newValue?.json } }
    public var schedule: String? { get { json["schedule"]?.string } set { json["schedule"] = newValue.map { JSON($0) } } }
    public var startingDeadlineSeconds: Int? { get { json["startingDeadlineSeconds"]?.int } set { json["startingDeadlineSeconds"] = newValue.map { JSON($0) } } }
    public var successfulJobsHistoryLimit: Int? { get { json["successfulJobsHistoryLimit"]?.int } set { json["successfulJobsHistoryLimit"] = newValue.map { JSON($0) } } }
    public var suspend: Bool? { get { json["suspend"]?.bool } set { json["suspend"] = newValue.map { JSON($0) } } }
    public var timeZone: String? { get { json["timeZone"]?.string } set { json["timeZone"] = newValue.map { JSON($0) } } }
}

public struct PodFailurePolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var rules: [PodFailurePolicyRule] { get { json.views("rules") } set { json.setViews("rules", newValue) } }
}

public struct SuccessPolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var rules: [SuccessPolicyRule] { get { json.views("rules") } set { json.setViews("rules", newValue) } }
}

public struct JobCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastProbeTime: String? { get { json["lastProbeTime"]?.string } set { json["lastProbeTime"] = newValue.map { JSON($0) } } }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct UncountedTerminatedPods: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var failed: [String] { get { json["failed"]?.strings ?? [] } set { json["failed"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var succeeded: [String] { get { json["succeeded"]?.strings ?? [] } set { json["succeeded"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct JobTemplateSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: JobSpec { get { JobSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct PodFailurePolicyRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var action: String? { get { json["action"]?.string } set { json["action"] = newValue.map { JSON($0) } } }
    public var onExitCodes: PodFailurePolicyOnExitCodesRequirement? { get { json["onExitCodes"].map { PodFailurePolicyOnExitCodesRequirement($0) } } set { json["onExitCodes"] = newValue?.json } }
    public var onPodConditions: [PodFailurePolicyOnPodConditionsPattern] { get { json.views("onPodConditions") } set { json.setViews("onPodConditions", newValue) } }
}

public struct SuccessPolicyRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var succeededCount: Int? { get { json["succeededCount"]?.int } set { json["succeededCount"] = newValue.map { JSON($0) } } }
    public var succeededIndexes: String? { get { json["succeededIndexes"]?.string } set { json["succeededIndexes"] = newValue.map { JSON($0) } } }
}

public struct PodFailurePolicyOnExitCodesRequirement: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var containerName: String? { get { json["containerName"]?.string } set { json["containerName"] = newValue.map { JSON($0) } } }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var values: [JSON] { get { json["values"]?.elements ?? [] } set { json["values"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct PodFailurePolicyOnPodConditionsPattern: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}
