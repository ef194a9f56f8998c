import HTTPMessages
import APIMachinery
import APIServer
import KubeAPI
import Synchronization
import Testing

/// Who may do what, whichever way a call comes in.
@Suite struct RightsTests {
    static let loop = LoopIdentity.controller(
        "config-controller", follows: [ConfigMap.resource],
        calls: [
            .create(ConfigMap.self), .status(Pod.self), .create(Event.self), .delete(Event.self), .create(Lease.self),
        ])
    static let rights = AuthorizerChain.standard(loops: [loop])

    /// The status and message of a request with a client certificate.
    static func ask(
        _ cluster: Harness, _ name: String, _ organizations: [String], _ method: String, _ path: String,
        _ body: JSON? = nil
    ) async -> (code: Int, message: String) {
        var request = cluster.request(method, path, body, as: nil)
        request.certificate = .init(commonName: name, organizations: organizations)
        let answer = await cluster.server.answer(request)
        guard case .bytes(let bytes) = answer.body, let json = try? JSON(parsing: bytes) else { return (0, "") }
        return (answer.status, json["message"]?.string ?? "")
    }

    @Test func nobodyIsLetInByTheBeginningOfAName() async throws {
        try await Harness.run(authorizer: Self.rights) { cluster in
            for name in ["system:loop:controllers", "system:node:n", "system:masters", "system:serviceaccount:x:y"] {
                #expect(await Self.ask(cluster, name, [], "GET", Harness.pods).code == 403, "\(name)")
            }
            #expect(await Self.ask(cluster, "system:loop:x", ["system:nodes"], "GET", Harness.pods).code == 403)
            #expect(await Self.ask(cluster, "system:node:", ["system:nodes"], "GET", Harness.pods).code == 403)
        }
    }

