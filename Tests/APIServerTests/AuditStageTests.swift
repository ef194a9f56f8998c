import APIMachinery
import HTTPMessages
import KubeAPI
import TestKit
import Testing

@testable import APIServer

@Suite struct AuditStageTests {
    private static func policy(_ omitted: JSON = []) throws -> AuditPolicy {
        try AuditPolicy([
            "kind": "Policy", "apiVersion": "audit.k8s.io/v1", "omitStages": omitted,
            "rules": [
                ["level": "RequestResponse", "users": ["admin"], "resources": [["group": ""]]],
                ["level": "Metadata", "users": [""]],
            ],
        ])
    }
    private static func stages(_ events: [JSON]) -> [String] { events.map { $0["stage"]?.string ?? "" } }

    @Test func aCallIsToldOfWhenItComesAndWhenItIsAnswered() async throws {
        try await Harness.run(Configuration(auditPolicy: Self.policy())) { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            let events = cluster.audit.all
            #expect(Self.stages(events) == ["RequestReceived", "ResponseComplete"])
            #expect(events[0]["auditID"] == events[1]["auditID"])
            for later in ["responseStatus", "requestObject", "responseObject", "annotations"] {
                #expect(events[0][later] == nil)
                #expect(events[1][later] != nil)
            }
            #expect(events[0]["stageTimestamp"]?.string ?? "" <= events[1]["stageTimestamp"]?.string ?? "")
            #expect(events[0]["objectRef", "resource"]?.string == "configmaps")
        }
        try await Harness.run(Configuration(auditPolicy: Self.policy(["RequestReceived"]))) { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            #expect(Self.stages(cluster.audit.all) == ["ResponseComplete"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func aWatchIsToldOfWhenItBeginsAndWhenItEnds() async throws {
        try await Harness.run(Configuration(auditPolicy: Self.policy(["RequestReceived"]))) { cluster in
            for accept in ["application/json", "application/vnd.kubernetes.protobuf;stream=watch"] {
                let before = cluster.audit.all.count
                let lines = try await cluster.watch(
                    Harness.configMaps + "?watch=1", headers: [(name: "accept", value: accept)])
                let begun = Array(cluster.audit.all.dropFirst(before))
                #expect(Self.stages(begun) == ["ResponseStarted"])
                #expect(begun.first?["responseStatus", "code"]?.int == 200)
                lines.stream.cancel()
                try await eventually { cluster.audit.all.count == before + 2 }
                let ended = cluster.audit.all[before + 1]
                #expect(ended["stage"]?.string == "ResponseComplete")
                #expect(ended["auditID"] == begun.first?["auditID"])
            }
            // Who lets go of a watch without a word has ended it, too; a list is no watch.
            let before = cluster.audit.all.count
            _ = try await cluster.watch(Harness.configMaps + "?watch=1")
            try await eventually { cluster.audit.all.count == before + 2 }
            _ = try await cluster.call("GET", Harness.configMaps)
            #expect(Self.stages(Array(cluster.audit.all.dropFirst(before + 2))) == ["ResponseComplete"])
        }
    }

    /// A kubelet with a mistake in it.
    private struct FaultyNodes: NodeConnector {
        struct Mistake: Error, CustomStringConvertible { var description: String { "nobody foresaw this" } }
        func logs(node: String, pod: JSON, options: LogOptions) async throws -> any ByteStream { throw Mistake() }
        func connect(node: String, pod: JSON, subresource: SubresourceName, request: Request) async throws -> Answer {
            throw Mistake()
        }
        func page(node: String, request: Request) async throws -> Answer { throw Mistake() }
    }

    @Test func aMistakeOfOursIsToldOfAsSuch() async throws {
        try await Harness.run(Configuration(auditPolicy: Self.policy()), nodes: FaultyNodes()) { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p", node: "node-0"))
            let before = cluster.audit.all.count
            let answer = try await cluster.call("GET", "\(Harness.pods)/p/log")
            #expect(answer.status == 500)
            let events = Array(cluster.audit.all.dropFirst(before))
            #expect(Self.stages(events) == ["RequestReceived", "Panic"])
            #expect(events.last?["responseStatus", "code"]?.int == 500)
            #expect(events.last?["responseStatus", "reason"]?.string == "InternalError")
            #expect(events.last?["responseStatus", "message"]?.string == "APIServer panic'd: nobody foresaw this")
            // What a client did wrong is none.
            _ = try await cluster.call("GET", "\(Harness.pods)/none")
            #expect(cluster.audit.all.last?["stage"]?.string == "ResponseComplete")
        }
    }

    @Test func unknownCredentialsAreToldOf() async throws {
        try await Harness.run(Configuration(auditPolicy: Self.policy())) { cluster in
            #expect(try await cluster.call("GET", Harness.pods, as: "wrong").status == 401)
            let event = try #require(cluster.audit.all.first)
            #expect(event["stage"]?.string == "ResponseStarted")
            #expect(event["responseStatus", "code"]?.int == 401)
            #expect(event["responseStatus", "message"]?.string == "Authentication failed, attempted: bearer")
            #expect(event["user", "username"]?.string == "")
        }
    }

    @Test func whatMustBeToldAndCannotBeIsRefusedBeforeItIsDone() async throws {
        try await Harness.run(Configuration(auditPolicy: Self.policy())) { cluster in
            cluster.audit.fault.withLock { $0 = AuditRequired("the webhook is away") }
            let refused = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            #expect(refused.status == 500)
            #expect(
                refused.message
                    == "Internal Server Error: \"/api/v1/namespaces/default/configmaps\": failed to store audit event")
            cluster.audit.fault.withLock { $0 = nil }
            #expect(try await cluster.call("GET", Harness.configMaps + "/x").status == 404)
            // Any other loss is ours alone.
            cluster.audit.fault.withLock { $0 = FaultyNodes.Mistake() }
            #expect(try await cluster.call("POST", Harness.configMaps, Harness.configMap("x")).status == 201)
        }
    }

    @Test func everySinkGetsEveryEvent() async throws {
        let (first, second) = (RecordedAudit(), RecordedAudit())
        first.fault.withLock { $0 = FaultyNodes.Mistake() }
        let sinks = AuditSinks([first, second])
        await #expect(throws: FaultyNodes.Mistake.self) { try await sinks.record(["auditID": "a"]) }
        #expect(second.all.count == 1)
        second.fault.withLock { $0 = AuditRequired("no") }
        await #expect(throws: AuditRequired.self) { try await sinks.record(["auditID": "b"]) }
    }
}
