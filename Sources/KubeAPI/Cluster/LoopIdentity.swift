import APIMachinery

/// Who a loop is to the cluster: a user under Kubernetes' name, and all that this user may do.
public struct LoopIdentity: Sendable, Hashable {
    public let userName: String
    public let groups: [String]
    /// What it calls itself in `managedFields` and in the audit trail, such as "kube-controller-manager".
    public let agent: String
    public let permissions: PermissionSet

    public init(userName: String, groups: [String] = [], agent: String, permissions: PermissionSet) {
        self.userName = userName
        self.groups = groups + ["system:authenticated"]
        self.agent = agent
        self.permissions = permissions
    }

    /// `follows` are the resources that it keeps in memory, `calls` all else that it does.
    public init(
        userName: String, groups: [String] = [], agent: String, follows: [GroupResource], calls: [Permission] = [],
        recordsEvents: Bool = false
    ) {
        self.init(
            userName: userName, groups: groups, agent: agent,
            permissions: PermissionSet(
                follows.flatMap(Permission.following) + calls + (recordsEvents ? Permission.recordingEvents : [])))
    }

    /// One that Kubernetes runs under a service account of kube-system.
    public static func serviceAccount(
        _ account: String, agent: String, follows: [GroupResource] = [], calls: [Permission] = [],
        recordsEvents: Bool = true
    ) -> LoopIdentity {
        LoopIdentity(
            userName: "system:serviceaccount:kube-system:\(account)",
            groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"], agent: agent, follows: follows,
            calls: calls, recordsEvents: recordsEvents)
    }

    /// A controller of kube-controller-manager.
    public static func controller(
        _ account: String, follows: [GroupResource], calls: [Permission] = [], recordsEvents: Bool = true
    ) -> LoopIdentity {
        .serviceAccount(
            account, agent: "kube-controller-manager", follows: follows, calls: calls, recordsEvents: recordsEvents)
    }

    /// Whoever keeps in memory what several loops read: kube-controller-manager, whose informers Kubernetes' controllers
    /// share. It may read what any of them may, and change nothing.
    public static func informers(of loops: some Sequence<LoopIdentity>) -> LoopIdentity {
        LoopIdentity(
            userName: "system:kube-controller-manager", agent: "kube-controller-manager",
            permissions: loops.reduce(PermissionSet()) { $0.union($1.permissions.reads) })
    }
}
