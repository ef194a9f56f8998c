import APIMachinery
import KubeAPI

/// What is to be done to what, for the authorizer and the audit.
public struct RequestAttributes: Sendable, Equatable {
    /// For paths outside the API the method of HTTP.
    public var verb: Verb
    public var group: String
    public var version: String
    public var resource: String
    /// nil for the object itself, or the collection.
    public var subresource: SubresourceName?
    public var namespace: String
    public var name: String
    public var path: String
    public var isResourceRequest: Bool
    /// Which objects of a collection are meant.
    public var fieldSelector = FieldSelector.everything
    public init(
        verb: Verb, group: String = "", version: String = "", resource: String = "",
        subresource: SubresourceName? = nil, namespace: String = "", name: String = "", path: String,
        isResourceRequest: Bool
    ) {
        self.verb = verb
        self.group = group
        self.version = version
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
        self.path = path
        self.isResourceRequest = isResourceRequest
    }

    /// The one object that is meant, also where a selector names it.
    var namedObject: String {
        name.isEmpty && isResourceRequest ? fieldSelector.requiredValue(of: "metadata.name") ?? "" : name
    }
    /// Whether only objects are meant of which this field has the value.
    func requires(_ field: String, _ value: String) -> Bool { fieldSelector.requiredValue(of: field) == value }

    /// What must be permitted for this; of no meaning for paths outside the API.
    var permission: Permission {
        Permission(
            verb, GroupResource(group: group, resource: resource), subresource: subresource,
            name: namedObject.isEmpty ? nil : namedObject)
    }
}
