// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct FlowSchema: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "flowcontrol.apiserver.k8s.io", version: "v1", kind: "FlowSchema")
    public static let resource = GroupResource(group: "flowcontrol.apiserver.k8s.io", resource: "flowschemas")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: FlowSchemaSpec { get { FlowSchemaSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: FlowSchemaStatus { get { FlowSchemaStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct PriorityLevelConfiguration: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "flowcontrol.apiserver.k8s.io", version: "v1", kind: "PriorityLevelConfiguration")
    public static let resource = GroupResource(group: "flowcontrol.apiserver.k8s.io", resource: "prioritylevelconfigurations")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: PriorityLevelConfigurationSpec { get { PriorityLevelConfigurationSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: PriorityLevelConfigurationStatus { get { PriorityLevelConfigurationStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct FlowSchemaStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [FlowSchemaCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
}

public struct FlowSchemaSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var distinguisherMethod: FlowDistinguisherMethod? { get { json["distinguisherMethod"].map { FlowDistinguisherMethod($0) } } set { json["distinguisherMethod"] = newValue?.json } }
    public var matchingPrecedence: Int? { get { json["matchingPrecedence"]?.int } set { json["matchingPrecedence"] = newValue.map { JSON($0) } } }
    public var priorityLevelConfiguration: PriorityLevelConfigurationReference? { get { json["priorityLevelConfiguration"].map { PriorityLevelConfigurationReference($0) } } set { json["priorityLevelConfiguration"] = newValue?.json } }
    public var rules: [PolicyRulesWithSubjects] { get { json.views("rules") } set { json.setViews("rules", newValue) } }
}

public struct PriorityLevelConfigurationStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [PriorityLevelConfigurationCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
}

public struct PriorityLevelConfigurationSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var exempt: ExemptPriorityLevelConfiguration? { get { json["exempt"].map { ExemptPriorityLevelConfiguration($0) } } set { json["exempt"] = newValue?.json } }
    public var limited: LimitedPriorityLevelConfiguration? { get { json["limited"].map { LimitedPriorityLevelConfiguration($0) } } set { json["limited"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct FlowSchemaCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct PriorityLevelConfigurationReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct PolicyRulesWithSubjects: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nonResourceRules: [NonResourcePolicyRule] { get { json.views("nonResourceRules") } set { json.setViews("nonResourceRules", newValue) } }
    public var resourceRules: [ResourcePolicyRule] { get { json.views("resourceRules") } set { json.setViews("resourceRules", newValue) } }
    public var subjects: [FlowSubject] { get { json.views("subjects") } set { json.setViews("subjects", newValue) } }
}

public struct FlowDistinguisherMethod: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct PriorityLevelConfigurationCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct ExemptPriorityLevelConfiguration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lendablePercent: Int? { get { json["lendablePercent"]?.int } set { json["lendablePercent"] = newValue.map { JSON($0) } } }
    public var nominalConcurrencyShares: Int? { get { json["nominalConcurrencyShares"]?.int } set { json["nominalConcurrencyShares"] = newValue.map { JSON($0) } } }
}

public struct LimitedPriorityLevelConfiguration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var borrowingLimitPercent: Int? { get { json["borrowingLimitPercent"]?.int } set { json["borrowingLimitPercent"] = newValue.map { JSON($0) } } }
    public var lendablePercent: Int? { get { json["lendablePercent"]?.int } set { json["lendablePercent"] = newValue.map { JSON($0) } } }
    public var limitResponse: LimitResponse? { get { json["limitResponse"].map { LimitResponse($0) } } set { json["limitResponse"] = newValue?.json } }
    public var nominalConcurrencyShares: Int? { get { json["nominalConcurrencyShares"]?.int } set { json["nominalConcurrencyShares"] = newValue.map { JSON($0) } } }
}

public struct ResourcePolicyRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroups: [String] { get { json["apiGroups"]?.strings ?? [] } set { json["apiGroups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var clusterScope: Bool? { get { json["clusterScope"]?.bool } set { json["clusterScope"] = newValue.map { JSON($0) } } }
    public var namespaces: [String] { get { json["namespaces"]?.strings ?? [] } set { json["namespaces"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var resources: [String] { get { json["resources"]?.strings ?? [] } set { json["resources"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var verbs: [String] { get { json["verbs"]?.strings ?? [] } set { json["verbs"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct NonResourcePolicyRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nonResourceURLs: [String] { get { json["nonResourceURLs"]?.strings ?? [] } set { json["nonResourceURLs"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var verbs: [String] { get { json["verbs"]?.strings ?? [] } set { json["verbs"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct FlowSubject: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var group: GroupSubject? { get { json["group"].map { GroupSubject($0) } } set { json["group"] = newValue?.json } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var serviceAccount: ServiceAccountSubject? { get { json["serviceAccount"].map { ServiceAccountSubject($0) } } set { json["serviceAccount"] = newValue?.json } }
    public var user: UserSubject? { get { json["user"].map { UserSubject($0) } } set { json["user"] = newValue?.json } }
}

public struct LimitResponse: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var queuing: QueuingConfiguration? { get { json["queuing"].map { QueuingConfiguration($0) } } set { json["queuing"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct UserSubject: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct ServiceAccountSubject: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
}

public struct GroupSubject: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct QueuingConfiguration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var handSize: Int? { get { json["handSize"]?.int } set { json["handSize"] = newValue.map { JSON($0) } } }
    public var queueLengthLimit: Int? { get { json["queueLengthLimit"]?.int } set { json["queueLengthLimit"] = newValue.map { JSON($0) } } }
    public var queues: Int? { get { json["queues"]?.int } set { json["queues"] = newValue.map { JSON($0) } } }
}
