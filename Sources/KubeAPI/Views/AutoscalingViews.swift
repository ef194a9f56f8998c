// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Scale: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")
    public static let resource = GroupResource(group: "autoscaling", resource: "scales")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ScaleSpec { get { ScaleSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ScaleStatus { get { ScaleStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct ScaleSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
}

public struct ScaleStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var replicas: Int? { get { json["replicas"]?.int } set { json["replicas"] = newValue.map { JSON($0) } } }
    public var selector: String? { get { json["selector"]?.string } set { json["selector"] = newValue.map { JSON($0) } } }
}