    @Test func aLoopMayDoWhatItDeclaresByEveryWayIn() async throws {
        try await Harness.run(authorizer: Self.rights) { cluster in
            let api = cluster.server.client(as: Self.loop)
            _ = try await api.create(ConfigMap.resource, Self.map("local"))
            #expect(try await api.list(ConfigMap.resource).items.count == 1)
            let words =
                "configmaps \"local\" is forbidden: User \"system:serviceaccount:kube-system:config-controller\" cannot "
                + "delete resource \"configmaps\" in API group \"\" in the namespace \"default\""
            let refusal = await #expect(throws: StatusError.self) {
                try await api.delete(ConfigMap.self, ObjectKey(namespace: "default", name: "local"))
            }
            #expect(refusal?.code == 403)
            #expect(refusal?.message == words)
            await #expect(throws: StatusError.self) {
                try await api.get(Secret.self, ObjectKey(namespace: "d", name: "s"))
            }
            await #expect(throws: StatusError.self) {
                try await api.watch(Pod.resource, namespace: "", labelSelector: "", fieldSelector: "", from: 0)
            }
            let path = "\(Harness.configMaps)/local"
            #expect(await Self.ask(cluster, Self.loop.userName, [], "DELETE", path).message == words)
            #expect(
                await Self.ask(cluster, Self.loop.userName, [], "POST", Harness.configMaps, Harness.configMap("remote"))
                    .code
                    == 201)
        }
    }

    @Test func whatCallersOfThisProcessDoIsAudited() async throws {
        let configuration = Configuration(auditPolicy: .standard(loops: [Self.loop.userName]))
        try await Harness.run(configuration, authorizer: Self.rights) { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p"))
            let before = cluster.audit.all.count
            let api = cluster.server.client(as: Self.loop)
            _ = try await api.create(ConfigMap.resource, Self.map("a"))
            _ = try? await api.create(ConfigMap.resource, Self.map("a"))
            try? await api.delete(ConfigMap.self, ObjectKey(namespace: "default", name: "a"))
            _ = try? await api.get(Secret.self, ObjectKey(namespace: "default", name: "s"))
            // What is not kept: reads, leases, events, statuses.
            _ = try await api.list(ConfigMap.resource)
            var pod = try await cluster.api.get(Pod.self, ObjectKey(namespace: "default", name: "p"))
            pod.json["status", "message"] = "by a loop"
            _ = try await api.updateStatus(pod)
            _ = try await api.create(
                Lease {
                    $0.metadata.name = "l"; $0.metadata.namespace = "default"
                })
            let event: JSON = [
                "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e", "namespace": "default"],
                "involvedObject": ["kind": "Pod", "name": "p", "namespace": "default"], "reason": "Because",
            ]
            _ = try await api.create(Event.resource, event)
            try await api.delete(Event.self, event.key)
            _ = try await api.create(Event.resource, event)
            let events = Array(cluster.audit.all.dropFirst(before))
            #expect(
                events.map { "\($0["verb"]?.string ?? "") \($0["responseStatus", "code"]?.int ?? 0)" } == [
                    "create 201", "create 409", "delete 403", "get 403",
                ])
            #expect(events.allSatisfy { $0["user", "username"]?.string == Self.loop.userName })
            #expect(events.allSatisfy { $0["auditID"]?.string?.utf8.count == 36 && $0["sourceIPs"] == nil })
            #expect(events[0]["userAgent"]?.string == "kube-controller-manager")
            #expect(events[0]["requestURI"]?.string == "/api/v1/namespaces/default/configmaps")
            #expect(events[0]["objectRef", "name"]?.string == "a")
            #expect(events[2]["requestURI"]?.string == "/api/v1/namespaces/default/configmaps/a")
            // A person's writes of the same are kept, and so is a deletion of an event.
            _ = try await cluster.call("DELETE", "/api/v1/namespaces/default/events/e")
            pod = try await cluster.api.get(Pod.self, ObjectKey(namespace: "default", name: "p"))
            pod.json["status", "message"] = "by a person"
            _ = try await cluster.call("PUT", "\(Harness.pods)/p/status", pod.json)
            #expect(cluster.audit.all.dropFirst(before + 4).count == 2)
        }
    }

    @Test func aCallerOfThisProcessMayBeAuditedWholly() async throws {
        let policy = try AuditPolicy([
            "kind": "Policy", "apiVersion": "audit.k8s.io/v1", "omitStages": ["RequestReceived"],
            "rules": [
                ["level": "None", "resources": [["group": "", "resources": ["*/status"]]]],
                [
                    "level": "RequestResponse", "users": [JSON(Self.loop.userName)],
                    "resources": [["group": "", "resources": ["configmaps", "pods/*"], "resourceNames": ["a", "p"]]],
                ],
            ],
        ])
        try await Harness.run(Configuration(auditPolicy: policy), authorizer: Self.rights) { cluster in
            let api = cluster.server.client(as: Self.loop)
            _ = try await api.create(ConfigMap.resource, Self.map("a"))
            let read = try await api.get(ConfigMap.self, ObjectKey(namespace: "default", name: "a"))
            let events = cluster.audit.all
            // Which object a create is about is not known when the policy is asked.
            #expect(events.map { $0["verb"]?.string } == ["get"])
            #expect(events.first?["responseObject"] == read.json)
        }
    }

    static func map(_ name: String) -> JSON {
        var map = Harness.configMap(name)
        map["metadata", "namespace"] = "default"
        return map
    }
}

