// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct Lease: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "coordination.k8s.io", version: "v1", kind: "Lease")
    public static let resource = GroupResource(group: "coordination.k8s.io", resource: "leases")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: LeaseSpec { get { LeaseSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
}

public struct LeaseSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var acquireTime: String? { get { json["acquireTime"]?.string } set { json["acquireTime"] = newValue.map { JSON($0) } } }
    public var holderIdentity: String? { get { json["holderIdentity"]?.string } set { json["holderIdentity"] = newValue.map { JSON($0) } } }
    public var leaseDurationSeconds: Int? { get { json["leaseDurationSeconds"]?.int } set { json["leaseDurationSeconds"] = newValue.map { JSON($0) } } }
    public var leaseTransitions: Int? { get { json["leaseTransitions"]?.int } set { json["leaseTransitions"] = newValue.map { JSON($0) } } }
    public var preferredHolder: String? { get { json["preferredHolder"]?.string } set { json["preferredHolder"] = newValue.map { JSON($0) } } }
    public var renewTime: String? { get { json["renewTime"]?.string } set { json["renewTime"] = newValue.map { JSON($0) } } }
    public var strategy: String? { get { json["strategy"]?.string } set { json["strategy"] = newValue.map { JSON($0) } } }
}
