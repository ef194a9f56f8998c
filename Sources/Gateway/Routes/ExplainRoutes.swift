import APIMachinery
import HTTPMessages
import HTTPServer
import KubeAPI

/// `GET /explain/scheduling/{namespace}/{pod}`: what every node is to a pod, in the scheduler's eyes.
enum ExplainRoutes {
    static func scheduling(_ site: Site, _ call: Call) async throws -> Answer {
        guard let explain = site.parts.explainScheduling else {
            throw Problem(status: 503, title: "Service Unavailable", detail: "No scheduler runs here.")
        }
        let key = ObjectKey(namespace: call.parameters["namespace"] ?? "", name: call.parameters["pod"] ?? "")
        return Answer(
            status: 200, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: .bytes(try await explain(key).bytes))
    }
}
