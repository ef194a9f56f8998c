import APIMachinery

/// One thing that somebody may do: a verb on the objects of a resource, or on a path below them. A loop declares what it
/// does in these, is let do no more, and its role is made of them.
public struct Permission: Sendable, Hashable {
    public var verb: Verb
    public var resource: GroupResource
    public var subresource: SubresourceName?
    /// The one object that is meant; nil for all.
    public var name: String?

    public init(
        _ verb: Verb, _ resource: GroupResource, subresource: SubresourceName? = nil, name: String? = nil
    ) {
        self.verb = verb
        self.resource = resource
        self.subresource = subresource
        self.name = name
    }

    /// All resources of all groups, and all that is below their objects.
    public static let everything = GroupResource(group: "*", resource: "*")

    public static func create<T: Kind>(_ type: T.Type) -> Permission { Permission(.create, T.resource) }
    public static func update<T: Kind>(_ type: T.Type) -> Permission { Permission(.update, T.resource) }
    public static func patch<T: Kind>(_ type: T.Type) -> Permission { Permission(.patch, T.resource) }
    public static func delete<T: Kind>(_ type: T.Type) -> Permission { Permission(.delete, T.resource) }
    /// An update of the status.
    public static func status<T: Kind>(_ type: T.Type) -> Permission {
        Permission(.update, T.resource, subresource: .status)
    }
    public static func patchStatus<T: Kind>(_ type: T.Type) -> Permission {
        Permission(.patch, T.resource, subresource: .status)
    }
    /// What keeping a resource in memory needs.
    public static func following(_ resource: GroupResource) -> [Permission] {
        [Verb.get, .list, .watch].map { Permission($0, resource) }
    }
    /// What recording events needs.
    public static let recordingEvents: [Permission] = [Verb.create, .patch, .update].map {
        Permission($0, Event.resource)
    }
}

/// All that somebody may do, made ready for the question.
public struct PermissionSet: Sendable, Hashable {
    public let permissions: Set<Permission>
    private let isOfNames: Bool
    private let isOfEverything: Bool

    public init(_ permissions: some Sequence<Permission> = []) {
        self.permissions = Set(permissions)
        isOfNames = self.permissions.contains { $0.name != nil }
        isOfEverything = self.permissions.contains { $0.resource == Permission.everything }
    }

    /// Whether a call is among what is permitted; its `name` is the object's, nil where there is none.
    public func allows(_ call: Permission) -> Bool {
        var wanted = call
        wanted.name = nil
        if permissions.contains(wanted) { return true }
        if isOfNames, call.name != nil, permissions.contains(call) { return true }
        guard isOfEverything else { return false }
        // Of all objects, with what is below them; or only what is below them by this name.
        return permissions.contains(Permission(call.verb, Permission.everything))
            || call.subresource != nil
                && permissions.contains(
                    Permission(call.verb, Permission.everything, subresource: call.subresource))
    }

    public func union(_ others: PermissionSet) -> PermissionSet {
        PermissionSet(permissions.union(others.permissions))
    }

    /// What only looks.
    public var reads: PermissionSet { PermissionSet(permissions.filter { $0.verb.isRead }) }

    /// The same as a role has it: what is alike in all else is one rule.
    public var rules: [AccessRule] {
        struct Subject: Hashable {
            var group: String
            var resource: String
            var name: String?
        }
        var verbs: [Subject: Set<String>] = [:]
        for permission in permissions {
            let path = permission.subresource.map { "\(permission.resource.resource)/\($0)" }
            let subject = Subject(
                group: permission.resource.group, resource: path ?? permission.resource.resource, name: permission.name)
            verbs[subject, default: []].insert(permission.verb.rawValue)
        }
        var rules: [AccessRule] = []
        let subjects = verbs.keys.sorted {
            ($0.group, $0.name ?? "", $0.resource) < ($1.group, $1.name ?? "", $1.resource)
        }
        for subject in subjects {
            let names = subject.name.map { [$0] } ?? []
            let words = (verbs[subject] ?? []).sorted()
            if let same = rules.firstIndex(where: {
                $0.groups == [subject.group] && $0.verbs == words && $0.names == names
            }) {
                rules[same].resources.append(subject.resource)
            } else {
                rules.append(
                    AccessRule(verbs: words, groups: [subject.group], resources: [subject.resource], names: names))
            }
        }
        return rules
    }
}

/// What may be done to which resources, as a rule of rbac.authorization.k8s.io/v1 says it.
public struct AccessRule: Sendable, Equatable {
    public var verbs: [String]
    public var groups: [String]
    /// With what is below them: "pods", "pods/status", "*".
    public var resources: [String]
    /// Empty for all.
    public var names: [String]
    public init(verbs: [String], groups: [String], resources: [String], names: [String] = []) {
        self.verbs = verbs
        self.groups = groups
        self.resources = resources
        self.names = names
    }
}
