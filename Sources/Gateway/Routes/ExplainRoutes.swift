import APIMachinery
import APIServer
import HTTPMessages
import HTTPServer
import KubeAPI

/// What loops think of objects, for people: who may read an object may ask about it.
enum ExplainRoutes {
    /// `GET /explain/scheduling/{namespace}/{pod}`: what every node is to a pod, in the scheduler's eyes.
    static func scheduling(_ site: Site, _ call: Call) async throws -> Answer {
        let key = ObjectKey(namespace: call.parameters["namespace"] ?? "", name: call.parameters["pod"] ?? "")
        try await site.admit(call.request, .get, Pod.resource, key)
        guard let explain = site.parts.explainScheduling else {
            throw Problem(status: 503, title: "Service Unavailable", detail: "No scheduler runs here.")
        }
        return answer(try await explain(key))
    }

    private static let autoscalers: Set<String> = ["hpa", "horizontalpodautoscaler", "horizontalpodautoscalers"]
    private static let verticalAutoscalers: Set<String> = ["vpa", "verticalpodautoscaler", "verticalpodautoscalers"]

    /// `GET /explain/scaling/{kind}/{namespace}/{name}`: what its HorizontalPodAutoscaler thinks of a target, or what an
    /// autoscaler of either kind does that is named itself.
    static func scaling(_ site: Site, _ call: Call) async throws -> Answer {
        let kind = (call.parameters["kind"] ?? "").lowercased()
        var key = ObjectKey(namespace: call.parameters["namespace"] ?? "", name: call.parameters["name"] ?? "")
        let isVertical = verticalAutoscalers.contains(kind)
        let resource = isVertical ? VerticalPodAutoscaler.resource : HorizontalPodAutoscaler.resource
        let isTarget = !isVertical && !autoscalers.contains(kind)
        // Which autoscaler a target has is told to who may see them all.
        try await site.admit(
            call.request, isTarget ? .list : .get, resource,
            isTarget ? ObjectKey(namespace: key.namespace, name: "") : key)
        guard let explain = site.parts.explainScaling else {
            throw Problem(status: 503, title: "Service Unavailable", detail: "No autoscaler runs here.")
        }
        if isTarget {
            guard let found = explain.autoscalers(kind, key).first else {
                throw Problem.notFound("No autoscaler has looked at \(kind) \(key).")
            }
            key = found
        }
        let found = isVertical ? explain.vertical(key) : explain.explanation(key)
        guard let explanation = found else { throw StatusError.notFound(resource, key.name) }
        return answer(explanation)
    }

    /// `GET /explain/scaling/nodes/{group}`: what the cluster autoscaler thinks of a group of nodes; for who may list nodes.
    static func nodeScaling(_ site: Site, _ call: Call) async throws -> Answer {
        try await site.admit(call.request, .list, Node.resource, ObjectKey(name: ""))
        guard let groups = site.parts.explainScaling?.nodeGroups?(), !groups.isEmpty else {
            throw Problem(
                status: 503, title: "Service Unavailable", detail: "No cluster autoscaler has looked at nodes here.")
        }
        let name = call.parameters["group"] ?? ""
        guard let group = groups.first(where: { $0["group"]?.string == name }) else {
            let known = groups.compactMap { $0["group"]?.string }.joined(separator: ", ")
            throw Problem.notFound("There is no group \(name) of nodes; there are \(known).")
        }
        return answer(group)
    }

    private static func answer(_ value: JSON) -> Answer {
        Answer(
            status: 200, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: .bytes(value.bytes))
    }
}

/// How the site asks about autoscalers.
public struct ScalingQuestions: Sendable {
    /// What the cluster autoscaler thought of each group of nodes.
    public var nodeGroups: (@Sendable () -> [JSON])?
    /// What an autoscaler thought at its last look; nil for one that was not looked at.
    public var explanation: @Sendable (ObjectKey) -> JSON?
    /// The autoscalers of a target of a kind, in any case of letters.
    public var autoscalers: @Sendable (_ kind: String, ObjectKey) -> [ObjectKey]
    /// What a VerticalPodAutoscaler thought; nil for one that was not looked at.
    public var vertical: @Sendable (ObjectKey) -> JSON?
    public init(
        explanation: @escaping @Sendable (ObjectKey) -> JSON?,
        autoscalers: @escaping @Sendable (String, ObjectKey) -> [ObjectKey],
        vertical: @escaping @Sendable (ObjectKey) -> JSON? = { _ in nil }
    ) {
        self.explanation = explanation
        self.autoscalers = autoscalers
        self.vertical = vertical
    }
}
