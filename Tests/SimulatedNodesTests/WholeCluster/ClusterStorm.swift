import APIMachinery
import APIServer
import Basics
import ControlLoops
import ControllerManager
import KubeAPI
import Logging
import LoopTestKit
import Scheduler
import Synchronization
import TestKit

@testable import SimulatedNodes

/// A whole cluster by a test's clock: every loop, the scheduler and simulated nodes on the real server. A seed chooses what
/// people do, which calls fail, which pods crash and which nodes fall silent. What runs beside what is the machine's choice,
/// so a seed gives the same storm, not the same order.
final class ClusterStorm: Sendable {
    private let harness = Harness()
    private let checker: Mutex<ClusterChecker>
    private let dice: Mutex<SplitMix64>
    private let seed: UInt64
    private let surge: Int
    static let nodeCount = 5
    private static let mostReplicas = 7
    private static let indexes = 5

    init(seed: UInt64) {
        self.seed = seed
        var dice = SplitMix64(seed: seed)
        surge = Int.random(in: 1...2, using: &dice)
        var checker = ClusterChecker()
        checker.mostAlive["web"] = Self.mostReplicas + surge
        checker.quota["limited"] = 3
        checker.ordered = ["db"]
        self.checker = Mutex(checker)
        self.dice = Mutex(dice)
    }

    private var cluster: TestCluster { harness.cluster }
    private var clock: ManualClock { harness.clock }
    var violations: [String] { checker.withLock { $0.violations } }
    private func chance(_ range: ClosedRange<Int>) -> Int { dice.withLock { Int.random(in: range, using: &$0) } }

