import APIMachinery
import CoreMetrics
import HTTPMessages
import KubeAPI
import Testing

@testable import APIServer

/// The levels of one server, whose answers a test can ask for within an expectation.
private final class Levels {
    private var levels: FlowLevels
    init(seats: Int) { levels = FlowLevels(seats: seats) }
    func configure(_ configurations: [FlowLevels.Configuration]) { levels.configure(configurations) }
    func limits(_ name: String) -> FlowLevels.Limits? { levels.limits(name) }
    var figures: [FlowLevels.Figures] { levels.figures }
    func arrive(
        _ identity: UInt64, level: String, flow: UInt64, seats: Int, at now: Int64
    ) -> FairQueues.Entry { levels.arrive(identity, level: level, flow: flow, seats: seats, at: now) }
    func finish(_ identity: UInt64, level: String, at now: Int64) -> [UInt64] {
        levels.finish(identity, level: level, at: now)
    }
    func giveUp(_ identity: UInt64, level: String) -> Bool { levels.giveUp(identity, level: level) }
    func expire(before time: Int64) -> [UInt64] { levels.expire(before: time) }
}

/// The values of priority and fairness, event by event.
@Suite struct FlowQueuesTests {
    private static let second: Int64 = 1_000_000_000

    private func level(
        _ name: String, shares: Int, lendable: Int = 0, borrowing: Int? = nil, queues: Int = 8, length: Int = 4
    ) -> FlowLevels.Configuration {
        var limited: JSON = [
            "nominalConcurrencyShares": JSON(shares), "lendablePercent": JSON(lendable),
            "limitResponse": queues == 0
                ? ["type": "Reject"]
                : [
                    "type": "Queue",
                    "queuing": ["queues": JSON(queues), "handSize": 1, "queueLengthLimit": JSON(length)],
                ],
        ]
        if let borrowing { limited["borrowingLimitPercent"] = JSON(borrowing) }
        return FlowLevels.Configuration([
            "metadata": ["name": JSON(name)], "spec": ["type": "Limited", "limited": limited],
        ])
    }

    @Test func seatsAreSharedByShares() {
        let levels = Levels(seats: 100)
        levels.configure([level("a", shares: 30, lendable: 50), level("b", shares: 70, borrowing: 10)])
        #expect(levels.limits("a") == .init(nominal: 30, least: 15, most: 100))
        #expect(levels.limits("b") == .init(nominal: 70, least: 70, most: 77))
    }

    @Test func whoFindsNoSeatWaitsAndThenRuns() {
        let levels = Levels(seats: 2)
        levels.configure([level("a", shares: 1)])
        #expect(levels.arrive(1, level: "a", flow: 0, seats: 1, at: 0) == .runs)
        #expect(levels.arrive(2, level: "a", flow: 0, seats: 1, at: 0) == .runs)
        for identity in 3...6 {
            #expect(levels.arrive(UInt64(identity), level: "a", flow: 0, seats: 1, at: 0) == .waits)
        }
        #expect(levels.arrive(7, level: "a", flow: 0, seats: 1, at: 0) == .refused, "the queue has its length")
        #expect(levels.finish(1, level: "a", at: Self.second) == [3])
        #expect(levels.giveUp(4, level: "a"))
        #expect(!levels.giveUp(3, level: "a"), "it runs")
        #expect(levels.finish(2, level: "a", at: Self.second) == [5])
        #expect(levels.expire(before: 1) == [6])
        #expect(levels.finish(3, level: "a", at: Self.second) == [])
    }

    @Test func aLevelWithoutQueuesTurnsAway() {
        let levels = Levels(seats: 1)
        levels.configure([level("a", shares: 1, queues: 0)])
        #expect(levels.arrive(1, level: "a", flow: 0, seats: 1, at: 0) == .runs)
        #expect(levels.arrive(2, level: "a", flow: 1, seats: 1, at: 0) == .refused)
        #expect(levels.arrive(3, level: "unknown", flow: 1, seats: 1, at: 0) == .refused)
    }

