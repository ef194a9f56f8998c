import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import Foundation
import KubeAPI
import Logging
import Testing

@testable import Kubelet

/// Pods that files of the node describe.
@Suite(.timeLimit(.minutes(3))) struct StaticPodTests {
    private static func manifest(_ script: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, labels: {tier: control}}
        spec:
          terminationGracePeriodSeconds: 1
          containers: [{name: main, image: shell, command: [/bin/sh, -c, "\(script)"]}]
        """
    }
    private static func write(_ text: String, _ node: NodeFixture, _ name: String = "web.yaml") throws {
        let folder = node.directory + "/manifests"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }
    private static func node(_ index: Int) -> NodeFixture {
        NodeFixture(index: index) { $0.staticPodPath = $0.directory + "/manifests" }
    }

    @Test func theyRunHaveMirrorsThatComeAgainAndGoWithTheirFiles() async throws {
        let node = Self.node(96)
        try Self.write(Self.manifest("exec sleep 1000"), node)
        try Self.write("kind: Deployment", node, "wrong.yaml")
        try await node.with { kubelet in
            let first = try #require(try await node.wait("web-node-1") { $0?.conditionStatus("Ready") == "True" })
            let hash = try #require(first.metadata.annotations["kubernetes.io/config.hash"])
            #expect(first.metadata.annotations["kubernetes.io/config.mirror"] == hash && first.uid != hash)
            #expect(first.metadata.annotations["kubernetes.io/config.source"] == "file")
            #expect(first.metadata.labels == ["tier": "control"])
            let owner = try #require(first.metadata.ownerReferences.first)
            #expect(owner.kind == "Node" && owner.name == "node-1" && owner.controller == true)
            #expect(
                first.spec.tolerations.contains { $0.operator == "Exists" && $0.effect == "NoExecute" && $0.key == nil }
            )
            let container = try #require(first.main?.containerID)

            // A mirror that somebody deletes comes again; the pod goes on.
            try await node.cluster.delete(Pod.self, first.key)
            let again = try #require(
                try await node.wait("web-node-1") { pod in
                    pod != nil && pod?.uid != first.uid && pod?.conditionStatus("Ready") == "True"
                })
            #expect(again.main?.containerID == container && again.main?.restartCount == 0)
            #expect(try await node.log(kubelet, again) == "")

            // A changed file is another pod.
            try Self.write(Self.manifest("echo changed; exec sleep 1000"), node)
            let changed = try #require(
                try await node.wait("web-node-1") { pod in
                    pod?.mirroredUID != nil && pod?.mirroredUID != hash && pod?.conditionStatus("Ready") == "True"
                })
            #expect(changed.main?.containerID != container)
            #expect(try await node.log(kubelet, changed) == "changed\n")
            #expect(try await kubelet.runningPods() == ["web-node-1"])

            try FileManager.default.removeItem(atPath: node.directory + "/manifests/web.yaml")
            try await node.wait("web-node-1") { $0 == nil }
            #expect(try await kubelet.runningPods() == [])
        }
    }

    @Test func theyRunWithoutTheClusterAndAreTakenOver() async throws {
        let node = Self.node(97)
        try Self.write(Self.manifest("exec sleep 1000"), node)
        let runtime = try await node.runtime()
        var configuration = KubeletConfiguration(nodeName: "node-1", index: 97, directory: node.directory)
        configuration.staticPodPath = node.directory + "/manifests"
        // This world never hears of the cluster.
        let alone = NodeAgent(
            configuration, world: World(node.cluster), api: node.cluster, runtime: runtime,
            logger: Logger(label: "test"))
        let running = Task { try await alone.run() }
        var found: [RuntimeContainer] = []
        while found.first?.state != .running {
            try await Task.sleep(for: .milliseconds(20))
            found = try await runtime.listContainers()
        }
        #expect(node.cluster.objects(Pod.self).isEmpty)
        running.cancel()
        _ = try? await running.value
        let id = try #require(found.first?.id)

        try await node.with(runtime: runtime) { kubelet in
            let pod = try #require(try await node.wait("web-node-1") { $0?.conditionStatus("Ready") == "True" })
            #expect(pod.main?.containerID == "process://\(id)")
            #expect(try await kubelet.runningPods() == ["web-node-1"])
        }
    }

    @Test func whatIsNoPodIsSaidInTheKubeletsWords() {
        func problem(_ text: String) -> String {
            do throws(StaticPod.Malformed) {
                _ = try StaticPod.parse(Array(text.utf8), file: "/m/x", node: "n", now: Instant(nanoseconds: 0))
                return ""
            } catch { return error.description }
        }
        #expect(problem("apiVersion: v1\nkind: Secret") == "/m/x: couldn't parse as pod, please check config file")
        #expect(problem("{").hasPrefix("/m/x: couldn't parse as pod("))
        #expect(problem("apiVersion: v1\nkind: Pod\nspec: {}") == "invalid pod: name is needed for the pod")
        let named = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]"
        #expect(problem(named + "}") == "")
        #expect(
            problem(named + ", volumes: [{name: s, secret: {secretName: x}}]}")
                == "static pods may not reference secrets")
        #expect(
            problem("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}").hasPrefix(
                "invalid pod: spec.containers"))
    }
}
