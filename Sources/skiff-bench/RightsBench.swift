import APIMachinery
import APIServer
import ArgumentParser
import Foundation
import Fuzzing
import KubeAPI

/// `skiff-bench rights`: what a decision costs with many bindings.
struct RightsBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rights", abstract: "Asks what users may do, with many RoleBindings.")

    @Option(help: "RoleBindings, in a hundred namespaces, each of a user of its own to one of a hundred roles.")
    var bindings = 10_000
    @Option(help: "How often each question is asked.")
    var questions = 200_000

    private static let namespaces = 100
    private static let roles = 100

    func run() async throws {
        let (bindings, questions) = (bindings, questions)
        try await MemoryCluster.run { server in
            try await Self.populate(server.client(as: MemoryCluster.admin), bindings)
            let user = UserInfo(name: "user-1234", groups: ["system:authenticated"])
            var many = user
            many.groups = (0..<50).map { "group-\($0)" } + user.groups
            let namespace = "n-\(1234 % Self.namespaces)"
            for (name, user, resource, namespace) in [
                ("allowed", user, "pods", namespace), ("refused, by a role", user, "secrets", namespace),
                ("refused, without a role there", user, "pods", "n-99"),
                ("allowed, with 50 groups", many, "pods", namespace),
            ] {
                let attributes = RequestAttributes(
                    verb: .get, version: "v1", resource: resource, namespace: namespace, name: "x", path: "",
                    isResourceRequest: true)
                var isAllowed = false
                for _ in 0..<questions / 10 {
                    isAllowed = await server.access.authorizer.authorize(user, attributes).isAllowed
                }
                let began = processSeconds()
                for _ in 0..<questions { _ = await server.access.authorizer.authorize(user, attributes) }
                let each = (processSeconds() - began) / Double(questions) * 1e6
                print("\(name) (\(isAllowed)): \(shown(each)) µs of processor time, with \(bindings) bindings")
            }
        }
    }

    private static func populate(_ api: any ClusterAPI, _ bindings: Int) async throws {
        let group = "rbac.authorization.k8s.io"
        for number in 0..<namespaces {
            _ = try await api.create(Namespace { $0.metadata = ObjectMeta { $0.name = "n-\(number)" } })
        }
        for number in 0..<roles {
            let rule: JSON = [
                "apiGroups": [""], "resources": ["pods", JSON("kind-\(number)")], "verbs": ["get", "list", "watch"],
            ]
            _ = try await api.create(
                ClusterRole.resource,
                [
                    "apiVersion": JSON("\(group)/v1"), "kind": "ClusterRole",
                    "metadata": ["name": JSON("role-\(number)")], "rules": [rule],
                ])
        }
        for number in 0..<bindings {
            _ = try await api.create(
                RoleBinding.resource,
                [
                    "apiVersion": JSON("\(group)/v1"), "kind": "RoleBinding",
                    "metadata": ["name": JSON("b-\(number)"), "namespace": JSON("n-\(number % namespaces)")],
                    "roleRef": [
                        "apiGroup": JSON(group), "kind": "ClusterRole", "name": JSON("role-\(number % roles)"),
                    ],
                    "subjects": [["apiGroup": JSON(group), "kind": "User", "name": JSON("user-\(number)")]],
                ])
        }
    }
}