    /// Runs the storm, then waits until all is as it should be; returns what is not, after so much of the cluster's time.
    func run(steps: Int, patience: Duration) async throws -> [String] {
        var context = harness.context
        // Failures are what this is about.
        context.logger.logLevel = .critical
        let loops = Controllers.controllers(context) + SchedulerLoops.loops(context)
        let simulator = try simulator()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.harness.world.run() }
            try await cluster.start()
            for loop in loops { group.addTask { try await loop.run() } }
            group.addTask { try await simulator.run() }
            group.addTask { try await self.watchPods() }
            defer { group.cancelAll() }
            try await makeObjects()
            for _ in 0..<steps {
                try await disturb()
                try await pass(.seconds(chance(1...15)))
            }
            let end = clock.now + patience
            var left = await unfinished()
            while !left.isEmpty, clock.now < end, violations.isEmpty {
                try await pass(.seconds(10))
                left = await unfinished()
            }
            if let refusal = cluster.refusal { left.append("a loop was refused: \(refusal.message)") }
            return left
        }
    }

    private func simulator() throws -> NodeSimulator {
        var configuration = NodeSimulator.Configuration(names: NodeSimulator.names(Self.nodeCount))
        configuration.stages = try SimulationStages(
            yaml: Array(
                """
                seed: \(seed)
                nodes:
                  capacity: {cpu: "8", pods: "20"}
                  stages:
                  - {name: weak, share: 0.4, silent: {after: {from: 20s, to: 90s}, for: {from: 20s, to: 90s}, times: 1}}
                pods:
                - name: failing-jobs
                  match: {owners: [Job], share: 0.2}
                  ends: {after: {from: 1s, to: 5s}, code: 1}
                - name: jobs
                  match: {owners: [Job]}
                  ends: {after: {from: 1s, to: 5s}}
                  stop: {code: 143}
                - name: crashing
                  match: {share: 0.2}
                  start: {from: 0s, to: 2s}
                  ends: {after: {from: 1s, to: 8s}, code: 1, times: 2}
                - name: running
                  start: {from: 0s, to: 3s}
                  stop: {after: {from: 0s, to: 3s}}
                """.utf8))
        let context = harness.context
        return NodeSimulator(
            configuration, world: harness.world, client: { context.acting(as: $0).api }, clock: clock,
            logger: Logger(label: "simulator"))
    }

    // MARK: What people want

    private func makeObjects() async throws {
        try await certainly { _ = try await self.cluster.create(Namespace { $0.metadata.name = "limited" }) }
        try await certainly {
            _ = try await self.cluster.create(
                ResourceQuota {
                    $0.metadata.namespace = "limited"
                    $0.metadata.name = "few"
                    $0.json["spec"] = ["hard": ["pods": "3"]]
                })
        }
        try await pass(.seconds(2))
        let unavailable = chance(0...1)
        let rolling: JSON = [
            "type": "RollingUpdate", "rollingUpdate": ["maxSurge": JSON(surge), "maxUnavailable": JSON(unavailable)],
        ]
        for (name, namespace, replicas) in [("web", "default", 4), ("many", "limited", 5)] {
            try await make(
                "apps/v1", "Deployment", namespace, name, spec: ["replicas": JSON(replicas), "strategy": rolling])
        }
        try await make(
            "apps/v1", "StatefulSet", "default", "db", spec: ["replicas": 3, "serviceName": "db"])
        try await make("apps/v1", "DaemonSet", "default", "agent", spec: .object)
        try await make(
            "batch/v1", "Job", "default", "work",
            spec: [
                "completions": JSON(Self.indexes), "parallelism": 2, "completionMode": "Indexed", "backoffLimit": 100,
            ])
    }

    private func make(
        _ version: String, _ kind: String, _ namespace: String, _ name: String, spec: JSON
    ) async throws {
        var spec = spec
        let isJob = kind == "Job"
        spec["template"] = [
            "metadata": ["labels": ["app": JSON(name)]],
            "spec": [
                "restartPolicy": JSON(isJob ? "Never" : "Always"), "terminationGracePeriodSeconds": 5,
                "containers": [["name": "c", "image": "app:1"]],
            ],
        ]
        if !isJob { spec["selector"] = ["matchLabels": ["app": JSON(name)]] }
        let object: JSON = [
            "apiVersion": JSON(version), "kind": JSON(kind),
            "metadata": ["namespace": JSON(namespace), "name": JSON(name)], "spec": spec,
        ]
        let group = String(version.split(separator: "/")[0])
        let resource = GroupResource(group: group, resource: kind.lowercased() + "s")
        try await certainly {
            _ = try await self.cluster.create(resource, object, name: nil, subresource: nil)
        }
    }

    // MARK: What happens

    private func disturb() async throws {
        let web = ObjectKey(namespace: "default", name: "web")
        switch chance(0...9) {
        case 0, 1:
            let replicas = JSON(chance(2...Self.mostReplicas))
            try await certainly { try await self.patch(web, ["spec": ["replicas": replicas]]) }
        case 2, 3:
            let image = JSON("app:\(chance(2...1_000))")
            let template: JSON = ["spec": ["containers": [["name": "c", "image": image]]]]
            try await certainly { try await self.patch(web, ["spec": ["template": template]]) }
        case 4, 5:
            guard
                let pod = dice.withLock({ dice in
                    cluster.objects(Pod.self).filter { !$0.isBeingDeleted }.randomElement(using: &dice)
                })
            else { return }
            try await certainly { try await self.cluster.delete(Pod.self, pod.key) }
        case 6: cluster.breakWatches(compact: chance(0...1) == 0)
        default:
            let verbs = ["create", "update", "patch", "delete", "binding", "get"]
            let resources = [
                Pod.resource, ReplicaSet.resource, Deployment.resource, StatefulSet.resource, DaemonSet.resource,
                Job.resource, Node.resource, Lease.resource, EndpointSlice.resource,
            ]
            let error =
                chance(0...1) == 0
                ? StatusError.internalError("the storm")
                : StatusError(code: 503, reason: .serviceUnavailable, message: "the storm")
            cluster.fail(
                verbs[chance(0...(verbs.count - 1))], resources[chance(0...(resources.count - 1))], with: error,
                times: chance(1...4))
        }
    }

    private func patch(_ key: ObjectKey, _ patch: JSON) async throws {
        _ = try await cluster.patch(Deployment.resource, key, .merge, patch, subresource: nil)
    }
    /// People try again; what is gone or there already is as they want it.
    private func certainly(_ body: @escaping @Sendable () async throws -> Void) async throws {
        for _ in 0..<20 {
            do { return try await body() } catch let error as StatusError {
                if error.reason == .notFound || error.reason == .alreadyExists { return }
                if error.code < 500, error.reason != .conflict { throw error }
            }
        }
    }

    private func watchPods() async throws {
        var revision: Int64 = 0
        while !Task.isCancelled {
            guard
                let watch = try? await cluster.watch(
                    Pod.resource, namespace: "", labelSelector: "", fieldSelector: "", from: revision)
            else {
                // What was between is forgotten.
                guard let list = try? await cluster.list(Pod.resource) else { continue }
                checker.withLock { $0.begin(list.items) }
                revision = list.revision
                continue
            }
            while let events = try? await watch.next() {
                checker.withLock { checker in for event in events { checker.see(event) } }
                for event in events { revision = max(revision, event.revision) }
            }
        }
    }

    // MARK: Time

    /// Lets time pass, each moment only once nothing happens any more without it.
    private func pass(_ duration: Duration) async throws {
        let end = clock.now + duration
        while clock.now < end {
            try await settle()
            let next = min(clock.nextDeadline ?? end, end)
            clock.advance(by: max(.milliseconds(1), next - clock.now))
        }
        try await settle()
    }
    private func settle() async throws {
        var before = cluster.revision
        var rounds = 0
        while rounds < 3 {
            try await Task.sleep(for: .microseconds(700))
            let now = cluster.revision
            rounds = now == before ? rounds + 1 : 0
            before = now
        }
    }

    // MARK: What should be at the end

    private func unfinished() async -> [String] {
        var left: [String] = []
        let pods = cluster.objects(Pod.self)
        func status(_ object: JSON?, _ field: String) -> Int { object?["status", field]?.int ?? 0 }
        if let web = cluster.object(Deployment.self, ObjectKey(namespace: "default", name: "web"))?.json {
            let wanted = web["spec", "replicas"]?.int ?? 0
            for field in ["replicas", "updatedReplicas", "availableReplicas"] where status(web, field) != wanted {
                left.append("web has \(field) \(status(web, field)), not \(wanted)")
            }
        }
        if let db = cluster.object(StatefulSet.self, ObjectKey(namespace: "default", name: "db"))?.json,
            status(db, "readyReplicas") != 3
        {
            left.append("db has \(status(db, "readyReplicas")) ready pods, not 3")
        }
        if let agent = cluster.object(DaemonSet.self, ObjectKey(namespace: "default", name: "agent"))?.json,
            status(agent, "numberReady") != Self.nodeCount
        {
            left.append("agent is ready on \(status(agent, "numberReady")) nodes, not \(Self.nodeCount)")
        }
        if let work = cluster.object(Job.self, ObjectKey(namespace: "default", name: "work"))?.json {
            if work["status", "completedIndexes"]?.string != "0-\(Self.indexes - 1)" {
                left.append("work has done \(work["status", "completedIndexes"]?.string ?? "nothing")")
            }
            if status(work, "succeeded") > Self.indexes { left.append("work succeeded too often") }
        }
        if pods.count(where: { $0.namespace == "limited" && $0.isReady && !$0.isBeingDeleted }) != 3 {
            left.append("the limited namespace is not full")
        }
        let owners = Set(
            cluster.objects(ReplicaSet.self).map(\.uid) + cluster.objects(StatefulSet.self).map(\.uid)
                + cluster.objects(DaemonSet.self).map(\.uid) + cluster.objects(Job.self).map(\.uid))
        for pod in pods where !owners.contains(pod.json.controller?["uid"]?.string ?? "") {
            left.append("\(pod.key) has no owner any more")
        }
        return left
    }
}

extension WatchEvent {
    fileprivate var revision: Int64 {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object.revision
        case .bookmark(let revision): revision
        }
    }
}
