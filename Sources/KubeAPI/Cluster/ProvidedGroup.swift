import APIMachinery

/// An API group whose objects are kept nowhere: what it answers is made when somebody asks, such as what is measured.
public protocol ProvidedGroup: Sendable {
    /// Such as "metrics.k8s.io".
    var name: String { get }
    var version: String { get }
    /// What can be asked for now, for discovery and tables. A path below an object is a subresource; one without verbs is
    /// there for what is below it alone.
    func resources() -> [Resource]
    /// Throws `StatusError`. The authorizer has let the question pass.
    func answer(_ question: ProvidedQuestion) async throws -> ProvidedAnswer
}

/// A GET of a provided group.
public struct ProvidedQuestion: Sendable {
    public var resource: String
    /// Empty for the whole cluster.
    public var namespace: String
    /// Empty for a collection.
    public var name: String
    /// What follows the name in the path; empty where nothing does.
    public var path: String
    public var labels: LabelSelector
    public var fields: FieldSelector
    /// Further parameters of the query.
    public var parameters: [String: String]
    public init(
        resource: String, namespace: String = "", name: String = "", path: String = "",
        labels: LabelSelector = .everything, fields: FieldSelector = .everything, parameters: [String: String] = [:]
    ) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
        self.path = path
        self.labels = labels
        self.fields = fields
        self.parameters = parameters
    }
}

public enum ProvidedAnswer: Sendable {
    case object(JSON)
    /// Of this kind, such as "PodMetricsList".
    case list(kind: String, items: [JSON])
}
