// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct DeviceClass: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "resource.k8s.io", version: "v1", kind: "DeviceClass")
    public static let resource = GroupResource(group: "resource.k8s.io", resource: "deviceclasses")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: DeviceClassSpec { get { DeviceClassSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct ResourceClaim: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "resource.k8s.io", version: "v1", kind: "ResourceClaim")
    public static let resource = GroupResource(group: "resource.k8s.io", resource: "resourceclaims")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ResourceClaimSpec { get { ResourceClaimSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: ResourceClaimStatus { get { ResourceClaimStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct ResourceClaimTemplate: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "resource.k8s.io", version: "v1", kind: "ResourceClaimTemplate")
    public static let resource = GroupResource(group: "resource.k8s.io", resource: "resourceclaimtemplates")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ResourceClaimTemplateSpec { get { ResourceClaimTemplateSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct ResourceSlice: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "resource.k8s.io", version: "v1", kind: "ResourceSlice")
    public static let resource = GroupResource(group: "resource.k8s.io", resource: "resourceslices")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ResourceSliceSpec { get { ResourceSliceSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct DeviceClassSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var config: [DeviceClassConfiguration] { get { json.views("config") } set { json.setViews("config", newValue) } }
    public var extendedResourceName: String? { get { json["extendedResourceName"]?.string } set { json["extendedResourceName"] = newValue.map { JSON($0) } } }
    public var selectors: [DeviceSelector] { get { json.views("selectors") } set { json.setViews("selectors", newValue) } }
}

public struct ResourceClaimStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocation: AllocationResult? { get { json["allocation"].map { AllocationResult($0) } } set { json["allocation"] = newValue?.json } }
    public var devices: [AllocatedDeviceStatus] { get { json.views("devices") } set { json.setViews("devices", newValue) } }
    public var reservedFor: [ResourceClaimConsumerReference] { get { json.views("reservedFor") } set { json.setViews("reservedFor", newValue) } }
}

public struct ResourceClaimSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var devices: DeviceClaim? { get { json["devices"].map { DeviceClaim($0) } } set { json["devices"] = newValue?.json } }
}

public struct ResourceClaimTemplateSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: ResourceClaimSpec { get { ResourceClaimSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct ResourceSliceSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allNodes: Bool? { get { json["allNodes"]?.bool } set { json["allNodes"] = newValue.map { JSON($0) } } }
    public var devices: [Device] { get { json.views("devices") } set { json.setViews("devices", newValue) } }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var nodeName: String? { get { json["nodeName"]?.string } set { json["nodeName"] = newValue.map { JSON($0) } } }
    public var nodeSelector: NodeSelector? { get { json["nodeSelector"].map { NodeSelector($0) } } set { json["nodeSelector"] = newValue?.json } }
    public var perDeviceNodeSelection: Bool? { get { json["perDeviceNodeSelection"]?.bool } set { json["perDeviceNodeSelection"] = newValue.map { JSON($0) } } }
    public var pool: ResourcePool? { get { json["pool"].map { ResourcePool($0) } } set { json["pool"] = newValue?.json } }
    public var sharedCounters: [CounterSet] { get { json.views("sharedCounters") } set { json.setViews("sharedCounters", newValue) } }
}

public struct DeviceSelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var cel: CELDeviceSelector? { get { json["cel"].map { CELDeviceSelector($0) } } set { json["cel"] = newValue?.json } }
}

public struct DeviceClassConfiguration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var opaque: OpaqueDeviceConfiguration? { get { json["opaque"].map { OpaqueDeviceConfiguration($0) } } set { json["opaque"] = newValue?.json } }
}

public struct ResourceClaimConsumerReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiGroup: String? { get { json["apiGroup"]?.string } set { json["apiGroup"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var resource: String? { get { json["resource"]?.string } set { json["resource"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct AllocatedDeviceStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var conditions: [Condition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
    public var data: JSON? { get { json["data"] } set { json["data"] = newValue } }
    public var device: String? { get { json["device"]?.string } set { json["device"] = newValue.map { JSON($0) } } }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var networkData: NetworkDeviceData? { get { json["networkData"].map { NetworkDeviceData($0) } } set { json["networkData"] = newValue?.json } }
    public var pool: String? { get { json["pool"]?.string } set { json["pool"] = newValue.map { JSON($0) } } }
    public var shareID: String? { get { json["shareID"]?.string } set { json["shareID"] = newValue.map { JSON($0) } } }
}

public struct AllocationResult: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocationTimestamp: String? { get { json["allocationTimestamp"]?.string } set { json["allocationTimestamp"] = newValue.map { JSON($0) } } }
    public var devices: DeviceAllocationResult? { get { json["devices"].map { DeviceAllocationResult($0) } } set { json["devices"] = newValue?.json } }
    public var nodeSelector: NodeSelector? { get { json["nodeSelector"].map { NodeSelector($0) } } set { json["nodeSelector"] = newValue?.json } }
}

public struct DeviceClaim: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var config: [DeviceClaimConfiguration] { get { json.views("config") } set { json.setViews("config", newValue) } }
    public var constraints: [DeviceConstraint] { get { json.views("constraints") } set { json.setViews("constraints", newValue) } }
    public var requests: [DeviceRequest] { get { json.views("requests") } set { json.setViews("requests", newValue) } }
}

public struct ResourcePool: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var generation: Int? { get { json["generation"]?.int } set { json["generation"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var resourceSliceCount: Int? { get { json["resourceSliceCount"]?.int } set { json["resourceSliceCount"] = newValue.map { JSON($0) } } }
}

public struct CounterSet: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var counters: JSON? { get { json["counters"] } set { json["counters"] = newValue } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct Device: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allNodes: Bool? { get { json["allNodes"]?.bool } set { json["allNodes"] = newValue.map { JSON($0) } } }
    public var allowMultipleAllocations: Bool? { get { json["allowMultipleAllocations"]?.bool } set { json["allowMultipleAllocations"] = newValue.map { JSON($0) } } }
    public var attributes: JSON? { get { json["attributes"] } set { json["attributes"] = newValue } }
    public var bindingConditions: [String] { get { json["bindingConditions"]?.strings ?? [] } set { json["bindingConditions"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var bindingFailureConditions: [String] { get { json["bindingFailureConditions"]?.strings ?? [] } set { json["bindingFailureConditions"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var bindsToNode: Bool? { get { json["bindsToNode"]?.bool } set { json["bindsToNode"] = newValue.map { JSON($0) } } }
    public var capacity: JSON? { get { json["capacity"] } set { json["capacity"] = newValue } }
    public var consumesCounters: [DeviceCounterConsumption] { get { json.views("consumesCounters") } set { json.setViews("consumesCounters", newValue) } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var nodeAllocatableResourceMappings: JSON? { get { json["nodeAllocatableResourceMappings"] } set { json["nodeAllocatableResourceMappings"] = newValue } }
    public var nodeName: String? { get { json["nodeName"]?.string } set { json["nodeName"] = newValue.map { JSON($0) } } }
    public var nodeSelector: NodeSelector? { get { json["nodeSelector"].map { NodeSelector($0) } } set { json["nodeSelector"] = newValue?.json } }
    public var taints: [DeviceTaint] { get { json.views("taints") } set { json.setViews("taints", newValue) } }
}

public struct CELDeviceSelector: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var expression: String? { get { json["expression"]?.string } set { json["expression"] = newValue.map { JSON($0) } } }
}

public struct NetworkDeviceData: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var hardwareAddress: String? { get { json["hardwareAddress"]?.string } set { json["hardwareAddress"] = newValue.map { JSON($0) } } }
    public var interfaceName: String? { get { json["interfaceName"]?.string } set { json["interfaceName"] = newValue.map { JSON($0) } } }
    public var ips: [String] { get { json["ips"]?.strings ?? [] } set { json["ips"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct DeviceAllocationResult: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var config: [DeviceAllocationConfiguration] { get { json.views("config") } set { json.setViews("config", newValue) } }
    public var results: [DeviceRequestAllocationResult] { get { json.views("results") } set { json.setViews("results", newValue) } }
}

public struct DeviceClaimConfiguration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var opaque: OpaqueDeviceConfiguration? { get { json["opaque"].map { OpaqueDeviceConfiguration($0) } } set { json["opaque"] = newValue?.json } }
    public var requests: [String] { get { json["requests"]?.strings ?? [] } set { json["requests"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct DeviceConstraint: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var distinctAttribute: String? { get { json["distinctAttribute"]?.string } set { json["distinctAttribute"] = newValue.map { JSON($0) } } }
    public var matchAttribute: String? { get { json["matchAttribute"]?.string } set { json["matchAttribute"] = newValue.map { JSON($0) } } }
    public var requests: [String] { get { json["requests"]?.strings ?? [] } set { json["requests"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct DeviceRequest: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var exactly: ExactDeviceRequest? { get { json["exactly"].map { ExactDeviceRequest($0) } } set { json["exactly"] = newValue?.json } }
    public var firstAvailable: [DeviceSubRequest] { get { json.views("firstAvailable") } set { json.setViews("firstAvailable", newValue) } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
}

public struct DeviceCounter: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var value: String? { get { json["value"]?.string ?? json["value"]?.number } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct DeviceCounterConsumption: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var counterSet: String? { get { json["counterSet"]?.string } set { json["counterSet"] = newValue.map { JSON($0) } } }
    public var counters: JSON? { get { json["counters"] } set { json["counters"] = newValue } }
}

public struct DeviceAttribute: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var bool: Bool? { get { json["bool"]?.bool } set { json["bool"] = newValue.map { JSON($0) } } }
    public var bools: [JSON] { get { json["bools"]?.elements ?? [] } set { json["bools"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var int: Int? { get { json["int"]?.int } set { json["int"] = newValue.map { JSON($0) } } }
    public var ints: [JSON] { get { json["ints"]?.elements ?? [] } set { json["ints"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var string: String? { get { json["string"]?.string } set { json["string"] = newValue.map { JSON($0) } } }
    public var strings: [String] { get { json["strings"]?.strings ?? [] } set { json["strings"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var version: String? { get { json["version"]?.string } set { json["version"] = newValue.map { JSON($0) } } }
    public var versions: [String] { get { json["versions"]?.strings ?? [] } set { json["versions"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct NodeAllocatableResourceMapping: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocationMultiplier: String? { get { json["allocationMultiplier"]?.string ?? json["allocationMultiplier"]?.number } set { json["allocationMultiplier"] = newValue.map { JSON($0) } } }
    public var capacityKey: String? { get { json["capacityKey"]?.string } set { json["capacityKey"] = newValue.map { JSON($0) } } }
}

public struct DeviceCapacity: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var requestPolicy: CapacityRequestPolicy? { get { json["requestPolicy"].map { CapacityRequestPolicy($0) } } set { json["requestPolicy"] = newValue?.json } }
    public var value: String? { get { json["value"]?.string ?? json["value"]?.number } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct DeviceTaint: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var effect: String? { get { json["effect"]?.string } set { json["effect"] = newValue.map { JSON($0) } } }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var timeAdded: String? { get { json["timeAdded"]?.string } set { json["timeAdded"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct OpaqueDeviceConfiguration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var parameters: JSON? { get { json["parameters"] } set { json["parameters"] = newValue } }
}

public struct DeviceAllocationConfiguration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var opaque: OpaqueDeviceConfiguration? { get { json["opaque"].map { OpaqueDeviceConfiguration($0) } } set { json["opaque"] = newValue?.json } }
    public var requests: [String] { get { json["requests"]?.strings ?? [] } set { json["requests"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var source: String? { get { json["source"]?.string } set { json["source"] = newValue.map { JSON($0) } } }
}

public struct DeviceRequestAllocationResult: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var adminAccess: Bool? { get { json["adminAccess"]?.bool } set { json["adminAccess"] = newValue.map { JSON($0) } } }
    public var bindingConditions: [String] { get { json["bindingConditions"]?.strings ?? [] } set { json["bindingConditions"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var bindingFailureConditions: [String] { get { json["bindingFailureConditions"]?.strings ?? [] } set { json["bindingFailureConditions"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var consumedCapacity: [String: String] { get { json["consumedCapacity"]?.stringMap ?? [:] } set { json["consumedCapacity"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var device: String? { get { json["device"]?.string } set { json["device"] = newValue.map { JSON($0) } } }
    public var driver: String? { get { json["driver"]?.string } set { json["driver"] = newValue.map { JSON($0) } } }
    public var pool: String? { get { json["pool"]?.string } set { json["pool"] = newValue.map { JSON($0) } } }
    public var request: String? { get { json["request"]?.string } set { json["request"] = newValue.map { JSON($0) } } }
    public var shareID: String? { get { json["shareID"]?.string } set { json["shareID"] = newValue.map { JSON($0) } } }
    public var tolerations: [DeviceToleration] { get { json.views("tolerations") } set { json.setViews("tolerations", newValue) } }
}

public struct ExactDeviceRequest: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var adminAccess: Bool? { get { json["adminAccess"]?.bool } set { json["adminAccess"] = newValue.map { JSON($0) } } }
    public var allocationMode: String? { get { json["allocationMode"]?.string } set { json["allocationMode"] = newValue.map { JSON($0) } } }
    public var capacity: CapacityRequirements? { get { json["capacity"].map { CapacityRequirements($0) } } set { json["capacity"] = newValue?.json } }
    public var count: Int? { get { json["count"]?.int } set { json["count"] = newValue.map { JSON($0) } } }
    public var deviceClassName: String? { get { json["deviceClassName"]?.string } set { json["deviceClassName"] = newValue.map { JSON($0) } } }
    public var selectors: [DeviceSelector] { get { json.views("selectors") } set { json.setViews("selectors", newValue) } }
    public var tolerations: [DeviceToleration] { get { json.views("tolerations") } set { json.setViews("tolerations", newValue) } }
}

public struct DeviceSubRequest: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var allocationMode: String? { get { json["allocationMode"]?.string } set { json["allocationMode"] = newValue.map { JSON($0) } } }
    public var capacity: CapacityRequirements? { get { json["capacity"].map { CapacityRequirements($0) } } set { json["capacity"] = newValue?.json } }
    public var count: Int? { get { json["count"]?.int } set { json["count"] = newValue.map { JSON($0) } } }
    public var deviceClassName: String? { get { json["deviceClassName"]?.string } set { json["deviceClassName"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var selectors: [DeviceSelector] { get { json.views("selectors") } set { json.setViews("selectors", newValue) } }
    public var tolerations: [DeviceToleration] { get { json.views("tolerations") } set { json.setViews("tolerations", newValue) } }
}

public struct CapacityRequestPolicy: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var `default`: String? { get { json["default"]?.string ?? json["default"]?.number } set { json["default"] = newValue.map { JSON($0) } } }
    public var validRange: CapacityRequestPolicyRange? { get { json["validRange"].map { CapacityRequestPolicyRange($0) } } set { json["validRange"] = newValue?.json } }
    public var validValues: [JSON] { get { json["validValues"]?.elements ?? [] } set { json["validValues"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct DeviceToleration: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var effect: String? { get { json["effect"]?.string } set { json["effect"] = newValue.map { JSON($0) } } }
    public var key: String? { get { json["key"]?.string } set { json["key"] = newValue.map { JSON($0) } } }
    public var `operator`: String? { get { json["operator"]?.string } set { json["operator"] = newValue.map { JSON($0) } } }
    public var tolerationSeconds: Int? { get { json["tolerationSeconds"]?.int } set { json["tolerationSeconds"] = newValue.map { JSON($0) } } }
    public var value: String? { get { json["value"]?.string } set { json["value"] = newValue.map { JSON($0) } } }
}

public struct CapacityRequirements: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var requests: [String: String] { get { json["requests"]?.stringMap ?? [:] } set { json["requests"] = newValue.isEmpty ? nil : JSON(newValue) } }
}

public struct CapacityRequestPolicyRange: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var max: String? { get { json["max"]?.string ?? json["max"]?.number } set { json["max"] = newValue.map { JSON($0) } } }
    public var min: String? { get { json["min"]?.string ?? json["min"]?.number } set { json["min"] = newValue.map { JSON($0) } } }
    public var step: String? { get { json["step"]?.string ?? json["step"]?.number } set { json["step"] = newValue.map { JSON($0) } } }
}
