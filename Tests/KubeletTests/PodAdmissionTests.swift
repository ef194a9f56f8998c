import APIMachinery
import ControlLoops
import KubeAPI
import Testing

@testable import Kubelet

/// Pods that were bound to a node on which they do not belong.
@Suite struct PodAdmissionTests {
    private static func pod(_ json: JSON, labels: [String: String] = [:]) -> Pod {
        var pod = Pod(["metadata": ["name": "p", "namespace": "default", "uid": "u"], "spec": json])
        if !labels.isEmpty { pod.metadata.labels = labels }
        return pod
    }
    private static func asking(_ requests: JSON, ports: [JSON] = []) -> JSON {
        ["containers": [["name": "main", "resources": ["requests": requests], "ports": JSON(ports)]]]
    }
    private static let node = Node([
        "metadata": ["name": "n", "labels": ["zone": "a"]],
        "spec": [
            "taints": [["key": "gpu", "value": "yes", "effect": "NoExecute"], ["key": "x", "effect": "NoSchedule"]]
        ],
        "status": ["allocatable": ["cpu": "2", "memory": "1Gi", "ephemeral-storage": "10Gi", "pods": "3"]],
    ])
    private static func refusal(_ spec: JSON, labels: [String: String] = [:]) -> String? {
        var spec = spec
        if spec["tolerations"] == nil { spec["tolerations"] = [["operator": "Exists"]] }
        let other = pod(
            asking(
                ["cpu": "1500m"], ports: [["hostPort": 80], ["hostPort": 53, "protocol": "UDP", "hostIP": "10.0.0.1"]]))
        return PodAdmission(node: node, others: [other]).refusal(pod(spec, labels: labels)).map {
            "\($0.reason): \($0.message)"
        }
    }

    @Test(
        arguments: [
            (["cpu": "500m"] as JSON, nil),
            (
                ["cpu": "501m"],
                "OutOfcpu: Node didn't have enough resource: cpu, requested: 501, used: 1500, capacity: 2000"
            ),
            (
                ["memory": "2Gi"],
                "OutOfmemory: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824"
            ),
            (
                ["cpu": "1", "memory": "2Gi"],
                "OutOfcpu: Node didn't have enough resource: cpu, requested: 1000, used: 1500, capacity: 2000"
            ), (["example.com/gpu": "4"], nil),
        ] as [(JSON, String?)]) func resourcesMustSuffice(_ requests: JSON, _ why: String?)
    {
        #expect(Self.refusal(Self.asking(requests)) == why)
    }

