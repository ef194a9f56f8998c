import Foundation
import Testing

@testable import ContainerRuntime

/// What is mounted decides which control groups there are.
@Suite struct CgroupLayoutTests {
    @Test func controllersAreFoundByTheirMounts() throws {
        let hybrid = """
            364 1 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
            366 364 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
            369 364 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            370 364 0:32 /a/b /var/lib/thing/sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            373 364 0:36 / /sys/fs/cgroup/pids rw shared:9 - cgroup cgroup rw,pids
            374 364 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
            375 364 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """
        #expect(
            CgroupLayout(mountInfo: hybrid)
                == .version1([
                    "cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct",
                    "memory": "/sys/fs/cgroup/memory", "pids": "/sys/fs/cgroup/pids",
                ]))
        let unified = "30 1 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
        #expect(CgroupLayout(mountInfo: unified) == .version2("/sys/fs/cgroup"))
        #expect(CgroupLayout(mountInfo: "25 1 0:23 / /proc rw - proc proc rw\nnonsense\n1 2 - cgroup") == nil)
    }

    @Test func sharesQuotasAndWeightsAreKubernetes() {
        #expect([0, 1, 100, 1000, 10_000_000].map(LinuxResources.shares) == [2, 2, 102, 1024, 262_144])
        #expect([0, 5, 15, 1000, 2500].map(LinuxResources.quota) == [-1, 1000, 1500, 100_000, 250_000])
        #expect([2, 102, 1024, 2048, 262_144].map(LinuxResources.weight) == [1, 17, 100, 174, 10_000])
    }
}

/// Version 2 over files that stand for the kernel's.
@Suite struct UnifiedCgroupTests {
    let place = FileManager.default.temporaryDirectory.path + "/cgroup-" + UUID().uuidString
    var tree: CgroupTree { CgroupTree(.version2(place)) }

    private func put(_ text: String, _ file: String) throws {
        let path = "\(place)/\(file)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }
    private func get(_ file: String) -> String {
        (try? String(contentsOfFile: "\(place)/\(file)", encoding: .utf8)) ?? ""
    }

    @Test func controllersArePassedDownWhereTheyAreNotYet() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        try put("cpuset cpu io memory pids\n", "cgroup.controllers")
        try put("memory\n", "cgroup.subtree_control")
        try put("memory pids\n", "kubepods/cgroup.controllers")
        try put("", "kubepods/cgroup.subtree_control")
        try tree.make("/kubepods/pod1")
        #expect(get("cgroup.subtree_control").hasPrefix("+cpu +pids"))
        #expect(get("kubepods/cgroup.subtree_control") == "+memory +pids")
        #expect(tree.children("/kubepods") == ["pod1"])
    }

    @Test func limitsAreWrittenInVersion2sWords() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        for file in ["cpu.weight", "cpu.max", "memory.max", "pids.max", "memory.oom.group", "memory.swap.max"] {
            try put("", "pod/\(file)")
        }
        try tree.set(
            "/pod",
            LinuxResources(cpuShares: 1024, cpuQuotaMicroseconds: 50_000, memoryLimitBytes: 1 << 20, pidsLimit: 7))
        tree.setAsContainer("/pod")
        #expect(get("pod/cpu.weight") == "100")
        #expect(get("pod/cpu.max") == "50000 100000")
        #expect(get("pod/memory.max") == "1048576")
        #expect(get("pod/pids.max") == "7")
        #expect(get("pod/memory.oom.group") == "1")
        #expect(get("pod/memory.swap.max") == "0")
        #expect(tree.memoryLimit("/pod") == 1 << 20)
        #expect(tree.cpuQuota("/pod") == 50_000)
        for file in ["cpu.max", "memory.max", "pids.max"] { try put("", "pod/\(file)") }
        let none = LinuxResources.unlimited
        try tree.set("/pod", LinuxResources(cpuQuotaMicroseconds: none, memoryLimitBytes: none, pidsLimit: none))
        #expect(get("pod/cpu.max") == "max 100000")
        #expect([get("pod/memory.max"), get("pod/pids.max")] == ["max", "max"])
        #expect(tree.memoryLimit("/pod") == none && tree.cpuQuota("/pod") == none)
    }

    @Test func whatIsUsedIsReadFromVersion2sFiles() throws {
        defer { try? FileManager.default.removeItem(atPath: place) }
        #expect(tree.usage("/pod") == nil)
        try put("usage_usec 1500\nuser_usec 1000\n", "pod/cpu.stat")
        try put("900000\n", "pod/memory.current")
        try put("anon 300000\nfile 600000\ninactive_file 400000\n", "pod/memory.stat")
        try put("low 0\noom 3\noom_kill 2\n", "pod/memory.events")
        try put("4\n", "pod/pids.current")
        let usage = try #require(tree.usage("/pod"))
        #expect(usage.processorNanoseconds == 1_500_000 && usage.memoryBytes == 900_000 && usage.processes == 4)
        #expect(usage.workingSetBytes == 500_000 && usage.residentBytes == 300_000)
        #expect(tree.outOfMemoryKills("/pod") == 2)
    }
}

