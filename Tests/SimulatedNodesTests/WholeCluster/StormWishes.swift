import APIMachinery
import KubeAPI

@testable import SimulatedNodes

/// What people want of a cluster in a storm, what they change of it, and whether they have it in the end.
struct StormWishes: Sendable {
    let surge: Int
    let unavailable: Int
    static let mostReplicas = 7
    static let indexes = 5
    static let completions = 6
    static let steady = 4

    var checker: ClusterChecker {
        var checker = ClusterChecker()
        checker.mostAlive = [
            "web": Self.mostReplicas + surge, "steady": Self.steady + surge, "guarded": Self.steady + 1,
        ]
        checker.leastAvailable = ["steady": Self.steady - unavailable, "guarded": Self.steady - 1]
        checker.quota = ["limited": 3]
        checker.ordered = ["db"]
        checker.nodeCapacity = 12
        checker.completions = ["count": Self.completions]
        return checker
    }

    func stages(seed: UInt64) throws -> SimulationStages {
        try SimulationStages(
            yaml: Array(
                """
                seed: \(seed)
                nodes:
                  capacity: {cpu: "8", pods: "12"}
                pods:
                - name: failing-jobs
                  match: {owners: [Job], share: 0.2}
                  ends: {after: {from: 1s, to: 5s}, code: 1}
                - name: jobs
                  match: {owners: [Job]}
                  ends: {after: {from: 1s, to: 5s}}
                  stop: {code: 143}
                - name: steady
                  match: {labels: calm}
                  start: {from: 0s, to: 2s}
                  stop: {after: {from: 0s, to: 3s}}
                - name: crashing
                  match: {share: 0.2}
                  start: {from: 0s, to: 2s}
                  ends: {after: {from: 1s, to: 8s}, code: 1, times: 2}
                - name: running
                  start: {from: 0s, to: 3s}
                  stop: {after: {from: 0s, to: 3s}}
                """.utf8))
    }

    // MARK: At the beginning

