// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Role: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "rbac.authorization.k8s.io", version: "v1", kind: "Role")
    public static let resource = GroupResource(group: "rbac.authorization.k8s.io", resource: "roles")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var rules: [PolicyRule] { get { json.views("rules") } set { json.setViews("rules", newValue) } }
}

public struct RoleBinding: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "rbac.authorization.k8s.io", version: "v1", kind: "RoleBinding")
    public static let resource = GroupResource(group: "rbac.authorization.k8s.io", resource: "rolebindings")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var roleRef: RoleRef? { get { json["roleRef"].map { RoleRef($0) } } set { json["roleRef"] = newValue?.json } }
    public var subjects: [Subject] { get { json.views("subjects") } set { json.setViews("subjects", newValue) } }
}

public struct ClusterRole: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRole")
    public static let resource = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var aggregationRule: AggregationRule? { get { json["aggregationRule"].map { AggregationRule($0) } } set { json["aggregationRule"] = newValue?.json } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var rules: [PolicyRule] { get { json.views("rules") } set { json.setViews("rules", newValue) } }
}

public struct ClusterRoleBinding: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRoleBinding")
    public static let resource = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterrolebindings")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var roleRef: RoleRef? { get { json["roleRef"].map { RoleRef($0) } } set { json["roleRef"] = newValue?.json } }
    public var subjects: [Subject] { get { json.views("subjects") } set { json.setViews("subjects", newValue) } }
}

public struct PolicyRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroups: [String] { get { json["apiGroups"]?.strings ?? [] } set { json["apiGroups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var nonResourceURLs: [String] { get { json["nonResourceURLs"]?.strings ?? [] } set { json["nonResourceURLs"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var resourceNames: [String] { get { json["resourceNames"]?.strings ?? [] } set { json["resourceNames"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var resources: [String] { get { json["resources"]?.strings ?? [] } set { json["resources"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var verbs: [String] { get { json["verbs"]?.strings ?? [] } set { json["verbs"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct RoleRef: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroup: String? { get { json["apiGroup"]?.string } set { json["apiGroup"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct Subject: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroup: String? { get { json["apiGroup"]?.string } set { json["apiGroup"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
}

public struct AggregationRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var clusterRoleSelectors: [LabelSelector] { get { json.views("clusterRoleSelectors") } set { json.setViews("clusterRoleSelectors", newValue) } }
}
