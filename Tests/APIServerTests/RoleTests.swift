import APIMachinery
import HTTPMessages
import KubeAPI
import TestKit
import Testing

@testable import APIServer

/// What roles let users do, asked of the real server.
@Suite struct RoleTests {
    static let group = "rbac.authorization.k8s.io"
    static let clusterRoles = "/apis/\(group)/v1/clusterroles"
    static let clusterBindings = "/apis/\(group)/v1/clusterrolebindings"
    static func roles(_ namespace: String) -> String { "/apis/\(group)/v1/namespaces/\(namespace)/roles" }
    static func bindings(_ namespace: String) -> String { "/apis/\(group)/v1/namespaces/\(namespace)/rolebindings" }

    static func role(_ kind: String, _ name: String, _ rules: JSON) -> JSON {
        [
            "apiVersion": JSON("\(group)/v1"), "kind": JSON(kind), "metadata": ["name": JSON(name)], "rules": rules,
        ]
    }
    static func binding(_ kind: String, _ name: String, _ role: String, _ subjects: JSON) -> JSON {
        let parts = role.split(separator: "/").map { String($0) }
        return [
            "apiVersion": JSON("\(group)/v1"), "kind": JSON(kind), "metadata": ["name": JSON(name)],
            "roleRef": ["apiGroup": JSON(group), "kind": JSON(parts[0]), "name": JSON(parts[1])],
            "subjects": subjects,
        ]
    }
    static func user(_ name: String) -> JSON { ["kind": "User", "name": JSON(name)] }

    /// The status of a call by somebody; nobody's name is empty.
    static func code(
        _ cluster: Harness, _ name: String, _ groups: [String] = [], _ method: String, _ path: String,
        _ body: JSON? = nil
    ) async -> Int {
        if name.isEmpty { return (await cluster.server.answer(cluster.request(method, path, body, as: nil))).status }
        return await RightsTests.ask(cluster, name, groups, method, path, body).code
    }

    static func make(_ cluster: Harness, _ path: String, _ object: JSON) async throws {
        let reply = try await cluster.call("POST", path, object)
        try #require(reply.status == 201, "\(reply.text)")
    }

