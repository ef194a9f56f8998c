import Foundation
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct ExplainSchedulingTests {
        /// The command asks the running cluster, and a profile of the file decides.
        @Test func theCommandTellsWhatEveryNodeIsToAPod() throws {
            let file = FileManager.default.temporaryDirectory.path + "/scheduler-\(UUID().uuidString).yaml"
            try """
            apiVersion: kubescheduler.config.k8s.io/v1
            kind: KubeSchedulerConfiguration
            profiles:
            - schedulerName: default-scheduler
            - schedulerName: second
              pluginConfig:
              - {name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}
            """.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let cluster = try ClusterProcess(["--nodes", "2", "--scheduler-config", file])
            defer { cluster.remove() }
            try cluster.start()
            let manifest = """
                apiVersion: v1
                kind: Pod
                metadata: {name: huge}
                spec:
                  schedulerName: second
                  containers: [{name: c, image: busybox, resources: {requests: {cpu: "5000"}}}]
                """
            try cluster.kubectlDone("apply", "-f", "-", input: manifest)
            func explain(_ arguments: String...) throws -> ProgramResult {
                try Program.run(
                    ClusterProcess.binary,
                    ["explain-scheduling", "--kubeconfig", "\(cluster.directory)/admin.conf"] + arguments)
            }
            try wait("the scheduler to have tried") { try explain("huge").output.contains("unschedulable") }
            let told = try explain("huge")
            #expect(told.output.contains("Pod default/huge of second: unschedulable"))
            #expect(told.output.contains("0/2 nodes are available: 2 Insufficient cpu."))
            #expect(told.output.components(separatedBy: "NodeResourcesFit: Insufficient cpu").count == 3)
            #expect(try explain("huge", "-o", "json").output.contains("\"fits\":false"))
            let nobody = try explain("nobody")
            #expect(nobody.exitCode != 0 && nobody.errors.contains("pods \"nobody\" not found"))
        }
    }
}
