import APIMachinery
import ContainerRuntime
import KubeAPI
import Testing

@testable import Kubelet

/// What the kernel is told of pods and containers.
@Suite struct ResourcePolicyTests {
    /// Containers by `requests/limits` of cpu and memory, such as `100m 64Mi / 200m 128Mi`; `-` is none.
    static func pod(_ containers: [String], ofPod: String? = nil, _ change: (inout Pod) -> Void = { _ in }) -> Pod {
        Pod { pod in
            pod.metadata.name = "web"
            pod.metadata.namespace = "default"
            pod.metadata.uid = "u"
            pod.metadata.generation = 1
            pod.spec.containers = containers.enumerated().map { index, text in
                Container {
                    $0.name = "c\(index + 1)"
                    $0.json["resources"] = resources(text)
                }
            }
            if let ofPod { pod.json["spec", "resources"] = resources(ofPod) }
            change(&pod)
        }
    }
    static func resources(_ text: String) -> JSON {
        let halves = text.split(separator: "/").map { $0.split(separator: " ").map(String.init) }
        var json = JSON.object
        for (kind, words) in zip(["requests", "limits"], halves) {
            var amounts = JSON.object
            for (name, word) in zip(["cpu", "memory"], words) where word != "-" { amounts[name] = JSON(word) }
            if !amounts.isEmpty { json[kind] = amounts }
        }
        return json
    }

    @Test func podsAreNamedByTheirClass() {
        let names = CgroupNames(root: "/skiff/node-1/")
        #expect(names.of(Self.pod(["1 1Gi / 1 1Gi"])) == "/skiff/node-1/kubepods/podu")
        #expect(names.of(Self.pod(["1 - / - -"])) == "/skiff/node-1/kubepods/burstable/podu")
        #expect(names.of(Self.pod(["- - / - -"])) == "/skiff/node-1/kubepods/besteffort/podu")
        #expect(CgroupNames(root: "/").pods == "/kubepods")
    }

    @Test func aContainersLimitsAreItsOwnOrItsPods() {
        let pod = Self.pod(["500m - / 1 64Mi", "- - / 250m -", "- - / - -"], ofPod: "1 1Gi / 2 1Gi")
        let policy = ResourcePolicy()
        let given = pod.spec.containers.map { policy.container($0, in: pod) }
        #expect(given[0] == LinuxResources(cpuShares: 512, cpuQuotaMicroseconds: 100_000, memoryLimitBytes: 64 << 20))
        // Without a request the limit is asked for.
        #expect(given[1] == LinuxResources(cpuShares: 256, cpuQuotaMicroseconds: 25_000, memoryLimitBytes: 1 << 30))
        #expect(given[2] == LinuxResources(cpuShares: 2048, cpuQuotaMicroseconds: 200_000, memoryLimitBytes: 1 << 30))
        let free = Self.pod(["- - / - -"])
        #expect(
            policy.container(free.spec.containers[0], in: free)
                == LinuxResources(cpuShares: 2, cpuQuotaMicroseconds: -1, memoryLimitBytes: -1))
    }

    @Test func aPodHasTheSumOfItsContainersWhereAllAreLimited() {
        let policy = ResourcePolicy(podPidsLimit: 100)
        #expect(
            policy.pod(Self.pod(["100m 32Mi / 200m 64Mi", "100m 32Mi / 300m 64Mi"]))
                == LinuxResources(
                    cpuShares: 204, cpuQuotaMicroseconds: 50_000, memoryLimitBytes: 128 << 20, pidsLimit: 100))
        #expect(
            policy.pod(Self.pod(["100m 32Mi / 200m 64Mi", "100m - / - 64Mi"]))
                == LinuxResources(cpuShares: 204, memoryLimitBytes: 128 << 20, pidsLimit: 100))
        #expect(policy.pod(Self.pod(["- - / - -"])) == LinuxResources(cpuShares: 2, pidsLimit: 100))
        #expect(
            policy.pod(Self.pod(["- - / - -"], ofPod: "1 1Gi / 2 2Gi"))
                == LinuxResources(
                    cpuShares: 1024, cpuQuotaMicroseconds: 200_000, memoryLimitBytes: 2 << 30, pidsLimit: 100))
        let overhead = Self.pod(["100m 32Mi / 200m 64Mi"]) {
            $0.json["spec", "overhead"] = ["cpu": "100m", "memory": "16Mi"]
        }
        #expect(
            policy.pod(overhead)
                == LinuxResources(
                    cpuShares: 204, cpuQuotaMicroseconds: 30_000, memoryLimitBytes: 80 << 20, pidsLimit: 100))
    }

    @Test func whoAskedForMoreMemoryIsKilledLater() {
        func score(_ pod: Pod, _ index: Int = 0) -> Int {
            OOMScore(pod, pod.spec.containers[index], memoryBytes: 1 << 30).value
        }
        #expect(score(Self.pod(["1 1Gi / 1 1Gi"])) == -997)
        #expect(score(Self.pod(["- - / - -"])) == 1000)
        #expect(score(Self.pod(["1 256Mi / - -"])) == 750)
        #expect(score(Self.pod(["1 - / - -"])) == 999)
        #expect(score(Self.pod(["1 10Gi / - -"])) == 3)
        #expect(score(Self.pod(["- - / - -"]) { $0.spec.priority = 2_000_001_000 }) == -997)
        // What the pod asks for beyond its containers is shared by them.
        #expect(score(Self.pod(["- 128Mi / - -", "- - / - -"], ofPod: "- 384Mi / - -")) == 750)
    }
}