/// Containers in the machine's own control groups.
@Suite(.enabled(if: ownCgroups != nil)) struct ContainerCgroupTests {
    let path = "/skiff-test-\(UUID().uuidString.prefix(8))"

    /// A runtime with limits, a sandbox with a cgroup, and the end of both.
    private func with(
        _ body: (RuntimeFixture, ProcessRuntime, Sandbox, CgroupTree) async throws -> Void
    ) async throws {
        let tree = try #require(ownCgroups)
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open { $0.cgroups = tree }
        try tree.make(path + "/pod")
        var configuration = SandboxConfiguration(name: "pod", namespace: "default", uid: "1")
        configuration.logDirectory = fixture.directory + "/logs"
        configuration.cgroupParent = path + "/pod"
        let sandbox = try await runtime.runPodSandbox(configuration)
        do { try await body(fixture, runtime, sandbox, tree) } catch {
            await fixture.clean(runtime)
            tree.remove(path)
            throw error
        }
        await fixture.clean(runtime)
        #expect(tree.children(path + "/pod") == [], "containers leave no cgroup behind")
        #expect(tree.remove(path))
    }

    @Test func whoTakesMoreMemoryThanItMayIsKilledAndSaysSo() async throws {
        try await with { fixture, runtime, sandbox, _ in
            #expect(runtime.information.can(.limits))
            // The shell's own string grows until the limit.
            let id = try await fixture.container(runtime, sandbox, script: "x=aaaaaaaa; while :; do x=$x$x; done") {
                $0.resources = LinuxResources(memoryLimitBytes: 24 << 20)
            }
            let status = try await runtime.ended(id)
            #expect(status.exitCode == 137 && status.signal == 9)
            #expect(status.reason == "OOMKilled")
        }
    }

    @Test func aContainerSeesItsOwnLimitsAsTheRootOfAll() async throws {
        try await with { fixture, runtime, sandbox, tree in
            let id = try await fixture.container(runtime, sandbox, script: "sleep 100") {
                $0.resources = LinuxResources(
                    cpuShares: 512, cpuQuotaMicroseconds: 20_000, memoryLimitBytes: 64 << 20, pidsLimit: 50)
            }
            func read(_ command: String) async throws -> String {
                let result = try await runtime.execSync(id, command: ["/bin/sh", "-c", command], timeoutSeconds: 20)
                return String(decoding: result.standardOutput + result.standardError, as: UTF8.self)
            }
            let (memory, quota) =
                tree.version == "v2"
                ? ("memory.max", "cpu.max") : ("memory/memory.limit_in_bytes", "cpu/cpu.cfs_quota_us")
            #expect(try await read("cat /sys/fs/cgroup/\(memory)") == "\(64 << 20)\n")
            #expect(try await read("cat /sys/fs/cgroup/\(quota)").hasPrefix("20000"))
            #expect(
                try await read("grep -v systemd /proc/self/cgroup | grep -E 'memory|^0' | head -1").hasSuffix(":/\n"))
            #expect(try await read("mkdir /sys/fs/cgroup/memory/mine").contains("Read-only"))
            // Grown and shrunk while it runs.
            for bytes in [96 << 20, 48 << 20] {
                try await runtime.updateContainerResources(id, LinuxResources(memoryLimitBytes: bytes))
                #expect(try await read("cat /sys/fs/cgroup/\(memory)") == "\(bytes)\n")
            }
            let stats = try #require(try await runtime.stats().first)
            #expect((stats.workingSetBytes ?? 0) > 0 && (stats.processes ?? 0) >= 1)
        }
    }

    @Test func moreProcessesThanAllowedCannotBeMade() async throws {
        try await with { fixture, runtime, sandbox, _ in
            let script = "for i in 1 2 3 4 5 6; do sleep 100 & done; echo all"
            let id = try await fixture.container(runtime, sandbox, script: script) {
                $0.resources = LinuxResources(pidsLimit: 3)
            }
            let status = try await runtime.ended(id)
            #expect(status.exitCode != 0)
            #expect(!fixture.texts().contains("all"))
        }
    }

    @Test func whatIsRefusedByTheKernelFailsTheStart() async throws {
        try await with { fixture, runtime, sandbox, tree in
            await #expect(throws: ContainerError.self) {
                try await fixture.container(runtime, sandbox, script: "sleep 100") {
                    $0.resources = LinuxResources(cpuQuotaMicroseconds: 1)
                }
            }
            #expect(tree.children(path + "/pod") == [])
        }
    }

    /// Killed for want of memory while nobody looked, and found so by the next runtime.
    @Test func anEndForWantOfMemoryIsKnownToTheNextRuntime() async throws {
        try await with { fixture, runtime, sandbox, tree in
            let id = try await fixture.container(
                runtime, sandbox, script: "read go; x=aaaaaaaa; while :; do x=$x$x; done"
            ) {
                $0.resources = LinuxResources(memoryLimitBytes: 24 << 20)
                $0.hasStandardInput = true
            }
            let next = try await fixture.open { $0.cgroups = tree }
            let session = try await next.attach(id)
            try await session.write(Array("go\n".utf8))
            let status = try await next.ended(id)
            #expect(status.reason == "OOMKilled" && status.exitCode == 137)
            session.cancel()
        }
    }
}

/// The machine's control groups, where tests may make some.
let ownCgroups: CgroupTree? = {
    let path = "/skiff-test-\(UUID().uuidString.prefix(8))"
    let tree = try? CgroupTree.open(at: path)
    tree?.remove(path)
    return tree
}()
