// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct DeleteOptions: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiVersion: String? { get { json["apiVersion"]?.string } set { json["apiVersion"] = newValue.map { JSON($0) } } }
    public var dryRun: [String] { get { json["dryRun"]?.strings ?? [] } set { json["dryRun"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var gracePeriodSeconds: Int? { get { json["gracePeriodSeconds"]?.int } set { json["gracePeriodSeconds"] = newValue.map { JSON($0) } } }
    public var ignoreStoreReadErrorWithClusterBreakingPotential: Bool? { get { json["ignoreStoreReadErrorWithClusterBreakingPotential"]?.bool } set { json["ignoreStoreReadErrorWithClusterBreakingPotential"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var orphanDependents: Bool? { get { json["orphanDependents"]?.bool } set { json["orphanDependents"] = newValue.map { JSON($0) } } }
    public var preconditions: Preconditions? { get { json["preconditions"].map { Preconditions($0) } } set { json["preconditions"] = newValue?.json } }
    public var propagationPolicy: String? { get { json["propagationPolicy"]?.string } set { json["propagationPolicy"] = newValue.map { JSON($0) } } }
}

public struct ObjectMeta: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var annotations: [String: String] { get { json["annotations"]?.stringMap ?? [:] } set { json["annotations"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var creationTimestamp: String? { get { json["creationTimestamp"]?.string } set { json["creationTimestamp"] = newValue.map { JSON($0) } } }
    public var deletionGracePeriodSeconds: Int? { get { json["deletionGracePeriodSeconds"]?.int } set { json["deletionGracePeriodSeconds"] = newValue.map { JSON($0) } } }
    public var deletionTimestamp: String? { get { json["deletionTimestamp"]?.string } set { json["deletionTimestamp"] = newValue.map { JSON($0) } } }
    public var finalizers: [String] { get { json["finalizers"]?.strings ?? [] } set { json["finalizers"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var generateName: String? { get { json["generateName"]?.string } set { json["generateName"] = newValue.map { JSON($0) } } }
    public var generation: Int? { get { json["generation"]?.int } set { json["generation"] = newValue.map { JSON($0) } } }
    public var labels: [String: String] { get { json["labels"]?.stringMap ?? [:] } set { json["labels"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var managedFields: [ManagedFieldsEntry] { get { json.views("managedFields") } set { json.setViews("managedFields", newValue) } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
    public var ownerReferences: [OwnerReference] { get { json.views("ownerReferences") } set { json.setViews("ownerReferences", newValue) } }
    public var resourceVersion: String? { get { json["resourceVersion"]?.string } set { json["resourceVersion"] = newValue.map { JSON($0) } } }
    public var selfLink: String? { get { json["selfLink"]?.string } set { json["selfLink"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct Preconditions: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var resourceVersion: String? { get { json["resourceVersion"]?.string } set { json["resourceVersion"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct OwnerReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiVersion: String? { get { json["apiVersion"]?.string } set { json["apiVersion"] = newValue.map { JSON($0) } } }
    public var blockOwnerDeletion: Bool? { get { json["blockOwnerDeletion"]?.bool } set { json["blockOwnerDeletion"] = newValue.map { JSON($0) } } }
    public var controller: Bool? { get { json["controller"]?.bool } set { json["controller"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct ManagedFieldsEntry: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiVersion: String? { get { json["apiVersion"]?.string } set { json["apiVersion"] = newValue.map { JSON($0) } } }
    public var fieldsType: String? { get { json["fieldsType"]?.string } set { json["fieldsType"] = newValue.map { JSON($0) } } }
    public var fieldsV1: JSON? { get { json["fieldsV1"] } set { json["fieldsV1"] = newValue } }
    public var manager: String? { get { json["manager"]?.string } set { json["manager"] = newValue.map { JSON($0) } } }
    public var operation: String? { get { json["operation"]?.string } set { json["operation"] = newValue.map { JSON($0) } } }
    public var subresource: String? { get { json["subresource"]?.string } set { json["subresource"] = newValue.map { JSON($0) } } }
    public var time: String? { get { json["time"]?.string } set { json["time"] = newValue.map { JSON($0) } } }
}

public struct Condition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var observedGeneration: Int? { get { json["observedGeneration"]?.int } set { json["observedGeneration"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct FieldSelectorRequirement: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var values: [String] { get { json["values"]?.strings ?? [] } set { json["values"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct LabelSelectorRequirement: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var values: [String] { get { json["values"]?.strings ?? [] } set { json["values"] = newValue.isEmpty ? nil : JSON(newValue) } }
}
