// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct EndpointSlice: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice")
    public static let resource = GroupResource(group: "discovery.k8s.io", resource: "endpointslices")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var addressType: String? { get { json["addressType"]?.string } set { json["addressType"] = newValue.map { JSON($0) } } }
    public var endpoints: [Endpoint] { get { json.views("endpoints") } set { json.setViews("endpoints", newValue) } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var ports: [DiscoveryEndpointPort] { get { json.views("ports") } set { json.setViews("ports", newValue) } }
}

public struct Endpoint: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var addresses: [String] { get { json["addresses"]?.strings ?? [] } set { json["addresses"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var conditions: EndpointConditions? { get { json["conditions"].map { EndpointConditions($0) } } set { json["conditions"] = newValue?.json } }
    public var deprecatedTopology: [String: String] { get { json["deprecatedTopology"]?.stringMap ?? [:] } set { json["deprecatedTopology"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var hints: EndpointHints? { get { json["hints"].map { EndpointHints($0) } } set { json["hints"] = newValue?.json } }
    public var hostname: String? { get { json["hostname"]?.string } set { json["hostname"] = newValue.map { JSON($0) } } }
    public var nodeName: String? { get { json["nodeName"]?.string } set { json["nodeName"] = newValue.map { JSON($0) } } }
    public var targetRef: ObjectReference? { get { json["targetRef"].map { ObjectReference($0) } } set { json["targetRef"] = newValue?.json } }
    public var zone: String? { get { json["zone"]?.string } set { json["zone"] = newValue.map { JSON($0) } } }
}

public struct DiscoveryEndpointPort: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var appProtocol: String? { get { json["appProtocol"]?.string } set { json["appProtocol"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var port: Int? { get { json["port"]?.int } set { json["port"] = newValue.map { JSON($0) } } }
    public var `protocol`: String? { get { json["protocol"]?.string } set { json["protocol"] = newValue.map { JSON($0) } } }
}

public struct EndpointConditions: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var ready: Bool? { get { json["ready"]?.bool } set { json["ready"] = newValue.map { JSON($0) } } }
    public var serving: Bool? { get { json["serving"]?.bool } set { json["serving"] = newValue.map { JSON($0) } } }
    public var terminating: Bool? { get { json["terminating"]?.bool } set { json["terminating"] = newValue.map { JSON($0) } } }
}

public struct EndpointHints: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var forNodes: [ForNode] { get { json.views("forNodes") } set { json.setViews("forNodes", newValue) } }
    public var forZones: [ForZone] { get { json.views("forZones") } set { json.setViews("forZones", newValue) } }
}

public struct ForZone: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct ForNode: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}
