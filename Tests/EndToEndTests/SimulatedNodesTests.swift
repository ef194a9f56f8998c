import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// `--runtime simulated` with kubectl: many nodes, pods that fail as a file says, and nothing to look into.
    @Suite(.serialized) struct SimulatedNodesTests {
        @Test func manyNodesPlayWhatAFileSays() throws {
            let temporary = FileManager.default.temporaryDirectory.path
            let file = "\(temporary)/stages-\(UUID().uuidString).yaml"
            try """
            nodes: {capacity: {cpu: "8", pods: "20"}, zones: 2}
            pods:
            - {name: failing, match: {labels: app=bad}, ends: {after: 0s, code: 3}}
            - {name: jobs, match: {owners: [Job]}, ends: {after: 0s}}
            """.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let cluster = try EphemeralCluster(
                ["--runtime", "simulated", "--nodes", "40", "--simulation-stages", file], temporary: temporary)
            func get(_ what: String, _ path: String) throws -> String {
                try cluster.kubectl(["get"] + what.split(separator: " ").map(String.init) + ["-o", "jsonpath=\(path)"])
            }
            #expect(try get("nodes", "{.items[*].metadata.name}").split(separator: " ").count == 40)
            #expect(try get("node node-2", "{.metadata.labels.topology\\.kubernetes\\.io/zone}") == "zone-2")
            _ = try cluster.kubectl(["create", "deployment", "web", "--image=pause", "--replicas=60"])
            _ = try cluster.kubectl(["rollout", "status", "deployment/web", "--timeout=60s"])
            _ = try cluster.kubectl(["create", "job", "once", "--image=pause"])
            _ = try cluster.kubectl(["wait", "--for=condition=complete", "job/once", "--timeout=60s"])
            _ = try cluster.kubectl(["run", "bad", "--image=pause", "--labels=app=bad", "--restart=Never"])
            try wait("the pod to fail") { try get("pod bad", "{.status.phase}") == "Failed" }
            #expect(try get("pod bad", "{.status.containerStatuses[0].state.terminated.exitCode}") == "3")
            do {
                _ = try cluster.kubectl(["logs", "bad"])
                Issue.record("a simulated pod has no logs")
            } catch {
                #expect("\(error)".contains("pod \"bad\" is simulated and runs nothing, so it has no logs"))
            }
            _ = try cluster.kubectl(["delete", "deployment", "web", "--cascade=foreground", "--timeout=60s"])
            #expect(try get("pods -l app=web", "{.items}") == "[]")
            try cluster.letGo()
            try cluster.waitUntilGone()
        }

        /// From no node of a group to as many as the pods need, and back to none, within its budget.
        @Test func nodesComeForPodsAndGoWithThem() throws {
            let temporary = FileManager.default.temporaryDirectory.path
            let file = "\(temporary)/groups-\(UUID().uuidString).yaml"
            try """
            scanInterval: 1s
            scaleDownDelayAfterAdd: 3s
            scaleDownUnneededTime: 3s
            nodeDeleteDelayAfterTaint: 1s
            groups:
            - {name: small, maxSize: 5, capacity: {cpu: "2", memory: 4Gi}, labels: {pool: small}}
            - {name: tainted, maxSize: 5, taints: [{key: only, value: x, effect: NoSchedule}]}
            """.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let cluster = try EphemeralCluster(
                ["--runtime", "simulated", "--node-groups", file], temporary: temporary)
            func nodes() throws -> Int {
                try cluster.kubectl(["get", "nodes", "-l", "pool=small", "-o", "name"]).split(separator: "\n").count
            }
            let manifest = "\(temporary)/web-\(UUID().uuidString).yaml"
            try """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 6
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  nodeSelector: {pool: small}
                  containers: [{name: web, image: pause, resources: {requests: {cpu: 900m}}}]
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: web}
            spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
            """.write(toFile: manifest, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: manifest) }
            _ = try cluster.kubectl(["apply", "-f", manifest])
            _ = try cluster.kubectl(["rollout", "status", "deployment/web", "--timeout=60s"])
            #expect(try nodes() == 3)
            let status = try cluster.kubectl(
                ["get", "configmap", "-n", "kube-system", "cluster-autoscaler-status", "-o", "jsonpath={.data.status}"])
            #expect(status.contains("autoscalerStatus: Running") && status.contains("name: small"), "\(status)")
            _ = try cluster.kubectl(["scale", "deployment", "web", "--replicas=2"])
            try wait("the pods to move together") { try nodes() == 1 }
            _ = try cluster.kubectl(["rollout", "status", "deployment/web", "--timeout=60s"])
            _ = try cluster.kubectl(["delete", "deployment", "web"])
            try wait("the last node to go") { try nodes() == 0 }
            try cluster.letGo()
            try cluster.waitUntilGone()
        }

        @Test func stagesThatCannotBeUsedAreToldBeforeTheStart() throws {
            let file = "\(FileManager.default.temporaryDirectory.path)/stages-\(UUID().uuidString).yaml"
            try "pods: [{ends: {code: 300}}]".write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            func errors(_ arguments: String...) throws -> String {
                try Program.run(ClusterProcess.binary, ["up", "--ephemeral"] + arguments).errors
            }
            let wrong = try errors("--runtime", "simulated", "--simulation-stages", file)
            #expect(wrong.contains("pods[0].ends.code: must be a number from 0 to 255"))
            #expect(try errors("--simulation-stages", file).contains("goes with --runtime simulated"))
            try "groups: [{name: a, maxSize: 3, size: 2}]".write(toFile: file, atomically: true, encoding: .utf8)
            let group = try errors("--runtime", "simulated", "--node-groups", file)
            #expect(
                group.contains(
                    "groups[0].size: is not known; known are capacity, hourlyPrice, ignoreDaemonSetsUtilization"))
            try "{cloudProvider: externalgrpc, cloudConfig: /nowhere/cloud}".write(
                toFile: file, atomically: true, encoding: .utf8)
            #expect(
                try errors("--node-groups", file).contains(
                    "the cloud configuration /nowhere/cloud cannot be used: cloudConfig: the file /nowhere/cloud cannot be read"
                ))
            try "groups: [{name: a, maxSize: 100}]".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try errors("--node-groups", file).contains("may be 100 nodes together, not 101"))
            #expect(try errors("--nodes", "101").contains("to 100, not 101"))
            #expect(try errors("--runtime", "simulated", "--nodes", "10001").contains("to 10000, not 10001"))
            #expect(try errors("--runtime", "simulated", "--network", "bridge").contains("for pods that run something"))
        }
    }
}