    /// One flow that sends a hundred times as much as another does not make it wait longer than a turn.
    @Test func aGreedyFlowWaitsBehindItself() {
        let levels = Levels(seats: 1)
        levels.configure([level("a", shares: 1, queues: 64, length: 1000)])
        // With one card of 64 each, flows 0 and 1 have queues of their own.
        for identity in 1...500 { _ = levels.arrive(UInt64(identity), level: "a", flow: 0, seats: 1, at: 0) }
        #expect(levels.arrive(1000, level: "a", flow: 1, seats: 1, at: 0) == .waits)
        let next = levels.finish(1, level: "a", at: Self.second / 100)
        #expect(next == [1000], "who has had least comes first")
        // Then they take turns, as long as both have work.
        #expect(levels.arrive(1001, level: "a", flow: 1, seats: 1, at: 0) == .waits)
        var order: [UInt64] = []
        var running: UInt64 = 1000
        var now = Self.second / 100
        for _ in 0..<3 {
            now += Self.second / 100
            guard let started = levels.finish(running, level: "a", at: now).first else { break }
            order.append(started)
            running = started
        }
        #expect(Set(order).contains(1001))
    }

    /// What is idle may be borrowed, but never what a level keeps for itself.
    @Test func idleSeatsAreBorrowed() {
        let levels = Levels(seats: 10)
        levels.configure([level("a", shares: 5, lendable: 60), level("b", shares: 5, lendable: 0)])
        var running = 0
        for identity in 1...10 where levels.arrive(UInt64(identity), level: "b", flow: 0, seats: 1, at: 0) == .runs {
            running += 1
        }
        #expect(running == 8, "five of its own, and the three that the other lends")
        #expect(levels.arrive(20, level: "a", flow: 0, seats: 1, at: 0) == .runs)
        #expect(levels.arrive(21, level: "a", flow: 0, seats: 1, at: 0) == .runs)
        #expect(levels.arrive(22, level: "a", flow: 0, seats: 1, at: 0) == .waits, "lent, until one ends")
        #expect(levels.finish(1, level: "b", at: 1).count == 1)
    }

    @Test func aWideRequestTakesNoMoreThanItsLevelHas() {
        let levels = Levels(seats: 4)
        levels.configure([level("a", shares: 1), level("b", shares: 1)])
        #expect(levels.arrive(1, level: "a", flow: 0, seats: 10, at: 0) == .runs)
        #expect(levels.figures.first?.seatsInUse == 2)
        #expect(levels.arrive(2, level: "b", flow: 0, seats: 1, at: 0) == .runs)
        #expect(levels.finish(1, level: "a", at: 1) == [])
        #expect(levels.figures.first?.seatsInUse == 0)
    }

    @Test func aLevelThatGoesLetsItsRequestsEnd() {
        let levels = Levels(seats: 1)
        levels.configure([level("a", shares: 1)])
        #expect(levels.arrive(1, level: "a", flow: 0, seats: 1, at: 0) == .runs)
        #expect(levels.arrive(2, level: "a", flow: 0, seats: 1, at: 0) == .waits)
        levels.configure([level("b", shares: 1)])
        #expect(levels.finish(1, level: "a", at: 1) == [2])
        #expect(levels.finish(2, level: "a", at: 2) == [])
        levels.configure([level("b", shares: 1)])
        #expect(levels.figures.map(\.level) == ["b"])
    }

    /// Whatever comes in whatever order: no more seats are in use than there are, and nobody who waits is forgotten.
    @Test func nothingIsLostInAStorm() {
        let levels = Levels(seats: 5)
        levels.configure([level("a", shares: 3, lendable: 50), level("b", shares: 1), level("c", shares: 1, queues: 0)])
        var random: UInt64 = 7
        func chance(_ bound: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % bound
        }
        var running: [UInt64: String] = [:]
        var waiting: [UInt64: String] = [:]
        for step in 1...20_000 {
            let now = Int64(step) * 1000
            func begin(_ started: [UInt64]) {
                for identity in started { running[identity] = waiting.removeValue(forKey: identity) ?? "?" }
            }
            if chance(2) == 0 {
                let name = ["a", "b", "c"][Int(chance(3))]
                let identity = UInt64(step)
                switch levels.arrive(identity, level: name, flow: chance(9), seats: 1 + Int(chance(3)), at: now) {
                case .runs: running[identity] = name
                case .waits: waiting[identity] = name
                case .refused: break
                }
            } else if let (identity, name) = running.min(by: { $0.key < $1.key }), chance(4) > 0 {
                running[identity] = nil
                begin(levels.finish(identity, level: name, at: now))
            } else if let (identity, name) = waiting.max(by: { $0.key < $1.key }) {
                #expect(levels.giveUp(identity, level: name))
                waiting[identity] = nil
            }
            #expect(!running.values.contains("?"))
            #expect(levels.figures.reduce(0) { $0 + $1.waiting } == waiting.count)
        }
        while let (identity, name) = running.first {
            running[identity] = nil
            for started in levels.finish(identity, level: name, at: .max / 2) {
                running[started] = waiting.removeValue(forKey: started) ?? "?"
            }
        }
        #expect(waiting.isEmpty && levels.figures.allSatisfy { $0.seatsInUse == 0 && $0.waiting == 0 })
    }
}

