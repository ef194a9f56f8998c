// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Ingress: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "networking.k8s.io", version: "v1", kind: "Ingress")
    public static let resource = GroupResource(group: "networking.k8s.io", resource: "ingresses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: IngressSpec { get { IngressSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: IngressStatus { get { IngressStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct IngressClass: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "networking.k8s.io", version: "v1", kind: "IngressClass")
    public static let resource = GroupResource(group: "networking.k8s.io", resource: "ingressclasses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: IngressClassSpec { get { IngressClassSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct IngressSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var defaultBackend: IngressBackend? { get { json["defaultBackend"].map { IngressBackend($0) } } set { json["defaultBackend"] = newValue?.json } }
    public var ingressClassName: String? { get { json["ingressClassName"]?.string } set { json["ingressClassName"] = newValue.map { JSON($0) } } }
    public var rules: [IngressRule] { get { json.views("rules") } set { json.setViews("rules", newValue) } }
    public var tls: [IngressTLS] { get { json.views("tls") } set { json.setViews("tls", newValue) } }
}

public struct IngressStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var loadBalancer: IngressLoadBalancerStatus? { get { json["loadBalancer"].map { IngressLoadBalancerStatus($0) } } set { json["loadBalancer"] = newValue?.json } }
}

public struct IngressClassSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var controller: String? { get { json["controller"]?.string } set { json["controller"] = newValue.map { JSON($0) } } }
    public var parameters: IngressClassParametersReference? { get { json["parameters"].map { IngressClassParametersReference($0) } } set { json["parameters"] = newValue?.json } }
}

public struct IngressBackend: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var resource: TypedLocalObjectReference? { get { json["resource"].map { TypedLocalObjectReference($0) } } set { json["resource"] = newValue?.json } }
    public var service: IngressServiceBackend? { get { json["service"].map { IngressServiceBackend($0) } } set { json["service"] = newValue?.json } }
}

public struct IngressTLS: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hosts: [String] { get { json["hosts"]?.strings ?? [] } set { json["hosts"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var secretName: String? { get { json["secretName"]?.string } set { json["secretName"] = newValue.map { JSON($0) } } }
}

public struct IngressRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var host: String? { get { json["host"]?.string } set { json["host"] = newValue.map { JSON($0) } } }
    public var http: HTTPIngressRuleValue? { get { json["http"].map { HTTPIngressRuleValue($0) } } set { json["http"] = newValue?.json } }
}

public struct IngressLoadBalancerStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var ingress: [IngressLoadBalancerIngress] { get { json.views("ingress") } set { json.setViews("ingress", newValue) } }
}

public struct IngressClassParametersReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroup: String? { get { json["apiGroup"]?.string } set { json["apiGroup"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
    public var scope: String? { get { json["scope"]?.string } set { json["scope"] = newValue.map { JSON($0) } } }
}

public struct IngressServiceBackend: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var port: ServiceBackendPort? { get { json["port"].map { ServiceBackendPort($0) } } set { json["port"] = newValue?.json } }
}

public struct IngressLoadBalancerIngress: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hostname: String? { get { json["hostname"]?.string } set { json["hostname"] = newValue.map { JSON($0) } } }
    public var ip: String? { get { json["ip"]?.string } set { json["ip"] = newValue.map { JSON($0) } } }
    public var ports: [IngressPortStatus] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
}

public struct ServiceBackendPort: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var number: Int? { get { json["number"]?.int } set { json["number"] = newValue.map { JSON($0) } } }
}

public struct HTTPIngressRuleValue: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var paths: [HTTPIngressPath] { get { json.views("paths") } set { json.setViews("paths", newValue) } }
}

public struct IngressPortStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var error: String? { get { json["error"]?.string } set { json["error"] = newValue.map { JSON($0) } } }
    public var port: Int? { get { json["port"]?.int } set { json["port"] = newValue.map { JSON($0) } } }
    public var `protocol`: String? { get { json["protocol"]?.string } set { json["protocol"] = newValue.map { JSON($0) } } }
}

