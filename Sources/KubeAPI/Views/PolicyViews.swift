// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Eviction: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "policy", version: "v1", kind: "Eviction")
    public static let resource = GroupResource(group: "policy", resource: "evictions")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var deleteOptions: DeleteOptions? { get { json["deleteOptions"].map { DeleteOptions($0) } } set { json["deleteOptions"] = newValue?.json } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
}