/// Flow schemas, and the server with them.
@Suite struct FlowControlTests {
    private func call(
        _ verb: Verb, _ resource: String, group: String = "", namespace: String = "",
        subresource: SubresourceName? = nil
    ) -> RequestAttributes {
        RequestAttributes(
            verb: verb, group: group, version: "v1", resource: resource, subresource: subresource, namespace: namespace,
            path: "", isResourceRequest: true)
    }

    @Test func schemasOfEveryClusterDecideAsKubernetesDoes() {
        let rules = FlowControlBootstrap.schemas.map { FlowRules($0) }.sorted {
            ($0.precedence, $0.name) < ($1.precedence, $1.name)
        }
        func schema(_ user: UserInfo, _ attributes: RequestAttributes) -> String {
            rules.first { $0.match(user, attributes) }?.name ?? ""
        }
        let known = "system:authenticated"
        let node = UserInfo(name: "system:node:a", groups: ["system:nodes", known])
        let account = UserInfo(
            name: "system:serviceaccount:kube-system:dns", groups: ["system:serviceaccounts", known])
        let other = UserInfo(name: "system:serviceaccount:team:app", groups: ["system:serviceaccounts", known])
        let somebody = UserInfo(name: "jane", groups: [known])
        #expect(schema(UserInfo(name: "a", groups: ["system:masters"]), call(.get, "pods")) == "exempt")
        #expect(schema(node, call(.update, "nodes", subresource: .status)) == "system-node-high")
        #expect(schema(node, call(.list, "pods")) == "system-nodes")
        #expect(
            schema(account, call(.update, "leases", group: "coordination.k8s.io", namespace: "kube-system"))
                == "system-leader-election")
        #expect(schema(account, call(.list, "pods")) == "kube-system-service-accounts")
        #expect(schema(other, call(.list, "pods")) == "service-accounts")
        #expect(schema(somebody, call(.list, "pods")) == "global-default")
        let page = RequestAttributes(verb: .get, path: "/livez/ping", isResourceRequest: false)
        #expect(schema(somebody, page) == "probes")
        #expect(schema(.anonymous, page) == "probes")
        #expect(rules.last?.flow(somebody, page) != rules.last?.flow(other, page), "flows of users are apart")
    }

    @Test func everyAnswerTellsItsSchemaAndLevel() async throws {
        try await Harness.run { harness in
            let schemas = try await harness.api.list(FlowControl.schemas).items
            let levels = try await harness.api.list(FlowControl.levels).items
            #expect(schemas.count == 11 && levels.count == 8)
            func uid(_ objects: [JSON], _ name: String) -> String? {
                objects.first { $0["metadata", "name"]?.string == name }?.uid
            }
            for path in ["/api/v1/namespaces/default/configmaps", "/version", "/api/v1/namespaces/default/pods/none"] {
                let reply = try await harness.call("GET", path)
                #expect(reply.header("x-kubernetes-pf-flowschema-uid") == uid(schemas, "exempt"), "\(path)")
                #expect(reply.header("x-kubernetes-pf-prioritylevel-uid") == uid(levels, "exempt"))
            }
            let probe = try await harness.call("GET", "/livez/ping", as: nil)
            #expect(probe.header("x-kubernetes-pf-flowschema-uid") == uid(schemas, "probes"))
            let jane = try await harness.call("GET", "/api/v1/pods", headers: [("impersonate-user", "jane")])
            #expect(jane.status == 403)
            #expect(jane.header("x-kubernetes-pf-flowschema-uid") == uid(schemas, "global-default"))
        }
    }

    @Test func aSchemaOfOnesOwnAndWhetherItsLevelIsThere() async throws {
        try await Harness.run { harness in
            let schema: JSON = [
                "kind": "FlowSchema", "apiVersion": "flowcontrol.apiserver.k8s.io/v1", "metadata": ["name": "mine"],
                "spec": [
                    "matchingPrecedence": 1000, "priorityLevelConfiguration": ["name": "mine"],
                    "rules": [
                        [
                            "subjects": [["kind": "User", "user": ["name": "noxu"]]],
                            "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
                        ]
                    ],
                ],
            ]
            let made = try await harness.api.create(FlowControl.schemas, schema)
            func dangling() async throws -> String {
                for _ in 0..<400 {
                    let now = try await harness.api.get(FlowControl.schemas, ObjectKey(name: "mine"))
                    if let status = now["status", "conditions"]?[0]["status"]?.string { return status }
                    try await Task.sleep(for: .milliseconds(25))
                }
                return ""
            }
            #expect(try await dangling() == "True")
            let noxu = [(name: "impersonate-user", value: "noxu")]
            let before = try await harness.call("GET", "/version", headers: noxu)
            #expect(
                before.header("x-kubernetes-pf-flowschema-uid") != made.uid, "a schema without its level is no schema")
            let level = try await harness.api.create(
                FlowControl.levels,
                [
                    "kind": "PriorityLevelConfiguration", "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
                    "metadata": ["name": "mine"],
                    "spec": ["type": "Limited", "limited": ["limitResponse": ["type": "Reject"]]],
                ])
            let after = try await harness.call("GET", "/version", headers: noxu)
            #expect(after.header("x-kubernetes-pf-flowschema-uid") == made.uid)
            #expect(after.header("x-kubernetes-pf-prioritylevel-uid") == level.uid)
        }
    }

    /// With one seat for everybody, those that come together are done one after the other, and none is lost.
    @Test(.timeLimit(.minutes(1))) func requestsBeyondTheSeatsTakeTurns() async throws {
        try await Harness.run(Configuration(seats: 1)) { harness in
            _ = try await harness.api.create(
                ClusterRoleBinding.resource,
                [
                    "kind": "ClusterRoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1",
                    "metadata": ["name": "all"],
                    "roleRef": [
                        "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin",
                    ],
                    "subjects": [["kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"]],
                ])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await harness.call(
                            "POST", "/api/v1/namespaces/default/configmaps", Harness.configMap("m\(number)"),
                            headers: [("impersonate-user", "jane"), ("impersonate-group", "system:authenticated")]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [201: 100], "\(statuses)")
        }
    }

    @Test func adminAccessToDevicesIsTheNamespaces() async throws {
        try await Harness.run { harness in
            let path = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims"
            let claim: JSON = [
                "kind": "ResourceClaim", "apiVersion": "resource.k8s.io/v1", "metadata": ["name": "c"],
                "spec": [
                    "devices": [
                        "requests": [["name": "a", "exactly": ["deviceClassName": "gpu", "adminAccess": true]]]
                    ]
                ],
            ]
            let refused = try await harness.call("POST", path, claim)
            #expect(refused.status == 422)
            #expect(
                refused.message.contains(
                    "spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires"))
            _ = try await harness.call(
                "PATCH", "/api/v1/namespaces/default",
                ["metadata": ["labels": ["resource.kubernetes.io/admin-access": "true"]]],
                headers: [("content-type", "application/merge-patch+json")])
            #expect(try await harness.call("POST", path, claim).status == 201)
        }
    }

    @Test func whoFindsNoSeatIsToldWhenToComeAgain() async throws {
        let flow = FlowControl(seats: 1, metrics: FlowMetrics(MetricsSystem.factory), uptime: { 0 })
        let assignment = FlowControl.Assignment(
            schema: "s", schemaUID: "1", level: "none", levelUID: "2", isExempt: false)
        let place = FlowControl.Place(assignment: assignment, flow: 0)
        await #expect(throws: FlowControl.tooMany) { _ = try await flow.enter(place, seats: 1) }
        let answer = ClusterServer.failureAnswer(FlowControl.tooMany)
        #expect(answer.status == 429 && answer.headers.contains { $0.name == "retry-after" && $0.value == "1" })
    }
}
