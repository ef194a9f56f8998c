import APIMachinery
import KubeAPI

/// Who asks, once authenticated.
public struct UserInfo: Sendable, Equatable {
    public var name: String
    public var uid: String
    public var groups: [String]
    /// What else is known of them, such as the pod whose token was shown.
    public var extra: [String: [String]]
    public init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }
    /// The user that a loop of this process is.
    public init(_ loop: LoopIdentity) { self.init(name: loop.userName, groups: loop.groups) }

    /// This server itself, for what every cluster has.
    static let server = UserInfo(name: "system:apiserver", groups: ["system:masters"])

    /// Whoever shows no credentials.
    public static let anonymous = UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"])
    public var isAnonymous: Bool { name == Self.anonymous.name }

    /// authentication.k8s.io/v1 UserInfo.
    var json: JSON {
        var json: JSON = ["username": JSON(name)]
        if !uid.isEmpty { json["uid"] = JSON(uid) }
        if !groups.isEmpty { json["groups"] = JSON(groups) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) { json["extra", key] = JSON(values) }
        return json
    }
}
