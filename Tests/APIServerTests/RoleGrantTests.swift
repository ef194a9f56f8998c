import APIMachinery
import APIServer
import HTTPMessages
import KubeAPI
import Testing

/// Who may hand on which rights, who may ask about others' and act as others.
@Suite struct RoleGrantTests {
    /// May write roles and bindings everywhere and read pods, by name `clerk`.
    private static func withClerk(_ body: @escaping @Sendable (Harness) async throws -> Void) async throws {
        try await Harness.run { cluster in
            let rules: JSON = [
                ["apiGroups": [JSON(RoleTests.group)], "resources": ["*"], "verbs": ["create", "update", "get"]],
                ["apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]],
            ]
            try await RoleTests.make(cluster, RoleTests.clusterRoles, RoleTests.role("ClusterRole", "clerk", rules))
            try await RoleTests.make(
                cluster, RoleTests.clusterBindings,
                RoleTests.binding("ClusterRoleBinding", "clerk", "ClusterRole/clerk", [RoleTests.user("clerk")]))
            try await body(cluster)
        }
    }

    @Test func nobodyWritesARoleThatAllowsMoreThanHeMay() async throws {
        try await Self.withClerk { cluster in
            func write(_ method: String, _ path: String, _ object: JSON) async -> (code: Int, message: String) {
                await RightsTests.ask(cluster, "clerk", ["crew"], method, path, object)
            }
            let reads: JSON = [["apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]]]
            let more: JSON = [
                ["apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "delete"]],
                ["apiGroups": [""], "resources": ["nodes"], "resourceNames": ["n"], "verbs": ["get"]],
            ]
            let path = RoleTests.roles("default")
            #expect(await write("POST", path, RoleTests.role("Role", "reader", reads)).code == 201)
            let refused = await write("POST", path, RoleTests.role("Role", "more", more))
            #expect(refused.code == 403)
            #expect(
                refused.message
                    == "roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"clerk\" (groups=[\"crew\" "
                    + "\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
                    + "{APIGroups:[\"\"], Resources:[\"nodes\"], ResourceNames:[\"n\"], Verbs:[\"get\"]}\n"
                    + "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}\n"
                    + "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"delete\"]}")
            var changed = try await cluster.call("GET", "\(path)/reader").json
            changed["rules"] = more
            #expect(await write("PUT", "\(path)/reader", changed).code == 403)
            var gatherer = RoleTests.role("ClusterRole", "gatherer", [])
            gatherer["aggregationRule"] = ["clusterRoleSelectors": [["matchLabels": ["a": "b"]]]]
            let gathering = await write("POST", RoleTests.clusterRoles, gatherer)
            #expect(gathering.message.hasSuffix("must have cluster-admin privileges to use the aggregationRule"))
            #expect(try await cluster.call("PUT", "\(path)/reader", changed).status == 200)
        }
    }

    @Test func nobodyBindsARoleThatAllowsMoreThanHeMay() async throws {
        try await Self.withClerk { cluster in
            func bind(_ name: String, _ role: String) async -> (code: Int, message: String) {
                await RightsTests.ask(
                    cluster, "clerk", [], "POST", RoleTests.bindings("default"),
                    RoleTests.binding("RoleBinding", name, role, [RoleTests.user("jane")]))
            }
            let admin = await bind("a", "ClusterRole/cluster-admin")
            #expect(admin.code == 403)
            #expect(admin.message.contains("is attempting to grant RBAC permissions not currently held:\n"))
            #expect(admin.message.contains("{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}"))
            #expect(await bind("b", "ClusterRole/clerk").code == 201)
            let absent = await bind("c", "Role/absent")
            #expect(absent.code == 404)
            #expect(absent.message == "role.rbac.authorization.k8s.io \"absent\" not found")
            let binder: JSON = [
                [
                    "apiGroups": [JSON(RoleTests.group)], "resources": ["clusterroles"],
                    "resourceNames": ["cluster-admin"], "verbs": ["bind"],
                ]
            ]
            try await RoleTests.make(
                cluster, RoleTests.roles("default"), RoleTests.role("Role", "binder", binder))
            try await RoleTests.make(
                cluster, RoleTests.bindings("default"),
                RoleTests.binding("RoleBinding", "binder", "Role/binder", [RoleTests.user("clerk")]))
            #expect(await bind("a", "ClusterRole/cluster-admin").code == 201)
            var moved = try await cluster.call("GET", "\(RoleTests.bindings("default"))/b").json
            moved["roleRef", "name"] = "view"
            let reply = try await cluster.call("PUT", "\(RoleTests.bindings("default"))/b", moved)
            #expect(reply.status == 422)
            #expect(reply.message.contains("cannot change roleRef"))
        }
    }

    @Test func oneMayAskAboutOthers() async throws {
        try await Self.withClerk { cluster in
            func ask(_ path: String, _ kind: String, _ spec: JSON) async throws -> JSON {
                let body: JSON = ["apiVersion": "authorization.k8s.io/v1", "kind": JSON(kind), "spec": spec]
                return try await cluster.call("POST", "/apis/authorization.k8s.io/v1/\(path)", body).json
            }
            let pods: JSON = ["verb": "list", "resource": "pods", "namespace": "default"]
            let allowed = try await ask(
                "subjectaccessreviews", "SubjectAccessReview", ["user": "clerk", "resourceAttributes": pods])
            #expect(allowed["status", "allowed"]?.bool == true)
            #expect(
                allowed["status", "reason"]?.string
                    == "RBAC: allowed by ClusterRoleBinding \"clerk\" of ClusterRole \"clerk\" to User \"clerk\"")
            let local = try await ask(
                "namespaces/default/localsubjectaccessreviews", "LocalSubjectAccessReview",
                ["user": "jane", "resourceAttributes": pods])
            #expect(local["status", "allowed"]?.bool == false)
            #expect(
                try await ask(
                    "namespaces/kube-system/localsubjectaccessreviews", "LocalSubjectAccessReview",
                    ["user": "jane", "resourceAttributes": pods])["code"]?.int == 422)
            #expect(
                try await ask("subjectaccessreviews", "SubjectAccessReview", ["resourceAttributes": pods])["code"]?.int
                    == 422)
            let token = try await cluster.call(
                "POST", "/apis/authentication.k8s.io/v1/tokenreviews",
                [
                    "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                    "spec": ["token": JSON(Harness.token)],
                ])
            #expect(token.json["status", "authenticated"]?.bool == true)
            #expect(token.json["status", "user", "username"]?.string == "admin")
        }
    }

