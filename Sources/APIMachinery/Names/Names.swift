/// A kind in one version of one group, such as apps/v1 Deployment; the core group is the empty string.
public struct GroupVersionKind: Hashable, Sendable, CustomStringConvertible {
    public var group: String
    public var version: String
    public var kind: String
    public init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }
    /// From `apiVersion` ("v1" or "apps/v1") and `kind`.
    public init(apiVersion: String, kind: String) {
        let parts = apiVersion.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            group: parts.count == 2 ? String(parts[0]) : "", version: String(parts.last ?? ""), kind: kind)
    }
    /// What an object says of itself.
    public init(of object: JSON) {
        self.init(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
    }
    /// "v1" or "apps/v1".
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    public var description: String { "\(apiVersion), Kind=\(kind)" }
}

/// A resource whatever its version, such as deployments.apps.
public struct GroupResource: Hashable, Sendable, CustomStringConvertible {
    public var group: String
    /// The plural name, such as "deployments".
    public var resource: String
    public init(group: String = "", resource: String) {
        self.group = group
        self.resource = resource
    }
    /// "pods" or "deployments.apps".
    public var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

/// An object's place within its resource; the namespace is empty for objects of the cluster.
public struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var namespace: String
    public var name: String
    public init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
    /// "default/web" or "node-1".
    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}
