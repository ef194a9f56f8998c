import APIMachinery
import Basics
import KubeAPI

/// `metrics.k8s.io/v1beta1`: what nodes and pods use, as metrics-server serves it.
public struct UsageGroup: ProvidedGroup {
    public let name = "metrics.k8s.io"
    public let version = "v1beta1"
    private let usage: CollectedUsage
    private let clock: any TimeSource

    public init(_ usage: CollectedUsage, clock: any TimeSource = SystemClock()) {
        self.usage = usage
        self.clock = clock
    }

    private static let apiVersion = "metrics.k8s.io/v1beta1"
    private static let known: [Resource] = [
        Resource(
            apiVersion, "NodeMetrics", plural: "nodes", isNamespaced: false, verbs: [.get, .list],
            columns: columns { $0["usage"]?.members ?? [] }),
        Resource(
            apiVersion, "PodMetrics", plural: "pods", verbs: [.get, .list],
            columns: columns { pod in
                ["cpu", "memory"].map { name in
                    let sum = (pod["containers"]?.elements ?? []).reduce(Quantity.zero) {
                        $0 + ((try? Quantity($1["usage", name] ?? "0")) ?? .zero)
                    }
                    return (name, sum.json)
                }
            }),
    ]

    private static func columns(_ usage: @escaping @Sendable (JSON) -> [JSON.Member]) -> [Resource.Column] {
        [Resource.Column("Name", "string", format: "name") { $0["metadata", "name"] ?? "" }]
            + ["cpu", "memory"].map { name in
                Resource.Column(name, "string", format: "quantity") { object in
                    usage(object).first { $0.name == name }?.value ?? "0"
                }
            } + [Resource.Column("Window", "string", format: "duration") { $0["window"] ?? "" }]
    }

    public func resources() -> [Resource] { Self.known }

    public func answer(_ question: ProvidedQuestion) async throws -> ProvidedAnswer {
        guard question.path.isEmpty else { throw Self.notServed }
        switch question.resource {
        case "nodes" where question.namespace.isEmpty: return try nodes(question)
        case "pods" where !question.namespace.isEmpty || question.name.isEmpty: return try pods(question)
        default: throw Self.notServed
        }
    }

    private static let notServed = StatusError(
        code: 404, reason: .notFound, message: "the server could not find the requested resource")

    // MARK: Nodes

    private func nodes(_ question: ProvidedQuestion) throws -> ProvidedAnswer {
        if !question.name.isEmpty {
            let key = ObjectKey(namespace: "", name: question.name)
            guard let node = usage.world.get(Node.self, key), let rate = usage.node(question.name) else {
                throw StatusError.notFound(GroupResource(group: name, resource: "nodemetrics"), question.name)
            }
            return .object(named("NodeMetrics", of(node, rate)))
        }
        let read = try Self.fields(question.fields)
        let items = usage.world.all(Node.self).filter { read($0.json) && question.labels.matches($0.labels) }
            .sorted { $0.name < $1.name }
            .compactMap { node in usage.node(node.name).map { of(node, $0) } }
        return .list(kind: "NodeMetricsList", items: items)
    }

    private func of(_ node: Node, _ rate: UsageRate) -> JSON {
        [
            "metadata": metadata(node.json), "timestamp": rate.time.json, "window": JSON(rate.window.goText),
            "usage": Self.amounts(rate),
        ]
    }

    // MARK: Pods

    private func pods(_ question: ProvidedQuestion) throws -> ProvidedAnswer {
        if !question.name.isEmpty {
            let key = ObjectKey(namespace: question.namespace, name: question.name)
            guard let pod = usage.world.get(Pod.self, key), let rates = usage.pod(key) else {
                throw StatusError.notFound(
                    GroupResource(group: name, resource: "podmetrics"), "\(question.namespace)/\(question.name)")
            }
            return .object(named("PodMetrics", of(pod, rates)))
        }
        let read = try Self.fields(question.fields)
        let items = usage.pods(in: question.namespace, question.labels).filter { read($0.pod.json) }
            .map { of($0.pod, $0.rates) }
        return .list(kind: "PodMetricsList", items: items)
    }

    private func of(_ pod: Pod, _ rates: UsageTable.PodRates) -> JSON {
        [
            "metadata": metadata(pod.json), "timestamp": rates.time.json, "window": JSON(rates.window.goText),
            "containers": JSON(
                rates.containers.map { ["name": JSON($0.name), "usage": Self.amounts($0.rate)] as JSON }),
        ]
    }

    // MARK: Parts

    private func named(_ kind: String, _ object: JSON) -> JSON {
        JSON(members: [("kind", JSON(kind)), ("apiVersion", JSON(Self.apiVersion))] + object.members)
    }

    private func metadata(_ object: JSON) -> JSON {
        var metadata: JSON = ["name": JSON(object.key.name)]
        if !object.key.namespace.isEmpty { metadata["namespace"] = JSON(object.key.namespace) }
        metadata["creationTimestamp"] = clock.now.json
        metadata["labels"] = object["metadata", "labels"]
        return metadata
    }

    private static func amounts(_ rate: UsageRate) -> JSON {
        let processor = (try? Quantity("\(rate.nanocores)n")).map { $0 + .zero } ?? .zero
        return ["cpu": processor.json, "memory": Quantity(rate.bytes, format: .binarySI).json]
    }

    /// Whether an object is among those that a field selector means; throws 400 for other fields than name and namespace.
    private static func fields(_ selector: FieldSelector) throws -> @Sendable (JSON) -> Bool {
        for term in selector.terms where !["metadata.name", "metadata.namespace"].contains(term.field) {
            throw StatusError.badRequest("field label not supported: \(term.field)")
        }
        return { object in
            selector.matches { $0 == "metadata.name" ? object.key.name : object.key.namespace }
        }
    }
}
