// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct PriorityClass: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "scheduling.k8s.io", version: "v1", kind: "PriorityClass")
    public static let resource = GroupResource(group: "scheduling.k8s.io", resource: "priorityclasses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var description: String? { get { json["description"]?.string } set { json["description"] = newValue.map { JSON($0) } } }
    public var globalDefault: Bool? { get { json["globalDefault"]?.bool } set { json["globalDefault"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var preemptionPolicy: String? { get { json["preemptionPolicy"]?.string } set { json["preemptionPolicy"] = newValue.map { JSON($0) } } }
    public var value: Int? { get { json["value"]?.int } set { json["value"] = newValue.map { JSON($0) } } }
}
