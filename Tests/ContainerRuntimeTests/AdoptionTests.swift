import Foundation
import Glibc
import Testing

@testable import ContainerRuntime

@Suite struct AdoptionTests {
    /// A second process runs containers and is killed with -9; this one adopts them.
    @Test func containersOutliveAKilledParent() async throws {
        let fixture = RuntimeFixture()
        let parent = try await SecondProcess.start(fixture)
        #expect(kill(parent, SIGKILL) == 0)
        var status: Int32 = 0
        while waitpid(parent, &status, 0) < 0 && errno == EINTR {}

        let runtime = try await fixture.open()
        let containers = try await runtime.listContainers()
        let lasting = try #require(containers.first { $0.name == "lasting" })
        let brief = try #require(containers.first { $0.name == "brief" })
        #expect(lasting.state == .running)
        // It goes on writing its log, can be entered, and its end is known.
        let before = fixture.texts("lasting").count
        while fixture.texts("lasting").count <= before { await Task.yield() }
        #expect(try await runtime.execSync(lasting.id, command: ["true"], timeoutSeconds: 30).exitCode == 0)
        // This one ends with 9 once the file is there: nobody was its parent's parent any more.
        try "".write(toFile: fixture.directory + "/go", atomically: true, encoding: .utf8)
        #expect(try await runtime.ended(brief.id).exitCode == 9)
        try await runtime.stopContainer(lasting.id, timeoutSeconds: 30)
        #expect(try await runtime.containerStatus(lasting.id).exitCode == 5)
        await fixture.clean(runtime)
    }

    @Test func aKilledSupervisorTakesItsContainerAlong() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(runtime, sandbox, script: "exec sleep 1000")
        let outcome = try #require(
            StateFile.read(ContainerOutcome.self, "\(fixture.directory)/runtime-state/\(id)")
                ?? StateFile.read(ContainerOutcome.self, "\(fixture.directory)/containers/\(id)/status.json"))
        #expect(kill(pid_t(outcome.supervisor), SIGKILL) == 0)
        let status = try await runtime.ended(id)
        #expect(status.exitCode == 137)
        #expect(status.reason == "ContainerStatusUnknown")
        let process = try #require(outcome.process)
        while SystemCall.processStart(process).map({ $0.state != "Z" }) == true { await Task.yield() }
        await fixture.clean(runtime)
    }

    /// After the machine has started anew nothing of before is there, whoever has its process numbers: here even a process
    /// that fits in every other way.
    @Test func whatRanInAnotherBootIsGone() async throws {
        let fixture = RuntimeFixture()
        let before = try await fixture.open(boot: "one")
        let sandbox = try await fixture.sandbox(before)
        let id = try await fixture.container(before, sandbox, script: "exec sleep 1000")
        let again = try await fixture.open(boot: "one")
        #expect(try await again.containerStatus(id).state == .running)
        let after = try await fixture.open(boot: "two")
        #expect(try await after.listPodSandbox().map(\.isReady) == [false])
        let status = try await after.containerStatus(id)
        #expect(status.state == .exited)
        #expect(status.reason == "ContainerStatusUnknown")
        // It is not ours to kill.
        #expect(try await again.containerStatus(id).state == .running)
        try await again.stopContainer(id, timeoutSeconds: 0)
        await fixture.clean(after)
    }

    @Test func aNumberThatWasGivenToAnotherProcessIsNotAdopted() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(runtime, sandbox, script: "exit 0")
        _ = try await runtime.ended(id)
        // As if it had run when the machine went down, and the number now were ours.
        var outcome = ContainerOutcome(supervisor: Int(getpid()), supervisorStart: 1)
        outcome.process = Int(getpid())
        outcome.processStart = 1
        try StateFile.write(outcome, "\(fixture.directory)/containers/\(id)/status.json")
        let next = try await fixture.open()
        #expect(try await next.containerStatus(id).state == .exited)
        #expect(try await next.containerStatus(id).reason == "ContainerStatusUnknown")
        await fixture.clean(next)
    }
}

/// The test program itself, run once more to start containers and then wait to be killed.
enum SecondProcess {
    static let variable = "CONTAINER_RUNTIME_SECOND_PROCESS"

    static func start(_ fixture: RuntimeFixture) async throws -> pid_t {
        let directory = fixture.directory
        let program =
            URL(fileURLWithPath: RuntimeFixture.supervisor).deletingLastPathComponent().path + "/container-supervisor"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--run-containers", directory]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // One line comes when both containers run.
        let line = output.fileHandleForReading.availableData
        guard !line.isEmpty else { throw ContainerError.refused("the second process failed") }
        return process.processIdentifier
    }
}