    func make(_ storm: ClusterStorm) async throws {
        try await storm.certainly {
            _ = try await storm.cluster.hand.create(Namespace { $0.metadata.name = "limited" })
        }
        try await storm.certainly {
            _ = try await storm.cluster.hand.create(
                ResourceQuota {
                    $0.metadata.namespace = "limited"
                    $0.metadata.name = "few"
                    $0.json["spec"] = ["hard": ["pods": "3"]]
                })
        }
        try await storm.clock.sleep(for: .seconds(2))
        let rolling: JSON = [
            "type": "RollingUpdate", "rollingUpdate": ["maxSurge": JSON(surge), "maxUnavailable": JSON(unavailable)],
        ]
        let one: JSON = ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]]
        for (name, namespace, replicas, strategy) in [
            ("web", "default", 4, rolling), ("many", "limited", 5, rolling), ("doomed", "default", 2, rolling),
            ("steady", "default", Self.steady, rolling), ("guarded", "default", Self.steady, one),
        ] {
            try await make(
                storm, "apps/v1", "Deployment", namespace, name,
                ["replicas": JSON(replicas), "strategy": strategy])
        }
        try await make(storm, "apps/v1", "StatefulSet", "default", "db", ["replicas": 3, "serviceName": "db"])
        try await make(storm, "apps/v1", "DaemonSet", "default", "agent", .object)
        try await make(
            storm, "batch/v1", "Job", "default", "work",
            [
                "completions": JSON(Self.indexes), "parallelism": 2, "completionMode": "Indexed", "backoffLimit": 100,
            ])
        try await make(
            storm, "batch/v1", "Job", "default", "count",
            ["completions": JSON(Self.completions), "parallelism": 3, "backoffLimit": 100])
        try await make(
            storm, "v1", "Service", "default", "web", ["selector": ["app": "web"], "ports": [["port": 80]]])
        try await make(
            storm, "policy/v1", "PodDisruptionBudget", "default", "guarded",
            ["minAvailable": JSON(Self.steady - 1), "selector": ["matchLabels": ["app": "guarded"]]])
    }

    private func make(
        _ storm: ClusterStorm, _ version: String, _ kind: String, _ namespace: String, _ name: String, _ spec: JSON
    ) async throws {
        var spec = spec
        let isJob = kind == "Job"
        if version != "v1", !version.hasPrefix("policy") {
            var labels: JSON = ["app": JSON(name)]
            if ["steady", "guarded"].contains(name) { labels["calm"] = "true" }
            spec["template"] = [
                "metadata": ["labels": labels],
                "spec": [
                    "restartPolicy": JSON(isJob ? "Never" : "Always"), "terminationGracePeriodSeconds": 5,
                    "containers": [["name": "c", "image": "app:1"]],
                ],
            ]
            if !isJob { spec["selector"] = ["matchLabels": ["app": JSON(name)]] }
        }
        let object: JSON = [
            "apiVersion": JSON(version), "kind": JSON(kind),
            "metadata": ["namespace": JSON(namespace), "name": JSON(name)], "spec": spec,
        ]
        let group = version == "v1" ? "" : String(version.split(separator: "/")[0])
        let resource = GroupResource(group: group, resource: kind.lowercased() + "s")
        try await storm.certainly {
            _ = try await storm.cluster.hand.create(resource, object, name: nil, subresource: nil)
        }
    }

    // MARK: Meanwhile

    func scale(_ storm: ClusterStorm) async throws {
        if storm.chance(0...1) == 0 {
            let replicas = JSON(storm.chance(2...Self.mostReplicas))
            try await patch(storm, Deployment.resource, "web", ["spec": ["replicas": replicas]])
        } else {
            let replicas = JSON(storm.chance(1...4))
            try await patch(storm, StatefulSet.resource, "db", ["spec": ["replicas": replicas]])
        }
    }

    func roll(_ storm: ClusterStorm) async throws {
        let image = JSON("app:\(storm.chance(2...1_000))")
        let template: JSON = ["spec": ["containers": [["name": "c", "image": image]]]]
        let resources = [Deployment.resource, Deployment.resource, StatefulSet.resource, DaemonSet.resource]
        let names = ["web", "steady", "db", "agent"]
        let place = storm.chance(0...3)
        try await patch(storm, resources[place], names[place], ["spec": ["template": template]])
    }

    private func patch(
        _ storm: ClusterStorm, _ resource: GroupResource, _ name: String, _ patch: JSON
    ) async throws {
        try await storm.certainly {
            _ = try await storm.cluster.hand.patch(
                resource, ObjectKey(namespace: "default", name: name), .merge, patch, subresource: nil)
        }
    }

    func killPod(_ storm: ClusterStorm) async throws {
        let pods = storm.cluster.objects(Pod.self).filter { !$0.isBeingDeleted }
        if pods.isEmpty { return }
        let pod = pods[storm.chance(0...(pods.count - 1))]
        try await storm.certainly { try await storm.cluster.hand.delete(Pod.self, pod.key) }
    }

    /// Asks for the eviction of several guarded pods; the budget has to refuse what is too much.
    func evict(_ storm: ClusterStorm) async throws {
        for pod in storm.cluster.objects(Pod.self)
        where pod.metadata.labels["app"] == "guarded" && storm.chance(0...2) > 0 {
            let eviction: JSON = [
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": ["name": JSON(pod.name), "namespace": JSON(pod.namespace)],
            ]
            _ = try? await storm.cluster.hand.create(
                Pod.resource, eviction, name: pod.name, subresource: .eviction)
        }
    }

    func deleteDoomed(_ storm: ClusterStorm) async throws {
        try await storm.certainly {
            try await storm.cluster.hand.delete(
                Deployment.resource, ObjectKey(namespace: "default", name: "doomed"),
                DeletionOptions(propagation: .background))
        }
    }

    // MARK: In the end

    /// What is not as it should be.
    func unfinished(_ cluster: StormCluster) -> [String] {
        var left: [String] = []
        func status(_ object: JSON?, _ field: String) -> Int { object?["status", field]?.int ?? 0 }
        for name in ["web", "steady", "guarded"] {
            let object = cluster.object(Deployment.self, "default", name)?.json
            let wanted = object?["spec", "replicas"]?.int ?? -1
            for field in ["replicas", "updatedReplicas", "availableReplicas"] where status(object, field) != wanted {
                left.append("\(name) has \(field) \(status(object, field)), not \(wanted)")
            }
        }
        let db = cluster.object(StatefulSet.self, "default", "db")?.json
        let wanted = db?["spec", "replicas"]?.int ?? -1
        for field in ["replicas", "readyReplicas", "updatedReplicas"] where status(db, field) != wanted {
            left.append("db has \(field) \(status(db, field)), not \(wanted)")
        }
        let agent = cluster.object(DaemonSet.self, "default", "agent")?.json
        for field in ["numberReady", "updatedNumberScheduled"] where status(agent, field) != ClusterStorm.nodeCount {
            left.append("agent has \(field) \(status(agent, field)), not \(ClusterStorm.nodeCount)")
        }
        let work = cluster.object(Job.self, "default", "work")?.json
        if work?["status", "completedIndexes"]?.string != "0-\(Self.indexes - 1)" {
            left.append("work has done \(work?["status", "completedIndexes"]?.string ?? "nothing")")
        }
        for (name, count) in [("work", Self.indexes), ("count", Self.completions)] {
            let job = cluster.object(Job.self, "default", name)?.json
            let isComplete = job?["status", "conditions"]?.elements.contains {
                $0["type"]?.string == "Complete" && $0["status"]?.string == "True"
            }
            if status(job, "succeeded") != count || isComplete != true {
                left.append("\(name) has succeeded \(status(job, "succeeded")) times, not \(count)")
            }
        }
        return left + unfinishedPods(cluster)
    }

    private func unfinishedPods(_ cluster: StormCluster) -> [String] {
        var left: [String] = []
        let pods = cluster.objects(Pod.self)
        if pods.count(where: { $0.namespace == "limited" && $0.isReady && !$0.isBeingDeleted }) != 3 {
            left.append("the limited namespace is not full")
        }
        let owners = Set(
            cluster.objects(ReplicaSet.self).map(\.uid) + cluster.objects(StatefulSet.self).map(\.uid)
                + cluster.objects(DaemonSet.self).map(\.uid) + cluster.objects(Job.self).map(\.uid))
        for pod in pods where !owners.contains(pod.json.controller?["uid"]?.string ?? "") {
            left.append("\(pod.key) has no owner any more")
        }
        for set in cluster.objects(ReplicaSet.self) where set.name.hasPrefix("doomed-") {
            left.append("\(set.name) is still there")
        }
        let ready = pods.filter { $0.metadata.labels["app"] == "web" && $0.isReady && !$0.isBeingDeleted }
        let listed = cluster.objects(EndpointSlice.self)
            .filter { $0.metadata.labels["kubernetes.io/service-name"] == "web" }
            .flatMap { $0.json["endpoints"]?.elements ?? [] }
            .filter { $0["conditions", "ready"]?.bool == true }
            .compactMap { $0["targetRef", "name"]?.string }
        if Set(ready.map(\.name)) != Set(listed) || listed.count != ready.count {
            left.append("behind web are \(listed.sorted()), not \(ready.map(\.name).sorted())")
        }
        return left
    }
}
