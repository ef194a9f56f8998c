// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct TokenRequest: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest")
    public static let resource = GroupResource(group: "authentication.k8s.io", resource: "tokenrequests")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: TokenRequestSpec { get { TokenRequestSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: TokenRequestStatus { get { TokenRequestStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct TokenRequestSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var audiences: [String] { get { json["audiences"]?.strings ?? [] } set { json["audiences"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var boundObjectRef: BoundObjectReference? { get { json["boundObjectRef"].map { BoundObjectReference($0) } } set { json["boundObjectRef"] = newValue?.json } }
    public var expirationSeconds: Int? { get { json["expirationSeconds"]?.int } set { json["expirationSeconds"] = newValue.map { JSON($0) } } }
}

public struct TokenRequestStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var expirationTimestamp: String? { get { json["expirationTimestamp"]?.string } set { json["expirationTimestamp"] = newValue.map { JSON($0) } } }
    public var token: String? { get { json["token"]?.string } set { json["token"] = newValue.map { JSON($0) } } }
}

public struct BoundObjectReference: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var apiVersion: String? { get { json["apiVersion"]?.string } set { json["apiVersion"] = newValue.map { JSON($0) } } }
    public var kind: String? { get { json["kind"]?.string } set { json["kind"] = newValue.map { JSON($0) } } }
    public var name: String? { get { json["name"]?.string } set { json["name"] = newValue.map { JSON($0) } } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
}

public struct SelfSubjectReview: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "SelfSubjectReview")
    public static let resource = GroupResource(group: "authentication.k8s.io", resource: "selfsubjectreviews")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var status: SelfSubjectReviewStatus { get { SelfSubjectReviewStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct SelfSubjectReviewStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var userInfo: AuthenticationUserInfo? { get { json["userInfo"].map { AuthenticationUserInfo($0) } } set { json["userInfo"] = newValue?.json } }
}

public struct AuthenticationUserInfo: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var extra: JSON? { get { json["extra"] } set { json["extra"] = newValue } }
    public var groups: [String] { get { json["groups"]?.strings ?? [] } set { json["groups"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var uid: String? { get { json["uid"]?.string } set { json["uid"] = newValue.map { JSON($0) } } }
    public var username: String? { get { json["username"]?.string } set { json["username"] = newValue.map { JSON($0) } } }
}

public struct TokenReview: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenReview")
    public static let resource = GroupResource(group: "authentication.k8s.io", resource: "tokenreviews")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var spec: TokenReviewSpec { get { TokenReviewSpec(json["spec"] ?? .object) } set { json["spec"] = newValue.json } }
    public var status: TokenReviewStatus { get { TokenReviewStatus(json["status"] ?? .object) } set { json["status"] = newValue.json } }
}

public struct TokenReviewSpec: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var audiences: [String] { get { json["audiences"]?.strings ?? [] } set { json["audiences"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var token: String? { get { json["token"]?.string } set { json["token"] = newValue.map { JSON($0) } } }
}

public struct TokenReviewStatus: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var audiences: [String] { get { json["audiences"]?.strings ?? [] } set { json["audiences"] = newValue.isEmpty ? nil : JSON(newValue) } }
    public var authenticated: Bool? { get { json["authenticated"]?.bool } set { json["authenticated"] = newValue.map { JSON($0) } } }
    public var error: String? { get { json["error"]?.string } set { json["error"] = newValue.map { JSON($0) } } }
    public var user: AuthenticationUserInfo? { get { json["user"].map { AuthenticationUserInfo($0) } } set { json["user"] = newValue?.json } }
}
