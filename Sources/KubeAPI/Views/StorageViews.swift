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

public struct CSIDriver: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "storage.k8s.io", version: "v1", kind: "CSIDriver")
    public static let resource = GroupResource(group: "storage.k8s.io", resource: "csidrivers")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: CSIDriverSpec { get { CSIDriverSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct CSINode: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "storage.k8s.io", version: "v1", kind: "CSINode")
    public static let resource = GroupResource(group: "storage.k8s.io", resource: "csinodes")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: CSINodeSpec { get { CSINodeSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct CSIStorageCapacity: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "storage.k8s.io", version: "v1", kind: "CSIStorageCapacity")
    public static let resource = GroupResource(group: "storage.k8s.io", resource: "csistoragecapacities")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var capacity: String? { get { json["capacity"]?.string ?? json["capacity"]?.number } set { json["capacity"] = newValue.map { JSON($0) } } }
    public var maximumVolumeSize: String? { get { json["maximumVolumeSize"]?.string ?? json["maximumVolumeSize"]?.number } set { json["maximumVolumeSize"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var nodeTopology: LabelSelector? { get { json["nodeTopology"].map { LabelSelector($0) } } set { json["nodeTopology"] = newValue?.json } }
    public var storageClassName: String? { get { json["storageClassName"]?.string } set { json["storageClassName"] = newValue.map { JSON($0) } } }
}

public struct VolumeAttachment: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "storage.k8s.io", version: "v1", kind: "VolumeAttachment")
    public static let resource = GroupResource(group: "storage.k8s.io", resource: "volumeattachments")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: VolumeAttachmentSpec { get { VolumeAttachmentSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: VolumeAttachmentStatus { get { VolumeAttachmentStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct VolumeAttributesClass: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "storage.k8s.io", version: "v1", kind: "VolumeAttributesClass")
    public static let resource = GroupResource(group: "storage.k8s.io", resource: "volumeattributesclasses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var driverName: String? { get { json["driverName"]?.string } set { json["driverName"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var parameters: [String: String] { get { json["parameters"]?.stringMap ?? [:] } set { json["parameters"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct CSIDriverSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var attachRequired: Bool? { get { json["attachRequired"]?.bool } set { json["attachRequired"] = newValue.map { JSON($0) } } }
    public var fsGroupPolicy: String? { get { json["fsGroupPolicy"]?.string } set { json["fsGroupPolicy"] = newValue.map { JSON($0) } } }
    public var nodeAllocatableUpdatePeriodSeconds: Int? { get { json["nodeAllocatableUpdatePeriodSeconds"]?.int } set { json["nodeAllocatableUpdatePeriodSeconds"] = newValue.map { JSON($0) } } }
    public var podInfoOnMount: Bool? { get { json["podInfoOnMount"]?.bool } set { json["podInfoOnMount"] = newValue.map { JSON($0) } } }
    public var preventPodSchedulingIfMissing: Bool? { get { json["preventPodSchedulingIfMissing"]?.bool } set { json["preventPodSchedulingIfMissing"] = newValue.map { JSON($0) } } }
    public var requiresRepublish: Bool? { get { json["requiresRepublish"]?.bool } set { json["requiresRepublish"] = newValue.map { JSON($0) } } }
    public var seLinuxMount: Bool? { get { json["seLinuxMount"]?.bool } set { json["seLinuxMount"] = newValue.map { JSON($0) } } }
    public var serviceAccountTokenInSecrets: Bool? { get { json["serviceAccountTokenInSecrets"]?.bool } set { json["serviceAccountTokenInSecrets"] = newValue.map { JSON($0) } } }
    public var storageCapacity: Bool? { get { json["storageCapacity"]?.bool } set { json["storageCapacity"] = newValue.map { JSON($0) } } }
    public var tokenRequests: [DriverTokenRequest] { get { json.views("tokenRequests") } set { json.setViews("tokenRequests", newValue) } }
    public var volumeLifecycleModes: [String] { get { json["volumeLifecycleModes"]?.strings ?? [] } set { json["volumeLifecycleModes"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct CSINodeSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var drivers: [CSINodeDriver] { get { json.views("drivers") } set { json.setViews("drivers", newValue) } }
}

public struct VolumeAttachmentStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var attachError: VolumeError? { get { json["attachError"].map { VolumeError($0) } } set { json["attachError"] = newValue?.json } }
    public var attached: Bool? { get { json["attached"]?.bool } set { json["attached"] = newValue.map { JSON($0) } } }
    public var attachmentMetadata: [String: String] { get { json["attachmentMetadata"]?.stringMap ?? [:] } set { json["attachmentMetadata"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var detachError: VolumeError? { get { json["detachError"].map { VolumeError($0) } } set { json["detachError"] = newValue?.json } }
}

public struct VolumeAttachmentSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var attacher: String? { get { json["attacher"]?.string } set { json["attacher"] = newValue.map { JSON($0) } } }
    public var nodeName: String? { get { json["nodeName"]?.string } set { json["nodeName"] = newValue.map { JSON($0) } } }
    public var source: VolumeAttachmentSource? { get { json["source"].map { VolumeAttachmentSource($0) } } set { json["source"] = newValue?.json } }
}

public struct DriverTokenRequest: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var audience: String? { get { json["audience"]?.string } set { json["audience"] = newValue.map { JSON($0) } } }
    public var expirationSeconds: Int? { get { json["expirationSeconds"]?.int } set { json["expirationSeconds"] = newValue.map { JSON($0) } } }
}

public struct CSINodeDriver: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocatable: VolumeNodeResources? { get { json["allocatable"].map { VolumeNodeResources($0) } } set { json["allocatable"] = newValue?.json } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var nodeID: String? { get { json["nodeID"]?.string } set { json["nodeID"] = newValue.map { JSON($0) } } }
    public var topologyKeys: [String] { get { json["topologyKeys"]?.strings ?? [] } set { json["topologyKeys"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct VolumeError: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var errorCode: Int? { get { json["errorCode"]?.int } set { json["errorCode"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var time: String? { get { json["time"]?.string } set { json["time"] = newValue.map { JSON($0) } } }
}

public struct VolumeAttachmentSource: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var inlineVolumeSpec: PersistentVolumeSpec? { get { json["inlineVolumeSpec"].map { PersistentVolumeSpec($0) } } set { json["inlineVolumeSpec"] = newValue?.json } }
    public var persistentVolumeName: String? { get { json["persistentVolumeName"]?.string } set { json["persistentVolumeName"] = newValue.map { JSON($0) } } }
}

public struct VolumeNodeResources: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var count: Int? { get { json["count"]?.int } set { json["count"] = newValue.map { JSON($0) } } }
}