    @Test func whoMayActsAsOthers() async throws {
        try await Self.withClerk { cluster in
            let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
            let body: JSON = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
            func act(_ headers: [(name: String, value: String)]) async throws -> Harness.Reply {
                try await cluster.call("POST", path, body, headers: headers)
            }
            let jane = try await act([("impersonate-user", "jane"), ("impersonate-group", "crew")])
            #expect(jane.json["status", "userInfo", "username"]?.string == "jane")
            #expect(jane.json["status", "userInfo", "groups"]?.strings == ["crew", "system:authenticated"])
            let robot = try await act([("impersonate-user", "system:serviceaccount:n:robot")])
            #expect(
                robot.json["status", "userInfo", "groups"]?.strings == [
                    "system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated",
                ])
            #expect(try await act([("impersonate-group", "crew")]).status == 400)
            let secrets = try await cluster.call(
                "GET", "/api/v1/namespaces/default/secrets/s", headers: [(name: "impersonate-user", value: "jane")])
            #expect(secrets.status == 403)
            #expect(secrets.message.contains("User \"jane\" cannot get resource \"secrets\""))
            #expect(cluster.audit.all.last?["user", "username"]?.string == "admin")
            #expect(cluster.audit.all.last?["impersonatedUser", "username"]?.string == "jane")
            var request = cluster.request(
                "GET", Harness.pods, headers: [(name: "impersonate-user", value: "jane")], as: nil)
            request.certificate = .init(commonName: "clerk", organizations: [])
            let refused = await cluster.server.answer(request)
            #expect(refused.status == 403)
            guard case .bytes(let bytes) = refused.body else { return }
            #expect(
                try JSON(parsing: bytes)["message"]?.string
                    == "users \"jane\" is forbidden: User \"clerk\" cannot impersonate resource \"users\" in API group "
                    + "\"\" at the cluster scope")
        }
    }
}
