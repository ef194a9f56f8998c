import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Autoscalers

/// The recommender, the updater and the admission of new pods at the real server.
@Suite struct VerticalLoopTests {
    private static let small: JSON = [
        "requests": ["cpu": "100m", "memory": "100Mi"], "limits": ["memory": "200Mi"],
    ]
    private let harness = Harness()
    private let recorder: EventRecorder

    init() { recorder = EventRecorder(harness.context.acting(as: VerticalUpdater.identity), component: "vpa-updater") }

    private struct Loops {
        let workload: VerticalWorkload
        let recommender: VerticalRecommender
        let updater: VerticalUpdater
        let recorder: EventRecorder

        /// A minute, and then a look of each.
        func look(_ use: (cores: Double, bytes: Int)?) async throws {
            workload.pass(using: use)
            try await workload.settle()
            await recommender.turn()
            try await workload.catchUp()
        }
        func update() async throws {
            try await workload.settle()
            await updater.turn(recorder)
            try await workload.settle()
        }
    }

    private func run(
        _ mode: String, replicas: Int = 4, resources: JSON = VerticalLoopTests.small,
        _ settings: VerticalSettings = .init(),
        policy: JSON? = nil, updates: JSON = .object, _ body: (Loops) async throws -> Void
    ) async throws {
        let workload = VerticalWorkload(harness, resources: resources)
        let recommender = VerticalRecommender(harness.context, usage: workload.usage, settings)
        let updater = VerticalUpdater(harness.context, settings, explainer: recommender.explainer)
        let world = harness.world
        let resources: [GroupResource] =
            [VerticalPodAutoscaler.resource, VerticalPodAutoscalerCheckpoint.resource, LimitRange.resource]
            + VerticalTargets.reads
        for resource in resources { _ = world.cache(resource) }
        try await harness.run([]) {
            try await world.waitUntilSynced(resources)
            var updatePolicy = updates
            updatePolicy["updateMode"] = JSON(mode)
            var spec: JSON = ["updatePolicy": updatePolicy]
            spec["resourcePolicy"] = policy
            try await workload.make(replicas: replicas, spec)
            try await workload.settle()
            try await workload.catchUp()
            let loops = Loops(workload: workload, recommender: recommender, updater: updater, recorder: recorder)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [recorder] in await recorder.run() }
                defer { group.cancelAll() }
                try await body(loops)
            }
        }
    }

    private func until(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }

    // MARK: Recommending

    @Test(.timeLimit(.minutes(1))) func useBecomesARecommendationAndACheckpoint() async throws {
        try await run("Off") { loops in
            let workload = loops.workload
            try await loops.look(nil)
            #expect(workload.condition("RecommendationProvided") == "False ")
            for _ in 0..<20 { try await loops.look((0.4, 700 << 20)) }
            // 0.4 cores and 700 MiB, in buckets of 5 %, with 15 % on top.
            #expect((460...510).contains(workload.recommended("target", "cpu")))
            #expect((805 << 20...860 << 20).contains(workload.recommended("target", "memory")))
            #expect(workload.condition("RecommendationProvided") == "True ")
            #expect(workload.condition("LowConfidence")?.hasPrefix("True") == true)
            let key = ObjectKey(namespace: "default", name: "web-c")
            let checkpoint = try #require(workload.cluster.object(VerticalPodAutoscalerCheckpoint.self, key))
            #expect(checkpoint.json["spec", "vpaObjectName"]?.string == "web")
            #expect(checkpoint.json["status", "totalSamplesCount"]?.int == 80)
            #expect(checkpoint.json["status", "version"]?.string == "v3")
            let told = loops.recommender.explainer.explanation(workload.key)
            #expect(told?["containers"]?[0]["samples"]?.int == 80 && told?["podCount"]?.int == 4, "\(told?.text ?? "")")

            // Nodes that say nothing change nothing.
            let before = workload.autoscaler?.json["status", "recommendation"]
            for _ in 0..<5 { try await loops.look(nil) }
            #expect(workload.autoscaler?.json["status", "recommendation"] == before)

            // Killed and begun anew, it goes on where it was.
            let world = harness.world
            let revision = checkpoint.json.revision
            try await world.cache(VerticalPodAutoscalerCheckpoint.self).wait(until: key) {
                ($0?.revision ?? 0) >= revision
            }
            let successor = VerticalRecommender(harness.context, usage: workload.usage)
            await successor.turn()
            try await workload.catchUp()
            #expect((450...520).contains(workload.recommended("target", "cpu")))
            #expect(successor.explainer.explanation(workload.key)?["containers"]?[0]["samples"]?.int == 80)

            // An autoscaler that is gone leaves no checkpoint.
            try await workload.cluster.delete(VerticalPodAutoscaler.self, workload.key)
            try await world.cache(VerticalPodAutoscaler.self).wait(until: workload.key) { $0 == nil }
            harness.clock.advance(by: .seconds(601))
            await successor.turn()
            #expect(workload.cluster.object(VerticalPodAutoscalerCheckpoint.self, key) == nil)
            #expect(successor.explainer.explanation(workload.key) == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatCannotBeUsedIsTold() async throws {
        try await run("Off") { loops in
            let workload = loops.workload
            func target(_ reference: JSON) async throws -> String? {
                try await workload.cluster.edit(VerticalPodAutoscaler.self, workload.key) {
                    $0.json["spec", "targetRef"] = reference
                }
                try await workload.catchUp()
                try await loops.look((0.1, 1 << 20))
                return workload.condition("ConfigUnsupported")
            }
            let missing = try await target(["apiVersion": "apps/v1", "kind": "Deployment", "name": "db"])
            #expect(missing == "True Cannot read targetRef. Reason: Deployment default/db does not exist")
            #expect(workload.condition("NoPodsMatched") == "True No pods match this VPA object")
            #expect(workload.condition("RecommendationProvided") == "False No pods match this VPA object")
            let owned = try await target(["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1"])
            #expect(
                owned
                    == "True The target apps/v1.ReplicaSet/web-1 has a parent controller but it should point to a topmost well-known or scalable controller"
            )
            let unknown = try await target(["apiVersion": "x.io/v1", "kind": "Web", "name": "web"])
            #expect(
                unknown
                    == "True Cannot read targetRef. Reason: unhandled targetRef x.io/v1 / Web / web, last error no matches for kind \"Web\" in group \"x.io\""
            )
            let right = try await target(["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"])
            #expect(right == nil)
            #expect(workload.condition("NoPodsMatched") == nil)
        }
    }

    // MARK: Updating

    @Test(.timeLimit(.minutes(1))) func runningPodsAreResizedWhereTheyAre() async throws {
        try await run("InPlaceOrRecreate") { loops in
            let workload = loops.workload
            let names = workload.pods.map(\.uid)
            try await loops.look((0.5, 400 << 20))
            try await loops.update()
            // Half of them at once.
            #expect(workload.pods.count { workload.asks($0, "cpu") != "100m" } == 2)
            try await loops.update()
            #expect(workload.pods.map(\.uid) == names)
            let cpu = "\(workload.recommended("target", "cpu"))m"
            for pod in workload.pods {
                #expect(workload.asks(pod, "cpu") == cpu)
                // The limit stays twice the request.
                let resources = pod.json["spec", "containers"]?[0]["resources"]
                let limit = try Quantity(resources?["limits", "memory"] ?? .null)
                #expect(limit.value == 2 * workload.recommended("target", "memory"))
                #expect(pod.annotations["vpaInPlaceUpdated"] == "true")
            }
            try await until { workload.events("InPlaceResizedByVPA") == 4 }
            #expect(workload.events("EvictedByVPA") == 0)
            // They have what is recommended: nothing more is done.
            try await loops.update()
            let told = loops.recommender.explainer.explanation(workload.key)?["updates"]?.elements ?? []
            #expect(told.count == 4 && told.allSatisfy { $0["decision"]?.string == "none" }, "\(told)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatItsNodeCannotGrantIsEvicted() async throws {
        try await run("InPlaceOrRecreate", replicas: 2) { loops in
            let workload = loops.workload
            try await loops.look((0.5, 400 << 20))
            workload.refusal = "Deferred"
            let first = workload.pods.map(\.uid)
            try await loops.update()
            try await loops.update()
            #expect(workload.pods.map(\.uid) == first)
            #expect(workload.pods.contains { UpdateRound.isResizing($0.json) })
            // Five minutes later it is given up.
            harness.clock.advance(by: .seconds(301))
            try await loops.update()
            #expect(workload.pods.filter { first.contains($0.uid) }.count == 1)
            try await until { workload.events("EvictedByVPA") == 1 }
            // The one that came for it has its size from the start.
            let new = try #require(workload.pods.first { !first.contains($0.uid) })
            #expect(workload.asks(new, "cpu") == "\(workload.recommended("target", "cpu"))m")
            #expect(new.annotations["vpaUpdates"]?.hasPrefix("Pod resources updated by web: container 0: ") == true)
            #expect(new.annotations["vpaObservedContainers"] == "c")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["Recreate", "Auto"]) func podsAreEvictedWithinTheirBudget(_ mode: String)
        async throws
    {
        try await run(mode) { loops in
            let workload = loops.workload
            try await loops.look((0.5, 400 << 20))
            #expect((workload.condition("ConfigDeprecated") != nil) == (mode == "Auto"))
            try await workload.cluster.make(
                PodDisruptionBudget([
                    "metadata": ["name": "web", "namespace": "default"],
                    "spec": ["minAvailable": 3, "selector": ["matchLabels": ["app": "web"]]],
                    "status": [
                        "observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 4, "desiredHealthy": 3,
                        "expectedPods": 4,
                    ],
                ]))
            let first = Set(workload.pods.map(\.uid))
            try await loops.update()
            // The tolerance would be two, the budget has room for one.
            #expect(workload.pods.filter { first.contains($0.uid) }.count == 3)
            let told = loops.recommender.explainer.explanation(workload.key)?["updates"]?.elements ?? []
            #expect(told.count { $0["decision"]?.string == "evicted" } == 1)
            #expect(
                told.contains { $0["reason"]?.string?.contains("would violate the pod's disruption budget") == true },
                "\(told)")
            #expect(workload.pods.filter { first.contains($0.uid) }.allSatisfy { workload.asks($0, "cpu") == "100m" })
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["Off", "Initial", "few", "requirements", "near"])
    func podsAreLeftAlone(_ why: String) async throws {
        let mode = ["Off", "Initial"].contains(why) ? why : "Recreate"
        let updates: JSON =
            why == "requirements"
            ? [
                "evictionRequirements": [
                    ["resources": ["cpu", "memory"], "changeRequirement": "TargetLowerThanRequests"]
                ]
            ] : .object
        try await run(mode, replicas: why == "few" ? 1 : 4, updates: updates) { loops in
            let workload = loops.workload
            let first = workload.pods.map(\.uid)
            try await loops.look(why == "near" ? (0.083, 300 << 20) : (0.5, 400 << 20))
            if why == "near" {
                try await workload.cluster.edit(VerticalPodAutoscaler.self, workload.key) { autoscaler in
                    autoscaler.json["spec", "resourcePolicy"] = [
                        "containerPolicies": [["containerName": "c", "controlledResources": ["cpu"]]]
                    ]
                }
                try await workload.catchUp()
                try await loops.look((0.083, 300 << 20))
            }
            try await loops.update()
            #expect(workload.pods.map(\.uid) == first)
            #expect(workload.pods.allSatisfy { workload.asks($0, "cpu") == "100m" })
            // But a new one gets its size, where that is asked for.
            try await workload.cluster.delete(Pod.self, workload.pods[0].key, DeletionOptions(gracePeriodSeconds: 0))
            try await workload.settle()
            let new = try #require(workload.pods.first { !first.contains($0.uid) })
            #expect((new.annotations["vpaUpdates"] == nil) == (why == "Off"))
        }
    }

    /// Of pods that need more those come first that need most; of pods within their bounds only old ones are touched.
    @Test func whoNeedsMostComesFirst() {
        func pod(_ cpu: String, ageHours: Int, now: Instant) -> JSON {
            [
                "metadata": ["name": "p"],
                "spec": ["containers": [["name": "c", "resources": ["requests": ["cpu": JSON(cpu)]]]]],
                "status": ["startTime": (now - .seconds(ageHours * 3600)).json],
            ]
        }
        let autoscaler: JSON = [
            "status": [
                "recommendation": [
                    "containerRecommendations": [
                        [
                            "containerName": "c", "target": ["cpu": "500m"], "lowerBound": ["cpu": "300m"],
                            "upperBound": ["cpu": "900m"],
                        ]
                    ]
                ]
            ]
        ]
        let now = Instant(secondsSince1970: 1_700_000_000)
        let policy = VerticalPolicy(autoscaler)
        func judged(_ cpu: String, _ hours: Int) -> (UpdatePriority, String?) {
            let pod = pod(cpu, ageHours: hours, now: now)
            let recommendation = PodRecommendation(autoscaler, pod, limitRanges: [])
            let priority = UpdatePriority(pod, recommendation)
            return (
                priority, UpdatePriority.objection(to: pod, priority, recommendation, policy, now, VerticalSettings())
            )
        }
        #expect(judged("200m", 0).1 == nil && judged("1", 0).1 == nil)
        #expect(judged("400m", 11).1 == "it is within the bounds, and young")
        #expect(judged("400m", 12).1 == nil)
        #expect(judged("480m", 12).1 == "it is near enough to the target")
        #expect(judged("2", 0).0 < judged("400m", 0).0 && judged("400m", 0).0 < judged("200m", 0).0)
    }

    @Test func theLoopsMayDoWhatTheyDo() {
        let (recommender, updater) = (VerticalRecommender.identity.permissions, VerticalUpdater.identity.permissions)
        #expect(recommender.allows(.status(VerticalPodAutoscaler.self)))
        #expect(!recommender.allows(.patch(Pod.self)) && !recommender.allows(.update(VerticalPodAutoscaler.self)))
        #expect(updater.allows(Permission(.create, Pod.resource, subresource: .eviction)))
        #expect(!updater.allows(.delete(Pod.self)) && !updater.allows(.status(VerticalPodAutoscaler.self)))
    }
}
