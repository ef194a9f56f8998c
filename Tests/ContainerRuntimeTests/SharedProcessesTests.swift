import Foundation
import Glibc
import TestKit
import Testing

@testable import ContainerRuntime

/// Containers that see each other's processes.
@Suite(.enabled(if: geteuid() == 0)) struct SharedProcessesTests {
    private func sandbox(_ fixture: RuntimeFixture, _ runtime: ProcessRuntime, shares: Bool) async throws -> Sandbox {
        var configuration = SandboxConfiguration(name: "pod", namespace: "default", uid: UUID().uuidString)
        configuration.logDirectory = fixture.directory + "/logs"
        configuration.sharesProcesses = shares
        return try await runtime.runPodSandbox(configuration)
    }
    private func processes(_ runtime: ProcessRuntime, _ id: String) async throws -> String {
        let result = try await runtime.execSync(
            id, command: ["/bin/sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"], timeoutSeconds: 60)
        return String(decoding: result.standardOutput, as: UTF8.self)
    }

    @Test func thoseOfOnePodShareThem() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await sandbox(fixture, runtime, shares: true)
        let one = try await fixture.container(runtime, sandbox, script: "exec sleep 1111", name: "one")
        let two = try await fixture.container(
            runtime, sandbox, script: "echo $$; (setsid sleep 3333 &) ; exec sleep 2222", name: "two")
        try await eventually("the processes of both in sight of one") {
            let seen = try await processes(runtime, one)
            return ["1111", "2222", "3333"].allSatisfy { seen.contains("sleep \($0)") }
        }
        #expect(fixture.texts("two") != ["1"])
        // What a container leaves behind ends with it, and nothing of the others.
        try await runtime.stopContainer(two, timeoutSeconds: 0)
        let left = try await processes(runtime, one)
        #expect(left.contains("sleep 1111") && !left.contains("sleep 2222") && !left.contains("sleep 3333"))
        let path = "\(fixture.directory)/sandboxes/\(sandbox.id)/\(ContainerFile.holder)"
        let holder = try #require(StateFile.read(ProcessHolder.self, path))
        #expect(holder.lives)
        try await runtime.removePodSandbox(sandbox.id)
        while SystemCall.processStart(holder.process).map({ $0.ticks == holder.start && $0.state != "Z" }) == true {
            await Task.yield()
        }
        await fixture.clean(runtime)
    }

    @Test func oneMaySeeThoseOfAnother() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await sandbox(fixture, runtime, shares: false)
        let target = try await fixture.container(runtime, sandbox, script: "exec sleep 1111", name: "target")
        let debugger = try await fixture.container(runtime, sandbox, script: "exec sleep 2222", name: "debugger") {
            $0.target = target
        }
        #expect(try await processes(runtime, debugger).contains("sleep 1111"))
        // Its processes end with those that it was to look at.
        try await runtime.stopContainer(target, timeoutSeconds: 0)
        #expect(try await runtime.ended(debugger).exitCode == 137)
        await fixture.clean(runtime)
    }
}
