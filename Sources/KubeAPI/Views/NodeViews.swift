// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct RuntimeClass: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "node.k8s.io", version: "v1", kind: "RuntimeClass")
    public static let resource = GroupResource(group: "node.k8s.io", resource: "runtimeclasses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var handler: String? { get { json["handler"]?.string } set { json["handler"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var overhead: Overhead? { get { json["overhead"].map { Overhead($0) } } set { json["overhead"] = newValue?.json } }
    public var scheduling: Scheduling? { get { json["scheduling"].map { Scheduling($0) } } set { json["scheduling"] = newValue?.json } }
}

public struct Scheduling: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var nodeSelector: [String: String] { get { json["nodeSelector"]?.stringMap ?? [:] } set { json["nodeSelector"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var tolerations: [Toleration] { get { json.views("tolerations") } set { json.setViews("tolerations", newValue) } }
}

public struct Overhead: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var podFixed: [String: String] { get { json["podFixed"]?.stringMap ?? [:] } set { json["podFixed"] = newValue.isEmpty ? nil : JSON(newValue) } }
}