/// Chains of links that a test makes, beside those that the server has.
@Suite struct ChainTests {
    /// Says the same to everybody.
    private struct Opinion: Authorizer {
        var decision: AccessDecision
        func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
            // Anyone may ask.
            attributes.resource == "selfsubjectaccessreviews" ? .allow() : decision
        }
        func rules(for user: UserInfo, namespace: String) async -> AccessRules {
            var rules = AccessRules()
            rules.resources = [AccessRule(verbs: [decision.reason], groups: [""], resources: ["pods"])]
            rules.incompleteness = decision.isAllowed ? "" : decision.reason
            return rules
        }
    }
    /// Knows one user by a header; one of a wrong value is wrong.
    private struct HeaderUser: Authenticator {
        var name: String
        func authenticate(_ request: Request) async throws -> UserInfo? {
            guard let value = request.header("x-user") else { return nil }
            guard value == name else { throw StatusError(code: 401, reason: .unauthorized, message: "not \(name)") }
            return UserInfo(name: value)
        }
    }
    private static func request(_ headers: (name: String, value: String)...) -> Request {
        Request(method: "GET", path: "/api", headers: headers)
    }

    @Test func theFirstAuthorizerWithAnOpinionDecides() async {
        let attributes = RequestAttributes(verb: .get, path: "/x", isResourceRequest: false)
        func decide(_ decisions: AccessDecision...) async -> AccessDecision {
            await AuthorizerChain(decisions.map { Opinion(decision: $0) }).authorize(UserInfo(name: "u"), attributes)
        }
        #expect(await decide(.noOpinion(), .allow(reason: "a"), .deny(reason: "d")) == .allow(reason: "a"))
        #expect(await decide(.noOpinion(), .deny(reason: "d"), .allow()) == .deny(reason: "d"))
        #expect(
            await decide(.noOpinion(reason: "a"), .noOpinion(), .noOpinion(reason: "b")) == .noOpinion(reason: "a\nb"))
        #expect(await decide() == .noOpinion())
        let rules = await AuthorizerChain([
            Opinion(decision: .allow(reason: "a")), Opinion(decision: .noOpinion(reason: "b")),
        ]).rules(for: UserInfo(name: "u"), namespace: "")
        #expect(rules.resources.map(\.verbs) == [["a"], ["b"]])
        #expect(rules.incompleteness == "b")
    }

    @Test func aRefusalTellsTheReasonsThatWereGiven() async throws {
        func review(_ decision: AccessDecision, _ attributes: JSON) async throws -> JSON? {
            let chain = AuthorizerChain([OpenPages(), Opinion(decision: decision)])
            let answer = Mutex<JSON?>(nil)
            try await Harness.run(authorizer: chain) { cluster in
                #expect(
                    await RightsTests.ask(cluster, "jane", [], "GET", "\(Harness.pods)/x").message
                        .hasSuffix("in the namespace \"default\": \(decision.reason)"))
                var request = cluster.request(
                    "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                    [
                        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": attributes,
                    ], as: nil)
                request.certificate = .init(commonName: "jane", organizations: [])
                guard case .bytes(let bytes) = await cluster.server.answer(request).body else { return }
                let status = try JSON(parsing: bytes)["status"]
                answer.withLock { $0 = status }
            }
            return answer.withLock { $0 }
        }
        #expect(
            try await review(
                .noOpinion(reason: "ask again tomorrow"), ["resourceAttributes": ["verb": "get", "resource": "pods"]])
                == ["allowed": false, "reason": "ask again tomorrow"])
        #expect(
            try await review(.deny(reason: "never"), ["nonResourceAttributes": ["verb": "get", "path": "/metrics"]])
                == ["allowed": false, "denied": true, "reason": "never"])
    }

    @Test func theFirstAuthenticatorThatKnowsSaysWhoItIs() async throws {
        let chain = AuthenticatorChain([HeaderUser(name: "a"), HeaderUser(name: "b")])
        #expect(try await chain.authenticate(Self.request(("x-user", "a")))?.name == "a")
        #expect(try await chain.authenticate(Self.request(("x-user", "b")))?.name == "b")
        #expect(try await chain.authenticate(Self.request()) == nil)
        let fault = await #expect(throws: StatusError.self) {
            try await chain.authenticate(Self.request(("x-user", "c")))
        }
        #expect(fault?.message == "not a")
    }

    @Test func wrongCredentialsAreNotNone() async throws {
        let access = AccessControl(
            authenticator: AuthenticatorChain([HeaderUser(name: "a")]), authorizer: AuthorizerChain.standard())
        #expect(try await access.identify(Self.request()) == .anonymous)
        #expect(try await access.identify(Self.request(("x-user", "a"))).groups == ["system:authenticated"])
        for wrong in [("x-user", "b"), ("authorization", "Bearer unknown"), ("authorization", "Basic abc")] {
            let fault = await #expect(throws: StatusError.self) { try await access.identify(Self.request(wrong)) }
            #expect(fault?.code == 401)
        }
    }
}
