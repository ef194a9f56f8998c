// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct StorageClass: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "storage.k8s.io", version: "v1", kind: "StorageClass")
    public static let resource = GroupResource(group: "storage.k8s.io", resource: "storageclasses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allowVolumeExpansion: Bool? { get { json["allowVolumeExpansion"]?.bool } set { json["allowVolumeExpansion"] = newValue.map { JSON($0) } } }
    public var allowedTopologies: [TopologySelectorTerm] { get { json.views("allowedTopologies") } set { json.setViews("allowedTopologies", newValue) } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var mountOptions: [String] { get { json["mountOptions"]?.strings ?? [] } set { json["mountOptions"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var parameters: [String: String] { get { json["parameters"]?.stringMap ?? [:] } set { json["parameters"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var provisioner: String? { get { json["provisioner"]?.string } set { json["provisioner"] = newValue.map { JSON($0) } } }
    public var reclaimPolicy: String? { get { json["reclaimPolicy"]?.string } set { json["reclaimPolicy"] = newValue.map { JSON($0) } } }
    public var volumeBindingMode: String? { get { json["volumeBindingMode"]?.string } set { json["volumeBindingMode"] = newValue.map { JSON($0) } } }
}
