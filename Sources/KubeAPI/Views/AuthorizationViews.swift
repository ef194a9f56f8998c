// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct SelfSubjectAccessReview: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "authorization.k8s.io", version: "v1", kind: "SelfSubjectAccessReview")
    public static let resource = GroupResource(group: "authorization.k8s.io", resource: "selfsubjectaccessreviews")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: SelfSubjectAccessReviewSpec { get { SelfSubjectAccessReviewSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: SubjectAccessReviewStatus { get { SubjectAccessReviewStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct SelfSubjectAccessReviewSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nonResourceAttributes: NonResourceAttributes? { get { json["nonResourceAttributes"].map { NonResourceAttributes($0) } } set { json["nonResourceAttributes"] = newValue?.json } }
    public var resourceAttributes: ResourceAttributes? { get { json["resourceAttributes"].map { ResourceAttributes($0) } } set { json["resourceAttributes"] = newValue?.json } }
}

public struct ResourceAttributes: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var fieldSelector: FieldSelectorAttributes? { get { json["fieldSelector"].map { FieldSelectorAttributes($0) } } set { json["fieldSelector"] = newValue?.json } }
    public var group: String? { get { json["group"]?.string } set { json["group"] = newValue.map { JSON($0) } } }
    public var labelSelector: LabelSelectorAttributes? { get { json["labelSelector"].map { LabelSelectorAttributes($0) } } set { json["labelSelector"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
    public var resource: String? { get { json["resource"]?.string } set { json["resource"] = newValue.map { JSON($0) } } }
    public var subresource: String? { get { json["subresource"]?.string } set { json["subresource"] = newValue.map { JSON($0) } } }
    public var verb: String? { get { json["verb"]?.string } set { json["verb"] = newValue.map { JSON($0) } } }
    public var version: String? { get { json["version"]?.string } set { json["version"] = newValue.map { JSON($0) } } }
}

public struct NonResourceAttributes: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var verb: String? { get { json["verb"]?.string } set { json["verb"] = newValue.map { JSON($0) } } }
}

public struct FieldSelectorAttributes: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var rawSelector: String? { get { json["rawSelector"]?.string } set { json["rawSelector"] = newValue.map { JSON($0) } } }
    public var requirements: [FieldSelectorRequirement] { get { json.views("requirements") } set { json.setViews("requirements", newValue) } }
}

public struct LabelSelectorAttributes: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var rawSelector: String? { get { json["rawSelector"]?.string } set { json["rawSelector"] = newValue.map { JSON($0) } } }
    public var requirements: [LabelSelectorRequirement] { get { json.views("requirements") } set { json.setViews("requirements", newValue) } }
}

public struct SubjectAccessReviewStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allowed: Bool? { get { json["allowed"]?.bool } set { json["allowed"] = newValue.map { JSON($0) } } }
    public var denied: Bool? { get { json["denied"]?.bool } set { json["denied"] = newValue.map { JSON($0) } } }
    public var evaluationError: String? { get { json["evaluationError"]?.string } set { json["evaluationError"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
}

public struct SelfSubjectRulesReview: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "authorization.k8s.io", version: "v1", kind: "SelfSubjectRulesReview")
    public static let resource = GroupResource(group: "authorization.k8s.io", resource: "selfsubjectrulesreviews")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: SelfSubjectRulesReviewSpec { get { SelfSubjectRulesReviewSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: SubjectRulesReviewStatus { get { SubjectRulesReviewStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct SelfSubjectRulesReviewSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
}

public struct SubjectRulesReviewStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var evaluationError: String? { get { json["evaluationError"]?.string } set { json["evaluationError"] = newValue.map { JSON($0) } } }
    public var incomplete: Bool? { get { json["incomplete"]?.bool } set { json["incomplete"] = newValue.map { JSON($0) } } }
    public var nonResourceRules: [NonResourceRule] { get { json.views("nonResourceRules") } set { json.setViews("nonResourceRules", newValue) } }
    public var resourceRules: [ResourceRule] { get { json.views("resourceRules") } set { json.setViews("resourceRules", newValue) } }
}

public struct ResourceRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroups: [String] { get { json["apiGroups"]?.strings ?? [] } set { json["apiGroups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var resourceNames: [String] { get { json["resourceNames"]?.strings ?? [] } set { json["resourceNames"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var resources: [String] { get { json["resources"]?.strings ?? [] } set { json["resources"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var verbs: [String] { get { json["verbs"]?.strings ?? [] } set { json["verbs"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct NonResourceRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nonResourceURLs: [String] { get { json["nonResourceURLs"]?.strings ?? [] } set { json["nonResourceURLs"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var verbs: [String] { get { json["verbs"]?.strings ?? [] } set { json["verbs"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct SubjectAccessReview: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "authorization.k8s.io", version: "v1", kind: "SubjectAccessReview")
    public static let resource = GroupResource(group: "authorization.k8s.io", resource: "subjectaccessreviews")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: SubjectAccessReviewSpec { get { SubjectAccessReviewSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: SubjectAccessReviewStatus { get { SubjectAccessReviewStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct LocalSubjectAccessReview: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "authorization.k8s.io", version: "v1", kind: "LocalSubjectAccessReview")
    public static let resource = GroupResource(group: "authorization.k8s.io", resource: "localsubjectaccessreviews")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: SubjectAccessReviewSpec { get { SubjectAccessReviewSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: SubjectAccessReviewStatus { get { SubjectAccessReviewStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct SubjectAccessReviewSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var extra: JSON? { get { json["extra"] } set { json["extra"] = newValue } }
    public var groups: [String] { get { json["groups"]?.strings ?? [] } set { json["groups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var nonResourceAttributes: NonResourceAttributes? { get { json["nonResourceAttributes"].map { NonResourceAttributes($0) } } set { json["nonResourceAttributes"] = newValue?.json } }
    public var resourceAttributes: ResourceAttributes? { get { json["resourceAttributes"].map { ResourceAttributes($0) } } set { json["resourceAttributes"] = newValue?.json } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
    public var user: String? { get { json["user"]?.string } set { json["user"] = newValue.map { JSON($0) } } }
}