/// The order of a resize: limits of containers always fit into the pod's.
@Suite struct ResizePlanTests {
    private func plan(_ before: [String], _ after: [String]) -> ResizePlan {
        let (old, new) = (ResourcePolicyTests.pod(before), ResourcePolicyTests.pod(after))
        let policy = ResourcePolicy()
        let changes = zip(old.spec.containers, new.spec.containers).map { one, other in
            ResizePlan.Change(
                name: one.name ?? "", id: "id-\(one.name ?? "")", before: GrantedResources(one, in: old),
                after: GrantedResources(other, in: new))
        }
        return ResizePlan(before: policy.pod(old), after: policy.pod(new), changes)
    }
    private func show(_ plan: ResizePlan) -> [String] {
        plan.orders.map { order in
            func text(_ resources: LinuxResources) -> String {
                [
                    resources.cpuShares.map { "shares=\($0)" }, resources.cpuQuotaMicroseconds.map { "quota=\($0)" },
                    resources.memoryLimitBytes.map { "memory=\($0 >> 20)Mi" },
                ].compactMap(\.self).joined(separator: " ")
            }
            return switch order {
            case .pod(let resources): "pod " + text(resources)
            case .container(let name, _, let resources): "\(name) " + text(resources)
            }
        }
    }

    @Test func thePodGrowsFirst() {
        #expect(
            show(plan(["100m 64Mi / 100m 64Mi"], ["200m 128Mi / 200m 128Mi"])) == [
                "pod memory=128Mi", "c1 memory=128Mi", "pod quota=20000", "pod shares=204", "c1 shares=204 quota=20000",
            ])
    }
    @Test func thePodShrinksLast() {
        let plan = plan(["200m 128Mi / 200m 128Mi"], ["100m 64Mi / 100m 64Mi"])
        #expect(
            show(plan) == [
                "c1 memory=64Mi", "pod memory=64Mi", "c1 shares=102 quota=10000", "pod shares=102", "pod quota=10000",
            ])
        #expect(
            plan.decreases == [
                .init(container: nil, bytes: 64 << 20), .init(container: "c1", bytes: 64 << 20),
            ])
    }
    @Test func containersThatShrinkComeBeforeThoseThatGrow() {
        let plan = plan(
            ["100m 64Mi / 100m 64Mi", "100m 64Mi / 100m 64Mi"], ["150m 96Mi / 150m 96Mi", "50m 32Mi / 50m 32Mi"])
        #expect(
            show(plan) == [
                "c2 memory=32Mi", "c1 memory=96Mi", "c2 shares=51 quota=5000", "c1 shares=153 quota=15000",
            ])
        #expect(plan.decreases == [.init(container: "c2", bytes: 32 << 20)])
    }
    @Test func requestsAloneChangeSharesOnly() {
        #expect(
            show(plan(["100m 64Mi / 1 128Mi"], ["200m 96Mi / 1 128Mi"])) == [
                "pod shares=204", "c1 shares=204 quota=100000",
            ])
    }
}