    @Test func aPodMustBelongToTheNode() {
        let affinity = "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
        let ports = "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
        let rows: [(JSON, String?)] = [
            (["nodeSelector": ["zone": "a"]], nil), (["nodeSelector": ["zone": "b"]], affinity),
            (Self.asking([:], ports: [["hostPort": 80]]), ports),
            (Self.asking([:], ports: [["hostPort": 80, "protocol": "UDP"]]), nil),
            (Self.asking([:], ports: [["hostPort": 53, "protocol": "UDP", "hostIP": "10.0.0.2"]]), nil),
            (Self.asking([:], ports: [["hostPort": 53, "protocol": "UDP"]]), ports),
            (
                ["os": ["name": "windows"]],
                "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS"
            ),
            (
                ["tolerations": [["key": "other", "operator": "Exists"]]],
                "TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"
            ), (["tolerations": [["key": "gpu", "value": "yes"]]], nil),
        ]
        for (spec, why) in rows { #expect(Self.refusal(spec) == why, "\(spec)") }
        #expect(
            Self.refusal([:], labels: ["kubernetes.io/os": "windows"])?.hasPrefix("PodOSSelectorNodeLabelDoesNotMatch")
                == true)
        let full = PodAdmission(node: Self.node, others: Array(repeating: Self.pod([:]), count: 3))
        #expect(
            full.refusal(Self.pod([:]))
                == .init(
                    reason: "OutOfpods",
                    message: "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"))
    }

    @Test func settingsOfTheKernelMustBeSafe() {
        func refusal(_ name: String, hostNetwork: Bool = false, hasNetworks: Bool = true) -> String? {
            let pod = Self.pod([
                "hostNetwork": JSON(hostNetwork), "securityContext": ["sysctls": [["name": JSON(name), "value": "1"]]],
            ])
            return PodAdmission(node: nil, others: [], hasNetworks: hasNetworks).refusal(pod).map {
                "\($0.reason): \($0.message)"
            }
        }
        let port = "net.ipv4.ip_unprivileged_port_start"
        let network = "SysctlForbidden: forbidden sysctl: \"\(port)\" not allowed with host Net enabled"
        #expect(refusal("kernel.shm_rmid_forced") == nil && refusal("kernel/shm_rmid_forced") == nil)
        #expect(refusal("kernel.msgmax") == "SysctlForbidden: forbidden sysctl: \"kernel.msgmax\" not allowlisted")
        #expect(refusal(port) == nil)
        #expect(refusal(port, hostNetwork: true) == network && refusal(port, hasNetworks: false) == network)
    }

    @Test func initContainersAndSidecarsCount() {
        func container(_ cpu: String, isSidecar: Bool = false) -> JSON {
            var container: JSON = ["resources": ["requests": ["cpu": JSON(cpu)]]]
            if isSidecar { container["restartPolicy"] = "Always" }
            return container
        }
        let spec: JSON = [
            "initContainers": [
                container("100m", isSidecar: true), container("900m"), container("50m", isSidecar: true),
            ],
            "containers": [container("300m"), container("200m")], "overhead": ["cpu": "10m"],
        ]
        #expect(PodRequests(["spec": spec]).amounts == ["cpu": 1010])
        var whole = spec
        whole["resources"] = ["requests": ["cpu": "1500m"]]
        #expect(PodRequests(["spec": whole]).amounts == ["cpu": 1510])
    }

    /// Through a node: it never makes anything of the pod, and says why.
    @Test func aRefusedPodFailsWithTheReason() async throws {
        let fixture = NodeFixture(index: 97)
        try await fixture.with { _ in
            let node = ObjectKey(name: "node-1")
            try await fixture.world.cache(Node.resource).wait(until: node) { $0?["status", "allocatable"] != nil }
            try await fixture.pod("big", script: "sleep 1000") { pod in
                pod.spec.containers[0].resources = ResourceRequirements { $0.requests = ["cpu": "10000"] }
            }
            let status = try #require(try await fixture.wait("big") { $0?.phase == "Failed" }?.status)
            #expect(status.reason == "OutOfcpu")
            #expect(status.message?.hasPrefix("Pod was rejected: Node didn't have enough resource: cpu") == true)
            #expect(status.containerStatuses.isEmpty)
            while !fixture.events.contains(where: { $0.reason == "OutOfcpu" && $0.type == "Warning" }) {
                await Task.yield()
            }
        }
    }

    @Test func onlySafeKernelParametersMayBeSetUnlessTheNodeAllowsMore() {
        func refusal(_ names: [String], _ spec: JSON = .object, allowed: [String] = []) -> String? {
            var spec = spec
            spec["tolerations"] = [["operator": "Exists"]]
            spec["securityContext"] = ["sysctls": JSON(names.map { ["name": JSON($0), "value": "1"] })]
            let sysctls = SysctlAllowlist(unsafeOnes: allowed)
            let admission = PodAdmission(node: Self.node, others: [], sysctls: sysctls)
            return admission.refusal(Self.pod(spec)).map { "\($0.reason): \($0.message)" }
        }
        #expect(refusal(["net.ipv4.tcp_syncookies", "kernel/shm_rmid_forced"]) == nil)
        #expect(
            refusal(["net.ipv4.tcp_syncookies", "kernel.msgmax"])
                == "SysctlForbidden: forbidden sysctl: \"kernel.msgmax\" not allowlisted")
        #expect(
            refusal(["kernel.msgmax", "net/core/somaxconn"], allowed: ["kernel.msg*", "net.core.somaxconn"]) == nil)
        #expect(
            refusal(["net/ipv4/conf/eth0.1/forwarding"])
                == "SysctlForbidden: forbidden sysctl: \"net.ipv4.conf.eth0/1.forwarding\" not allowlisted")
        #expect(
            refusal(["net.ipv4.tcp_rmem"], ["hostNetwork": true])
                == "SysctlForbidden: forbidden sysctl: \"net.ipv4.tcp_rmem\" not allowed with host Net enabled")
        #expect(
            refusal(["kernel.shm_rmid_forced"], ["hostIPC": true])
                == "SysctlForbidden: forbidden sysctl: \"kernel.shm_rmid_forced\" not allowed with host IPC enabled")
    }
}
