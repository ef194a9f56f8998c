import APIMachinery
@testable import KubeAPI
import Testing

@testable import Kubelet

/// Native sidecars (KEP-753): what the status says, and what `kubectl get` prints of it, while they run, die and come
/// back.
@Suite struct SidecarTests {
    private func bench(_ policy: String = "Always", mainFails: Bool = false) -> DecisionBench {
        var bench = DecisionBench { pod in
            pod.spec.restartPolicy = policy
            pod.spec.initContainers = [
                Container { $0.name = "setup" },
                Container {
                    $0.name = "proxy"
                    $0.restartPolicy = "Always"
                },
            ]
        }
        _ = bench.prepare()
        _ = bench.started("setup")
        _ = bench.ended("setup", code: 0)
        _ = bench.started("proxy")
        _ = bench.started("main")
        return bench
    }
    private func printed(_ bench: DecisionBench) -> String {
        let summary = PodSummary(bench.pod.with(bench.status).json)
        return "\(summary.readyContainers)/\(summary.totalContainers) \(summary.status)"
    }
    private func condition(_ bench: DecisionBench, _ type: String) -> String? {
        bench.status.conditions.first { $0.type == type }?.status
    }

    @Test func aDeadSidecarMakesThePodUnreadyButNotUninitialized() {
        var bench = bench()
        #expect(printed(bench) == "2/2 Running")
        #expect(condition(bench, "Ready") == "True")
        // It runs again at once, and is waited for by nobody.
        #expect(bench.ended("proxy", code: 1) == [.pull(container: "proxy")])
        #expect(condition(bench, "Ready") == "False")
        #expect(
            bench.status.conditions.first { $0.type == "ContainersReady" }?.message
                == "containers with unready status: [proxy]")
        #expect(condition(bench, "Initialized") == "True")
        #expect(bench.status.phase == "Running")
        // As Kubernetes prints it: the pod counts as initialized, and yet the sidecar is told of.
        #expect(printed(bench) == "1/2 Init:Error")
        _ = bench.started("proxy")
        // Again, and now it has to wait.
        #expect(bench.ended("proxy", code: 1) == [])
        #expect(condition(bench, "Initialized") == "True")
        #expect(bench.status.phase == "Running")
        // The main container runs again beside it.
        #expect(bench.ended("main", code: 1) == [.pull(container: "main")])
        bench.pass(10)
        #expect(bench.decide() == [.pull(container: "proxy")])
    }

    @Test(arguments: [("Never", 0, "Succeeded"), ("Never", 3, "Failed"), ("OnFailure", 0, "Succeeded")])
    func aPodEndsWithItsSidecars(_ policy: String, _ code: Int, _ phase: String) {
        var bench = bench(policy)
        #expect(
            bench.ended("main", code: code)
                == [.stop(container: "proxy", id: "proxy-2", graceSeconds: 30, message: "Stopping container proxy")])
        #expect(bench.status.phase == "Running")
        #expect(bench.ended("proxy", code: 137) == [.stopSandbox(id: "s")])
        #expect(bench.status.phase == phase)
        #expect(condition(bench, "Initialized") == "True")
        #expect(condition(bench, "Ready") == "False")
        #expect(printed(bench) == (code == 0 ? "0/2 Completed" : "0/2 Error"))
    }

    @Test func aDeletedPodTellsItsEndWhenAllHasEnded() {
        var bench = bench()
        bench.delete(grace: 30)
        #expect(
            bench.decide() == [
                .stop(container: "main", id: "main-3", graceSeconds: 30, message: "Stopping container main")
            ])
        _ = bench.ended("main", code: 0)
        #expect(bench.status.phase == "Running")
        #expect(printed(bench) == "1/2 Terminating")
        _ = bench.ended("proxy", code: 0)
        #expect(bench.status.phase == "Succeeded")
    }

    @Test func aDeadlineIsToldWhenNothingRunsAnyMore() {
        var bench = DecisionBench { $0.spec.activeDeadlineSeconds = 60 }
        _ = bench.prepare()
        _ = bench.started("main")
        bench.pass(60)
        _ = bench.decide()
        #expect(bench.status.phase == "Running")
        #expect(bench.status.reason == nil)
        _ = bench.ended("main", code: 137)
        #expect(bench.status.phase == "Failed")
        #expect(bench.status.reason == "DeadlineExceeded")
    }
}
