import APIMachinery
import ControlLoops
import KubeAPI
import Logging
import LoopTestKit
import Testing

@testable import KubeProxy

@Suite struct HostPortTests {
    private let proxy = HostPortProxy(
        world: Harness().world, addresses: ["n": ["10.244.0.1", "127.0.0.1"], "m": ["10.244.1.1", "127.0.0.1"]],
        logger: Logger(label: "test"))

    private func pod(_ ports: [JSON], node: String = "n", _ change: (inout Pod) -> Void = { _ in }) -> Pod {
        var pod = Pod([
            "metadata": ["name": "p", "namespace": "default"],
            "spec": ["nodeName": JSON(node), "containers": [["name": "c", "ports": JSON(ports)]]],
            "status": ["phase": "Running", "podIP": "10.244.0.7"],
        ])
        change(&pod)
        return pod
    }
    private func places(_ pod: Pod) -> Set<String> {
        Set(proxy.listeners(of: pod).map { "\($0.key) → \($0.value.backends)" })
    }

    @Test func aHostPortIsOpenWhereItSays() {
        #expect(
            places(pod([["containerPort": 80, "hostPort": 8000], ["containerPort": 81]])) == [
                "10.244.0.1:8000/TCP → [10.244.0.7:80]", "127.0.0.1:8000/TCP → [10.244.0.7:80]",
            ])
        #expect(
            places(pod([["containerPort": 53, "hostPort": 5353, "protocol": "UDP", "hostIP": "10.244.0.1"]]))
                == ["10.244.0.1:5353/UDP → [10.244.0.7:53]"])
        #expect(places(pod([["containerPort": 1, "hostPort": 1, "hostIP": "0.0.0.0"]], node: "m")).count == 2)
        #expect(places(pod([["containerPort": 1, "hostPort": 1, "protocol": "SCTP"]])).isEmpty)
    }

    @Test func onlyAPodThatIsHereAndLivesHasIt() {
        let ports: [JSON] = [["containerPort": 80, "hostPort": 8000]]
        #expect(places(pod(ports, node: "elsewhere")).isEmpty)
        #expect(places(pod(ports) { $0.spec.hostNetwork = true }).isEmpty)
        #expect(places(pod(ports) { $0.status.phase = "Succeeded" }).isEmpty)
        #expect(places(pod(ports) { $0.status.podIP = nil }).isEmpty)
    }
}