public struct HTTPIngressPath: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var backend: IngressBackend? { get { json["backend"].map { IngressBackend($0) } } set { json["backend"] = newValue?.json } }
    public var path: String? { get { json["path"]?.string } set { json["path"] = newValue.map { JSON($0) } } }
    public var pathType: String? { get { json["pathType"]?.string } set { json["pathType"] = newValue.map { JSON($0) } } }
}

public struct NetworkPolicy: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy")
    public static let resource = GroupResource(group: "networking.k8s.io", resource: "networkpolicies")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: NetworkPolicySpec { get { NetworkPolicySpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct ServiceCIDR: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "networking.k8s.io", version: "v1", kind: "ServiceCIDR")
    public static let resource = GroupResource(group: "networking.k8s.io", resource: "servicecidrs")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ServiceCIDRSpec { get { ServiceCIDRSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ServiceCIDRStatus { get { ServiceCIDRStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct IPAddressObject: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "networking.k8s.io", version: "v1", kind: "IPAddress")
    public static let resource = GroupResource(group: "networking.k8s.io", resource: "ipaddresses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: IPAddressSpec { get { IPAddressSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct NetworkPolicySpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var egress: [NetworkPolicyEgressRule] { get { json.views("egress") } set { json.setViews("egress", newValue) } }
    public var ingress: [NetworkPolicyIngressRule] { get { json.views("ingress") } set { json.setViews("ingress", newValue) } }
    public var podSelector: LabelSelector? { get { json["podSelector"].map { LabelSelector($0) } } set { json["podSelector"] = newValue?.json } }
    public var policyTypes: [String] { get { json["policyTypes"]?.strings ?? [] } set { json["policyTypes"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct ServiceCIDRStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [Condition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
}

public struct ServiceCIDRSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var cidrs: [String] { get { json["cidrs"]?.strings ?? [] } set { json["cidrs"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct IPAddressSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var parentRef: ParentReference? { get { json["parentRef"].map { ParentReference($0) } } set { json["parentRef"] = newValue?.json } }
}

public struct NetworkPolicyEgressRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var ports: [NetworkPolicyPort] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
    public var to: [NetworkPolicyPeer] { get { json.views("to") } set { json.setViews("to", newValue) } }
}

public struct NetworkPolicyIngressRule: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var from: [NetworkPolicyPeer] { get { json.views("from") } set { json.setViews("from", newValue) } }
    public var ports: [NetworkPolicyPort] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
}

public struct ParentReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var group: String? { get { json["group"]?.string } set { json["group"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var namespace: String? { get { json["namespace"]?.string } set { json["namespace"] = newValue.map { JSON($0) } } }
    public var resource: String? { get { json["resource"]?.string } set { json["resource"] = newValue.map { JSON($0) } } }
}

public struct NetworkPolicyPeer: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var ipBlock: IPBlock? { get { json["ipBlock"].map { IPBlock($0) } } set { json["ipBlock"] = newValue?.json } }
    public var namespaceSelector: LabelSelector? { get { json["namespaceSelector"].map { LabelSelector($0) } } set { json["namespaceSelector"] = newValue?.json } }
    public var podSelector: LabelSelector? { get { json["podSelector"].map { LabelSelector($0) } } set { json["podSelector"] = newValue?.json } }
}

public struct NetworkPolicyPort: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var endPort: Int? { get { json["endPort"]?.int } set { json["endPort"] = newValue.map { JSON($0) } } }
    public var port: JSON? { get { json["port"] } set { json["port"] = newValue } }
    public var `protocol`: String? { get { json["protocol"]?.string } set { json["protocol"] = newValue.map { JSON($0) } } }
}

public struct IPBlock: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var cidr: String? { get { json["cidr"]?.string } set { json["cidr"] = newValue.map { JSON($0) } } }
    public var except: [String] { get { json["except"]?.strings ?? [] } set { json["except"] = newValue.isEmpty ? nil : JSON(newValue) } }
}
