import APIMachinery
import APIServer
import KubeAPI
import Synchronization

/// Keeps `/readyz` from saying ok before what a user is told to do next works: the objects are there that every cluster
/// has, pods can be made in the default namespace, and the nodes of this process take them.
final class StartCheck: Sendable {
    /// How often what others make is looked for, until it is there.
    private static let pause = Duration.milliseconds(5)

    /// What is waited for; nil once all is there.
    private let missing = Mutex<String?>("what every cluster has")

    /// All is there.
    private func finish() { missing.withLock { $0 = nil } }

    var health: HealthCheck {
        HealthCheck("start", pages: ["readyz"]) { [self] in missing.withLock { $0 }.map { "\($0) is not there yet" } }
    }

    /// The user that looks; it needs no more than to see these.
    static let permissions = [ServiceAccount.resource, ConfigMap.resource, Node.resource].map { Permission(.get, $0) }

    /// Returns when all is there: what admission and every pod's volume ask for in the default namespace, and nodes that
    /// are ready. Throws `CancellationError` when the task is cancelled before.
    func wait(_ api: any ClusterAPI, nodes: [String]) async throws {
        func isThere(_ resource: GroupResource, _ key: ObjectKey, _ isComplete: (JSON) -> Bool) async throws -> Bool {
            do {
                return isComplete(try await api.get(resource, key))
            } catch let error as StatusError where error.reason == .notFound {
                return false
            }
        }
        func waitFor(_ resource: GroupResource, _ key: ObjectKey, _ isComplete: (JSON) -> Bool = { _ in true })
            async throws
        {
            missing.withLock { $0 = "\(resource) \"\(key.name)\"" }
            while try await !isThere(resource, key, isComplete) { try await Task.sleep(for: Self.pause) }
        }
        try await waitFor(ServiceAccount.resource, ObjectKey(namespace: "default", name: "default"))
        try await waitFor(ConfigMap.resource, ObjectKey(namespace: "default", name: "kube-root-ca.crt"))
        for node in nodes {
            try await waitFor(Node.resource, ObjectKey(namespace: "", name: node)) { node in
                (node["status", "conditions"]?.elements ?? []).contains {
                    $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
                }
            }
        }
        finish()
    }
}
