// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct CertificateSigningRequest: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "certificates.k8s.io", version: "v1", kind: "CertificateSigningRequest")
    public static let resource = GroupResource(group: "certificates.k8s.io", resource: "certificatesigningrequests")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: CertificateSigningRequestSpec { get { CertificateSigningRequestSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: CertificateSigningRequestStatus { get { CertificateSigningRequestStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct CertificateSigningRequestSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var expirationSeconds: Int? { get { json["expirationSeconds"]?.int } set { json["expirationSeconds"] = newValue.map { JSON($0) } } }
    public var extra: JSON? { get { json["extra"] } set { json["extra"] = newValue } }
    public var groups: [String] { get { json["groups"]?.strings ?? [] } set { json["groups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var request: String? { get { json["request"]?.string } set { json["request"] = newValue.map { JSON($0) } } }
    public var signerName: String? { get { json["signerName"]?.string } set { json["signerName"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
    public var usages: [String] { get { json["usages"]?.strings ?? [] } set { json["usages"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var username: String? { get { json["username"]?.string } set { json["username"] = newValue.map { JSON($0) } } }
}

public struct CertificateSigningRequestStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var certificate: String? { get { json["certificate"]?.string } set { json["certificate"] = newValue.map { JSON($0) } } }
    public var conditions: [CertificateSigningRequestCondition] { get { json.views("conditions") } set { json.setViews("conditions", newValue) } }
}

public struct CertificateSigningRequestCondition: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var lastTransitionTime: String? { get { json["lastTransitionTime"]?.string } set { json["lastTransitionTime"] = newValue.map { JSON($0) } } }
    public var lastUpdateTime: String? { get { json["lastUpdateTime"]?.string } set { json["lastUpdateTime"] = newValue.map { JSON($0) } } }
    public var message: String? { get { json["message"]?.string } set { json["message"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var status: String? { get { json["status"]?.string } set { json["status"] = newValue.map { JSON($0) } } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}
