import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import Foundation
import Glibc
import KubeAPI
import Testing

@testable import ContainerRuntime
@testable import Kubelet

/// Random pods with real containers, made, ended and killed; afterwards the machine is as it was.
@Suite(
    .enabled(
        if: ContainerdNode.obstacle == nil,
        "containers need root, containerd, runc and the CNI plugins: \(ContainerdNode.obstacle ?? "")"),
    .timeLimit(.minutes(20)))
struct ContainerLifecycleTests {
    /// CONTAINER_LIFECYCLES=200 in `make test-long`; else it is left out, as a busy machine may take more than it waits.
    private static let count =
        ProcessInfo.processInfo.environment["CONTAINER_LIFECYCLES"].flatMap { Int($0) } ?? 20
    private static let atOnce = 5
    private static let scripts = [
        "exit 0", "exit 3", "exec sleep 1000", "trap 'exit 0' TERM; while :; do sleep 0.1; done", "sleep 1; exit 1",
        "sleep 1000 & sleep 1000 & wait",
    ]

    @Test(.enabled(if: ProcessInfo.processInfo.environment["CONTAINER_LIFECYCLES"] != nil))
    func nothingIsLeftOfPodsWhateverBecomesOfThem() async throws {
        let containerd = try await ContainerdNode()
        let node = containerd.node
        let before = Held(node.cgroupRoot)
        var dice = SplitMix64(seed: 42)
        let plans = (0..<Self.count).map { number in
            (
                number, script: Self.scripts.randomElement(using: &dice) ?? "exit 0",
                fate: Int.random(in: 0..<5, using: &dice),
                Int.random(in: 0..<1_500, using: &dice)
            )
        }
        try await containerd.with { kubelet in
            var waiting = plans[...]
            try await withThrowingTaskGroup(of: Void.self) { group in
                func startNext() {
                    guard let (number, script, fate, milliseconds) = waiting.popFirst() else { return }
                    group.addTask {
                        try await Self.live(number, script, fate, milliseconds, containerd)
                    }
                }
                for _ in 0..<Self.atOnce { startNext() }
                while try await group.next() != nil { startNext() }
            }
            await ContainerdNode.waitUntilEmpty(kubelet)
        }
        #expect(containerd.leases() == [])
        let left = try await containerd.end()
        #expect(left == [], "\(left)")
        let after = Held(node.cgroupRoot)
        #expect(after.links == before.links)
        #expect(after.cgroups == [] && after.rules == before.rules)
    }

    /// One pod: deleted at once or after a while, deleted by force, or with its shim (also before anything runs) or containerd
    /// killed meanwhile.
    private static func live(
        _ number: Int, _ script: String, _ fate: Int, _ milliseconds: Int, _ containerd: ContainerdNode
    ) async throws {
        let node = containerd.node
        let name = "pod-\(number)"
        let pod = try await node.pod(name, script: script)
        if fate == 4 {
            // As soon as it has one, which is before its container runs or about then.
            while !containerd.killShim(of: pod.uid) { try await Task.sleep(for: .milliseconds(5)) }
        }
        if fate > 0 {
            try await node.wait(name) { $0?.phase != "Pending" }
            try await Task.sleep(for: .milliseconds(milliseconds))
        }
        if fate == 2 { containerd.killShim(of: pod.uid) }
        if fate == 3, number % 5 == 0 { containerd.killContainerd() }
        let options = DeletionOptions(gracePeriodSeconds: number % 3 == 0 ? 0 : nil)
        try await node.cluster.delete(Pod.self, pod.key, options)
        try await node.wait(name) { $0 == nil }
    }

    /// What the kernel holds for pods.
    private struct Held {
        let links: [String]
        let rules: Int
        let cgroups: [String]

        init(_ cgroupRoot: String) {
            links = SystemCall.names(in: "/sys/class/net").filter { $0.hasPrefix("veth") }.sorted()
            rules = SystemCall.names(in: "/proc/sys/net/ipv4/conf").count { $0.hasPrefix("veth") }
            cgroups = SystemCall.names(in: "/sys/fs/cgroup").flatMap { controller in
                SystemCall.names(in: "/sys/fs/cgroup/\(controller)\(cgroupRoot)").map { "\(controller)/\($0)" }
            }.filter { $0.contains("kubepods") }
        }
    }
}

extension ContainerdNode {
    /// The addresses that pods hold, one each as long as its network is there.
    func leases() -> [String] {
        let files = FileManager.default.enumerator(atPath: directory + "/leases")?.compactMap { $0 as? String } ?? []
        return files.filter { $0.split(separator: "/").last?.hasPrefix("10.") == true }
    }
    private func kill(where isWanted: (String) -> Bool) {
        for process in SystemCall.names(in: "/proc") {
            guard let number = pid_t(process), number > 1 else { continue }
            let words = String(decoding: SystemCall.contents(of: "/proc/\(process)/cmdline") ?? [], as: UTF8.self)
            if isWanted(words) { Glibc.kill(number, SIGKILL) }
        }
    }
    /// The shim of a pod; false while it has none.
    @discardableResult
    func killShim(of uid: String) -> Bool {
        let folder = directory + "/runtime/sandboxes"
        let sandbox = SystemCall.names(in: folder).first { id in
            let record = SystemCall.contents(of: "\(folder)/\(id)/sandbox.json") ?? []
            return String(decoding: record, as: UTF8.self).contains("\"uid\":\"\(uid)\"")
        }
        guard let sandbox else { return false }
        kill { $0.contains("containerd-shim") && $0.contains(sandbox) }
        return true
    }
    func killContainerd() {
        kill { $0.contains("config.toml") && $0.contains(containerd.socket.dropLast("/containerd.sock".count)) }
    }
}