    @Test func rolesAllowWhatTheySayAndNothingElse() async throws {
        try await Harness.run { cluster in
            for name in ["n", "m"] {
                try await Self.make(
                    cluster, "/api/v1/namespaces",
                    ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": JSON(name)]])
            }
            let rules: JSON = [
                ["apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]],
                ["apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["one"], "verbs": ["*"]],
                ["apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["get"]],
                ["apiGroups": ["apps"], "resources": ["*"], "verbs": ["list"]],
            ]
            try await Self.make(cluster, Self.roles("n"), Self.role("Role", "r", rules))
            try await Self.make(
                cluster, Self.bindings("n"),
                Self.binding(
                    "RoleBinding", "b", "Role/r",
                    [
                        Self.user("jane"), ["kind": "Group", "name": "crew"],
                        ["kind": "ServiceAccount", "name": "robot", "namespace": "m"],
                    ]))
            let watcher: JSON = [
                ["nonResourceURLs": ["/metrics", "/livez/*"], "verbs": ["get"]],
                ["apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]],
            ]
            try await Self.make(cluster, Self.clusterRoles, Self.role("ClusterRole", "watcher", watcher))
            try await Self.make(
                cluster, Self.clusterBindings,
                Self.binding("ClusterRoleBinding", "w", "ClusterRole/watcher", [Self.user("jane")]))

            let core = "/api/v1/namespaces/n"
            let table: [(name: String, groups: [String], path: String, isAllowed: Bool)] = [
                ("jane", [], "\(core)/pods", true), ("jane", [], "/api/v1/namespaces/m/pods", false),
                ("jane", [], "/api/v1/pods", false), ("jane", [], "\(core)/pods/p/log", true),
                ("jane", [], "\(core)/pods/p/status", false), ("jane", [], "\(core)/secrets", false),
                ("jane", [], "\(core)/configmaps/one", true), ("jane", [], "\(core)/configmaps/two", false),
                ("jane", [], "\(core)/configmaps", false), ("jane", [], "\(core)/pods?watch=1", false),
                ("jane", [], "/apis/apps/v1/namespaces/n/deployments/d/scale", true),
                ("jane", [], "/apis/apps/v1/namespaces/n/deployments/d", false),
                ("jane", [], "/apis/apps/v1/namespaces/n/deployments", true),
                ("jane", [], "/apis/batch/v1/namespaces/n/jobs", false),
                ("jane", [], "/api/v1/nodes", true), ("jane", [], "/api/v1/nodes/n", false),
                ("jane", [], "/metrics", true), ("jane", [], "/livez/ping", true), ("jane", [], "/readyz/ping", false),
                ("joe", ["crew"], "\(core)/pods", true), ("joe", ["others"], "\(core)/pods", false),
                ("joe", ["crew"], "/api/v1/nodes", false), ("joe", [], "/api", true), ("joe", [], "/openapi/v3", true),
                ("system:serviceaccount:m:robot", [], "\(core)/pods", true),
                ("system:serviceaccount:n:robot", [], "\(core)/pods", false),
                ("root", ["system:masters"], "\(core)/secrets", true),
                ("", [], "/version", true), ("", [], "/readyz", true), ("", [], "/livez", true),
                ("", [], "/healthz", true), ("", [], "/api", false), ("", [], "/openapi/v3", false),
                ("", [], "\(core)/pods", false),
            ]
            for row in table {
                let code = await Self.code(cluster, row.name, row.groups, "GET", row.path)
                #expect((code != 403 && code != 401) == row.isAllowed, "\(row): \(code)")
            }
        }
    }

    @Test func aRefusalHasKubernetesWords() async throws {
        try await Harness.run { cluster in
            let refusal =
                "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace "
                + "\"default\""
            #expect(await RightsTests.ask(cluster, "jane", [], "GET", Harness.pods).message == refusal)
            try await Self.make(
                cluster, Self.bindings("default"),
                Self.binding("RoleBinding", "b", "ClusterRole/absent", [Self.user("jane")]))
            #expect(
                await RightsTests.ask(cluster, "jane", [], "GET", Harness.pods).message
                    == "\(refusal): RBAC: clusterrole.rbac.authorization.k8s.io \"absent\" not found")
            try await Self.make(
                cluster, Self.bindings("default"),
                Self.binding("RoleBinding", "c", "Role/gone", [Self.user("jane")]))
            #expect(
                await RightsTests.ask(cluster, "jane", [], "GET", Harness.pods).message
                    .hasPrefix("\(refusal): RBAC: ["))
        }
    }

    @Test func whatIsWrittenCountsForTheNextCall() async throws {
        try await Harness.run { cluster in
            func jane(_ path: String = Harness.pods) async -> Int { await Self.code(cluster, "jane", [], "GET", path) }
            let reads: JSON = [["apiGroups": [""], "resources": ["pods"], "verbs": ["list"]]]
            let role = Self.role("Role", "r", reads)
            let path = Self.roles("default")
            for _ in 1...50 {
                #expect(await jane() == 403)
                try await Self.make(
                    cluster, Self.bindings("default"),
                    Self.binding("RoleBinding", "b", "Role/r", [Self.user("jane")]))
                #expect(await jane() == 403)
                try await Self.make(cluster, path, role)
                #expect(await jane() == 200)
                var other = role
                other["rules"] = [["apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]]]
                #expect(try await cluster.call("PUT", "\(path)/r", other).status == 200)
                #expect(await jane() == 403)
                #expect(await jane("/api/v1/namespaces/default/secrets") == 200)
                #expect(try await cluster.call("DELETE", "\(Self.bindings("default"))/b").status == 200)
                #expect(await jane("/api/v1/namespaces/default/secrets") == 403)
                #expect(try await cluster.call("DELETE", "\(path)/r").status == 200)
            }
        }
    }

    @Test func everyClusterHasTheStandardRoles() async throws {
        try await Harness.run { cluster in
            let names = try await cluster.call("GET", Self.clusterRoles).json["items"]?.elements.compactMap {
                $0["metadata", "name"]?.string
            }
            for name in ["cluster-admin", "admin", "edit", "view", "system:discovery", "system:aggregate-to-view"] {
                #expect(names?.contains(name) == true, "\(name)")
            }
            let view = try await cluster.call("GET", "\(Self.clusterRoles)/system:aggregate-to-view").json
            #expect(RoleTests.count(view) == 19)
            #expect(view["metadata", "labels", "rbac.authorization.k8s.io/aggregate-to-view"]?.string == "true")
        }
    }
    /// Those of the parts of a cluster of several programs, and of the loops of this one.
    @Test func partsAndLoopsHaveRoles() async throws {
        try await Harness.run(Configuration(loops: [RightsTests.loop])) { cluster in
            let scheduler = try await cluster.call("GET", "\(Self.clusterRoles)/system:kube-scheduler").json
            let named = scheduler["rules"]?.elements.first { $0["resourceNames"] != nil }
            #expect(named?["resourceNames"]?.strings == ["kube-scheduler"])
            #expect(named?["verbs"]?.strings == ["get", "list", "update", "watch"])
            #expect(await Self.code(cluster, "system:kube-scheduler", [], "GET", "/api/v1/nodes") == 200)
            #expect(await Self.code(cluster, "system:kube-proxy", [], "GET", "/api/v1/services") == 200)
            #expect(await Self.code(cluster, "system:kube-proxy", [], "GET", "/api/v1/secrets") == 403)
            // A node's role is bound to nobody: the node authorizer lets nodes do less.
            let nodes = try await cluster.call("GET", "\(Self.clusterBindings)/system:node").json
            #expect(nodes["subjects"] == nil && nodes["roleRef", "name"]?.string == "system:node")
            let role = try await cluster.call("GET", "\(Self.clusterRoles)/system:controller:config-controller").json
            #expect(
                role["rules"]?.elements.contains(
                    ["verbs": ["create"], "apiGroups": ["coordination.k8s.io"], "resources": ["leases"]]) == true,
                "\(role.text)")
            let bound = try await cluster.call(
                "GET", "\(Self.clusterBindings)/system:controller:config-controller"
            ).json
            #expect(
                bound["subjects"]?.elements == [
                    ["kind": "ServiceAccount", "name": "config-controller", "namespace": "kube-system"]
                ])
        }
    }

    @Test func aStartAddsWhatStandardRolesLackUnlessTold() async throws {
        let directory = TemporaryDirectory()
        let (own, kept) = ("\(Self.clusterRoles)/system:discovery", "\(Self.clusterRoles)/system:basic-user")
        let binding = "\(Self.clusterBindings)/system:public-info-viewer"
        try await Harness.run(directory: directory) { cluster in
            for path in [own, kept] {
                var role = try await cluster.call("GET", path).json
                role["rules"] = [["apiGroups": [""], "resources": ["pods"], "verbs": ["get"]]]
                role["metadata", "labels"] = nil
                if path == kept { role["metadata", "annotations", StandardRoles.autoupdate] = "false" }
                #expect(try await cluster.call("PUT", path, role).status == 200)
            }
            var bound = try await cluster.call("GET", binding).json
            bound["subjects"] = [Self.user("jane")]
            #expect(try await cluster.call("PUT", binding, bound).status == 200)
            #expect(try await cluster.call("DELETE", "\(Self.clusterRoles)/view").status == 200)
            #expect(await Self.code(cluster, "", [], "GET", "/version") == 403)
        }
        try await Harness.run(directory: directory) { cluster in
            let completed = try await cluster.call("GET", own).json
            #expect(Self.count(completed) == 12, "\(completed.text)")
            #expect(completed["metadata", "labels", "kubernetes.io/bootstrapping"]?.string == "rbac-defaults")
            #expect(Self.count(try await cluster.call("GET", kept).json) == 1)
            #expect(try await cluster.call("GET", binding).json["subjects"]?.elements.count == 3)
            #expect(try await cluster.call("GET", "\(Self.clusterRoles)/view").status == 200)
            #expect(await Self.code(cluster, "", [], "GET", "/version") == 200)
        }
    }

    static func count(_ role: JSON) -> Int { role["rules"]?.elements.count ?? 0 }
}
