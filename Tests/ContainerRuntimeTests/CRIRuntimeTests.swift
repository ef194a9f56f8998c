import APIMachinery
import Foundation
import Glibc
import Testing

@testable import ContainerRuntime

/// Real containers by a containerd of the tests' own.
@Suite(
    .serialized,
    .enabled(
        if: ContainerdProcess.obstacle == nil,
        "containers need root, containerd, runc and the CNI plugins: \(ContainerdProcess.obstacle ?? "")")
) struct CRIRuntimeTests {
    @Test func containersRunFromImagesSayWhatTheySayAndEnd() async throws {
        let fixture = try await ContainerdFixture()
        let runtime = try await fixture.open()
        #expect(runtime.information.name == "containerd")
        #expect(try await runtime.listImages().map(\.isPinned) == [true])
        #expect(try await runtime.imageStatus("unheard.example/of") == nil)
        let reference = try await runtime.pullImage("shell")
        let image = try #require(try await runtime.imageStatus("shell"))
        #expect(image.reference == reference && image.names.contains("docker.io/library/shell:latest"))
        #expect(image.sizeBytes > 1 << 20 && !image.isPinned)
        #expect(try await runtime.listImages().filter(\.isPinned).count == 1)

        let sandbox = try await fixture.sandbox(runtime)
        #expect(Self.isOf(ContainerdFixture.pods, sandbox.ip) && sandbox.isReady)
        let events = runtime.events()

        // The image's own command; then exit codes, files of the pod, and what a container may.
        let first = try await fixture.container(runtime, sandbox, "first")
        let end = try await fixture.ended(runtime, first)
        #expect(end.exitCode == 0 && end.reason == "Completed" && end.image == "shell")
        #expect(end.imageReference == reference && end.sandbox == sandbox.id)
        #expect(fixture.texts("first") == ["from the image"])
        var kinds: [ContainerEvent.Kind] = []
        for await event in events where event.container == first {
            kinds.append(event.kind)
            if event.kind == .stopped { break }
        }
        #expect(kinds.first == .created && kinds.last == .stopped)

        let script = """
            echo $GREETING $NAME; hostname; grep pod /etc/hosts; cat /etc/resolv.conf; id -u; cat /data/file
            exit 3
            """
        try FileManager.default.createDirectory(
            atPath: fixture.directory + "/volume", withIntermediateDirectories: true)
        try "kept".write(toFile: fixture.directory + "/volume/file", atomically: true, encoding: .utf8)
        let second = try await fixture.container(runtime, sandbox, "second", script: script) {
            $0.environment = [.init("NAME", "world")]
            $0.security.user = 1_234
            $0.mounts = [
                .init(
                    name: "data", hostPath: fixture.directory + "/volume", containerPath: "/data", isReadOnly: true)
            ]
        }
        let status = try await fixture.ended(runtime, second)
        #expect(status.exitCode == 3 && status.reason == "Error")
        #expect(
            fixture.texts("second") == [
                "hello world", "pod", "\(sandbox.ip)\tpod", "search default.svc.cluster.local",
                "nameserver 10.127.248.10", "options ndots:5", "1234", "kept",
            ])

        // A program that is not there; then the same attempt again, whose name is still taken.
        await #expect(throws: ContainerError.self) {
            _ = try await fixture.container(runtime, sandbox, "third") { $0.command = ["/no/such/program"] }
        }
        _ = try await fixture.container(runtime, sandbox, "third", script: "exit 0")

        try await runtime.removePodSandbox(sandbox.id)
        #expect(try await runtime.listContainers().isEmpty)
        try await runtime.removeImage("shell")
        #expect(try await runtime.listImages().map(\.isPinned) == [true])
        let disk = try #require(try await runtime.imageFileSystem())
        #expect(disk.capacityBytes > disk.availableBytes && disk.availableBytes > 0)
        #expect(try await fixture.clean(runtime) == [])
    }

    @Test func commandsStreamsAndPortsReachAContainer() async throws {
        let fixture = try await ContainerdFixture()
        let runtime = try await fixture.open()
        _ = try await runtime.pullImage("shell")
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(
            runtime, sandbox, "main", script: "while read line; do echo got $line; done; echo end; exec sleep 1000"
        ) {
            $0.hasStandardInput = true
        }
        let result = try await runtime.execSync(
            id, command: ["sh", "-c", "echo out; echo err >&2; exit 7"], timeoutSeconds: 10)
        #expect(
            result == ExecResult(exitCode: 7, standardOutput: Array("out\n".utf8), standardError: Array("err\n".utf8)))
        await #expect(throws: ContainerError.timedOut(seconds: 1)) {
            _ = try await runtime.execSync(id, command: ["sleep", "100"], timeoutSeconds: 1)
        }

        // What goes in comes out, the end of the input is told, and the exit code comes last.
        let session = try await runtime.exec(
            id, ExecRequest(command: ["sh", "-c", "cat; echo end >&2; exit 5"], hasStandardInput: true))
        let text = String(repeating: "0123456789", count: 50_000)
        async let collected = Self.collect(session)
        try await session.write(Array(text.utf8))
        try await session.closeStandardInput()
        let seen = try await collected
        #expect(seen.output == text && seen.errors == "end\n" && seen.code == 5)

        // A terminal has the size that it was told.
        let terminal = try await runtime.exec(
            id, ExecRequest(command: ["sh", "-c", "read go; stty size"], hasStandardInput: true, hasTerminal: true))
        try await terminal.resize(rows: 33, columns: 77)
        async let screen = Self.collect(terminal)
        try await Task.sleep(for: .milliseconds(200))
        try await terminal.write(Array("\n".utf8))
        let shown = try await screen
        #expect(shown.output.contains("33 77") && shown.code == 0)

        let attached = try await runtime.attach(id)
        try await attached.write(Array("hello\n".utf8))
        guard case .standardOutput(let bytes)? = try await attached.next() else {
            Issue.record("nothing comes of what is attached")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "got hello\n")
        attached.cancel()

        await #expect(throws: ContainerError.refused("dial tcp 127.0.0.1:81: connect: connection refused")) {
            _ = try await runtime.portForward(sandbox.id, port: 81)
        }
        let stats = try #require(try await runtime.stats().first { $0.id == id })
        #expect(stats.sandbox == sandbox.id && stats.residentBytes > 0)
        try await runtime.stopContainer(id, timeoutSeconds: 0)
        #expect(try await runtime.containerStatus(id).exitCode == 137)
        await #expect(throws: ContainerError.notRunning(id)) {
            _ = try await runtime.execSync(id, command: ["true"], timeoutSeconds: 1)
        }
        #expect(try await fixture.clean(runtime) == [])
    }

    @Test func podsLiveOnWithoutUsAndWithoutContainerd() async throws {
        let fixture = try await ContainerdFixture()
        let before = try await fixture.open()
        _ = try await before.pullImage("shell")
        let sandbox = try await fixture.sandbox(before)
        let id = try await fixture.container(
            before, sandbox, "main", script: "trap 'exit 4' USR1; while :; do sleep 0.1; done"
        ) {
            $0.hasTerminal = true
        }
        await before.close()
        // containerd is killed and comes again by itself.
        let record = try String(contentsOfFile: fixture.directory + "/containerd/process", encoding: .utf8)
        let process = try #require(try JSON(parsing: record)["process"]?.int)
        kill(pid_t(process), SIGKILL)
        var again: CRIRuntime?
        while again == nil {
            again = try? await fixture.open()
            if again == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        let after = try #require(again)
        let found = try await after.listPodSandbox()
        #expect(found.map(\.id) == [sandbox.id] && found[0].configuration == sandbox.configuration)
        #expect(found[0].ip == sandbox.ip && found[0].isReady)
        let container = try await after.containerStatus(id)
        #expect(container.state == .running && container.hasTerminal && container.image == "shell")
        // Its end is noticed although nobody was asked about it.
        let events = after.events()
        _ = try await after.execSync(id, command: ["kill", "-USR1", "1"], timeoutSeconds: 10)
        for await event in events where event.kind == .stopped && event.container == id { break }
        #expect(try await after.containerStatus(id).exitCode == 4)
        #expect(try await fixture.clean(after) == [])
    }

    @Test func aLogThatHasGrownIsTurnedOver() async throws {
        let fixture = try await ContainerdFixture()
        let runtime = try await fixture.open()
        _ = try await runtime.pullImage("shell")
        let sandbox = try await fixture.sandbox(runtime)
        let line = String(repeating: "0123456789", count: 20)
        _ = try await fixture.container(
            runtime, sandbox, "main", script: "yes \(line) | head -n 60000; while :; do echo on; sleep 0.1; done")
        let folder = fixture.directory + "/logs/main"
        while SystemCall.names(in: folder).count < 2 || !fixture.texts("main").contains("on") {
            try await Task.sleep(for: .milliseconds(50))
        }
        let names = SystemCall.names(in: folder).sorted()
        #expect(names.count == 2 && names[0] == "0.log" && names[1].hasPrefix("0.log.20"))
        #expect(try await fixture.clean(runtime) == [])
    }

    // MARK: Helpers

    private static func isOf(_ network: CIDR, _ address: String) -> Bool {
        IPAddress(address).map { network.contains($0) } ?? false
    }
    private static func collect(
        _ session: any ContainerSession
    ) async throws -> (output: String, errors: String, code: Int?) {
        var (output, errors): ([UInt8], [UInt8]) = ([], [])
        while let next = try await session.next() {
            switch next {
            case .standardOutput(let bytes): output += bytes
            case .standardError(let bytes): errors += bytes
            case .exited(let code):
                return (String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self), code)
            }
        }
        return (String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self), nil)
    }
}
