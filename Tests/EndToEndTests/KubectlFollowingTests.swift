import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// kubectl's commands that stay and show what happens: `logs -f`, `get -w`; and apply on the server.
    @Suite(.serialized) struct KubectlFollowingTests {
        /// A pod that runs one script to its end.
        static func job(_ name: String, _ script: String) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), labels: {app: \(name)}}
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              containers:
              - {name: main, image: busybox, command: [sh, -c, "\(script)"]}
            """
        }

        @Test func logsFollowAContainerToItsEndAcrossRotations() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            // 30 MB of lines in three bursts: more than two log files are full before the end.
            let count = 240_000
            let filling = String(repeating: "x", count: 100)
            let script =
                "for burst in 0 1 2; do seq -f 'line %.0f \(filling)' $((burst * \(count / 3) + 1)) "
                + "$(((burst + 1) * \(count / 3))); sleep 1; done; echo over"
            try cluster.kubectlDone("apply", "-f", "-", input: Self.job("talker", script))
            try cluster.kubectlDone("wait", "--for=jsonpath={.status.phase}=Running", "pod/talker", "--timeout=30s")
            let followed = try cluster.kubectl("logs", "-f", "talker")
            #expect(followed.exitCode == 0, "\(followed.errors)")
            let lines = followed.output.split(separator: "\n")
            #expect(lines.count == count + 1)
            #expect(lines.last == "over")
            let numbers = lines.dropLast().map { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? -1 }
            #expect(numbers == Array(1...count), "a line is missing, twice or out of order")
            let files = try Program.run("find", [cluster.directory, "-path", "*talker*", "-name", "*.log*"]).output
            #expect(files.split(separator: "\n").count >= 3, "the log was never rotated: \(files)")
            // Afterwards the end can still be read, as far back as asked.
            let tail = try cluster.kubectlDone("logs", "talker", "--tail=2")
            #expect(tail == "line \(count) \(filling)\nover")
        }

        @Test func logsFollowShowsLinesAsTheyAreWritten() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone(
                "apply", "-f", "-",
                input: Self.job("slow", "echo one; while [ ! -e /go ]; do sleep 0.1; done; echo two"))
            try cluster.kubectlDone("wait", "--for=condition=Ready", "pod/slow", "--timeout=30s")
            let following = try cluster.startKubectl("logs", "-f", "slow")
            try wait("the first line") { following.output == "one\n" }
            #expect(following.isRunning)
            try cluster.kubectlDone("exec", "slow", "--", "touch", "/go")
            #expect(try following.result(timeoutSeconds: 30).output == "one\ntwo\n")
        }

        @Test func getWatchShowsEveryStep() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            let pods = try cluster.startKubectl("get", "pods", "-w")
            let wide = try cluster.startKubectl("get", "deployments", "-w", "-o", "wide")
            let events = try cluster.startKubectl("get", "pods", "-w", "--output-watch-events")
            // Nothing is there to be listed first; give the watches time to begin.
            usleep(2_000_000)
            try cluster.kubectlDone("apply", "-f", "-", input: KubectlTests.web)
            try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
            try wait("the pods' steps to be shown") {
                ["Pending", "ContainerCreating", "1/1     Running"].allSatisfy { pods.output.contains($0) }
            }
            try cluster.kubectlDone("delete", "deployment", "web", "--timeout=60s")
            try wait("the end to be shown") { pods.output.contains("Terminating") }
            try wait("the deletions to be shown") {
                events.output.split(separator: "\n").count { $0.hasPrefix("DELETED") } == 2
            }
            #expect(pods.output.hasPrefix("NAME "))
            #expect(wide.output.contains("CONTAINERS"))
            #expect(wide.output.contains("2/2"))
            #expect(pods.isRunning && wide.isRunning && events.isRunning)
        }

        @Test func appliesOnTheServerWithOwnership() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            func apply(_ text: String, _ options: String...) throws -> ProgramResult {
                try cluster.kubectl(["apply", "--server-side", "-f", "-"] + options, input: text)
            }
            func owners() throws -> [String] {
                let object = try JSON(
                    parsing: try cluster.kubectlDone(
                        "get", "deployment", "web", "-o", "json", "--show-managed-fields"))
                return (object["metadata", "managedFields"]?.elements ?? []).filter {
                    $0["fieldsV1", "f:spec", "f:replicas"] != nil
                }.map { "\($0["manager"]?.string ?? "") \($0["operation"]?.string ?? "")" }
            }
            let made = try apply(KubectlTests.web)
            #expect(made.text == "deployment.apps/web serverside-applied", "\(made.errors)")
            #expect(try owners() == ["kubectl Apply"])
            #expect(try apply(KubectlTests.web).exitCode == 0)

            let other = KubectlTests.web.replacingOccurrences(of: "replicas: 2", with: "replicas: 3")
            let refused = try apply(other, "--field-manager=other")
            #expect(refused.exitCode == 1)
            #expect(
                refused.errors.contains(
                    "Apply failed with 1 conflict: conflict with \"kubectl\": .spec.replicas"), "\(refused.errors)")
            #expect(try cluster.kubectlDone("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "2")

            let forced = try apply(other, "--field-manager=other", "--force-conflicts")
            #expect(forced.exitCode == 0, "\(forced.errors)")
            #expect(try owners() == ["other Apply"])
            #expect(try cluster.kubectlDone("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "3")

            // Whoever scales by hand takes the field over, and an apply by the former owner conflicts.
            try cluster.kubectlDone("scale", "deployment/web", "--replicas=1")
            #expect(try owners() == ["kubectl Update"])
            #expect(try apply(other, "--field-manager=other").exitCode == 1)
        }

        /// Of metadata only annotations count, as they are copied to ReplicaSets (so Kubernetes' strategy for Deployments).
        @Test func generationCountsChangesOfTheSpecAndOfAnnotations() throws {
            let cluster = try ClusterProcess()
            defer { cluster.remove() }
            try cluster.start()
            func state() throws -> String {
                try cluster.kubectlDone(
                    "get", "deployment", "web", "-o",
                    #"jsonpath={.metadata.generation} {.status.observedGeneration} {.metadata.annotations.deployment\.kubernetes\.io/revision}"#
                )
            }
            try cluster.kubectlDone("create", "-f", "-", input: KubectlTests.web)
            try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
            #expect(try state() == "1 1 1")
            try cluster.kubectlDone("label", "deployment/web", "tier=front")
            #expect(try state() == "1 1 1")
            try cluster.kubectlDone("scale", "deployment/web", "--replicas=3")
            try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
            #expect(try state() == "2 2 1")
            try cluster.kubectlDone("annotate", "deployment/web", "note=one")
            try wait("the controller to see the annotation") { try state() == "3 3 1" }
            try cluster.kubectlDone("set", "image", "deployment/web", "web=busybox:1.36")
            try cluster.kubectlDone("rollout", "status", "deployment/web", "--timeout=60s")
            #expect(try state() == "4 4 2")
        }
    }
}
