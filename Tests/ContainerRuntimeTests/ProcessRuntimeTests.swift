import ContainerRuntime
import Foundation
import Glibc
import TestKit
import Testing

@Suite struct ProcessRuntimeTests {
    @Test(arguments: [true, false]) func runsAProgramToItsEnd(isolates: Bool) async throws {
        let fixture = RuntimeFixture(isolates: isolates)
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(
            runtime, sandbox, script: "echo out; echo err >&2; echo $POD_IP; printf unfinished; exit 3")
        let status = try await runtime.ended(id)
        #expect(status.state == .exited)
        #expect(status.exitCode == 3)
        #expect(status.reason == "Error")
        #expect(status.signal == 0)
        #expect(try #require(status.finishedAt) >= #require(status.startedAt))
        let log = fixture.log()
        #expect(log.contains(" stdout F out\n"))
        #expect(log.contains(" stderr F err\n"))
        #expect(log.contains(" stdout F \(sandbox.ip)\n"))
        #expect(log.contains(" stdout P unfinished\n"))
        #expect(sandbox.ip.hasPrefix("127.100.77."))
        await fixture.clean(runtime)
    }

    @Test func imageGivesCommandEnvironmentAndVolumes() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        var configuration = ContainerConfiguration(name: "greeter", image: "docker.io/library/greeter:v1")
        configuration.logPath = "greeter/0.log"
        configuration.arguments = ["there"]
        let id = try await runtime.createContainer(configuration, in: sandbox.id)
        try await runtime.startContainer(id)
        #expect(try await runtime.ended(id).exitCode == 0)
        #expect(fixture.texts("greeter") == ["hello there"])

        await #expect(throws: ContainerError.imageNotFound("unknown")) { try await runtime.pullImage("unknown") }
        #expect(try await runtime.imageStatus("greeter")?.reference == "docker.io/library/greeter:latest")
        await fixture.clean(runtime)
    }

    @Test func whatCannotBeExecutedIsSaid() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        var configuration = ContainerConfiguration(name: "main", image: "shell")
        configuration.command = ["no-such-program"]
        let id = try await runtime.createContainer(configuration, in: sandbox.id)
        do {
            try await runtime.startContainer(id)
            Issue.record("started")
        } catch ContainerError.cannotStart(let why, let exitCode) {
            #expect(why.contains("exec: \"no-such-program\": executable file not found in $PATH"))
            #expect(exitCode == 128)
        }
        let status = try await runtime.containerStatus(id)
        #expect(status.state == .exited)
        #expect(status.reason == "StartError")
        #expect(status.exitCode == 128)
        await fixture.clean(runtime)
    }

    /// The catalogue's `pause` is the first process of its container, which gets no signal that it does not ask for.
    @Test func pauseEndsAtItsStopSignal() async throws {
        var fixture = RuntimeFixture()
        fixture.catalog = ImageCatalog.standard.replacing("${BIN}", with: "/usr/bin")
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await runtime.createContainer(
            ContainerConfiguration(name: "pause", image: "registry.k8s.io/pause:3.10"), in: sandbox.id)
        try await runtime.startContainer(id)
        // A signal that comes before it has said what it does about one is lost.
        try await eventually("the trap for SIGTERM") {
            let caught = try await runtime.execSync(
                id, command: ["/bin/sh", "-c", "grep SigCgt /proc/1/status"], timeoutSeconds: 30)
            let mask = String(decoding: caught.standardOutput, as: UTF8.self).split(whereSeparator: \.isWhitespace).last
            return mask.flatMap { UInt64($0, radix: 16) }.map { $0 >> UInt64(SIGTERM - 1) & 1 == 1 } ?? false
        }
        try await runtime.stopContainer(id, timeoutSeconds: 60)
        let status = try await runtime.containerStatus(id)
        #expect(status.exitCode == 0)
        #expect(status.signal == 0)
        await fixture.clean(runtime)
    }

    @Test(arguments: [true, false]) func stopIsTermThenKillOfTheWholeTree(isolates: Bool) async throws {
        let fixture = RuntimeFixture(isolates: isolates)
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let polite = try await fixture.container(
            runtime, sandbox, script: "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done",
            name: "polite")
        let stubborn = try await fixture.container(
            runtime, sandbox, script: "trap '' TERM; (trap '' TERM; setsid sleep 1000) & echo started; wait",
            name: "stubborn")
        while fixture.texts("polite").isEmpty || fixture.texts("stubborn").isEmpty { await Task.yield() }
        try await runtime.stopContainer(polite, timeoutSeconds: 30)
        #expect(try await runtime.containerStatus(polite).exitCode == 0)
        #expect(fixture.texts("polite").contains("bye"))

        let process = try #require(try await runtime.containerStatus(stubborn).process)
        try await runtime.stopContainer(stubborn, timeoutSeconds: 1)
        let status = try await runtime.containerStatus(stubborn)
        #expect(status.exitCode == 137)
        #expect(status.signal == Int(SIGKILL))
        #expect(kill(pid_t(process), 0) != 0)
        #expect(try await runtime.stats().isEmpty)
        await fixture.clean(runtime)
    }

    @Test func volumesAndIdentityShowAtTheirPaths() async throws {
        guard isRoot else { return }
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime, "web-0")
        try FileManager.default.createDirectory(
            atPath: fixture.directory + "/volume", withIntermediateDirectories: true)
        try "from the host".write(toFile: fixture.directory + "/volume/file", atomically: true, encoding: .utf8)
        let id = try await fixture.container(
            runtime, sandbox,
            script: """
                cat /srv/no/such/place/file; echo
                echo written > /srv/no/such/place/new
                echo x > /srv/no/such/place-read-only/new || echo refused
                hostname; cat /etc/resolv.conf; echo $$
                ls \(fixture.directory) | wc -l
                echo private > /etc/private-to-container
                test -c /dev/null && test -d /dev/shm && echo devices
                """
        ) { configuration in
            configuration.mounts = [
                .init(name: "data", hostPath: fixture.directory + "/volume", containerPath: "/srv/no/such/place"),
                .init(
                    name: "data", hostPath: fixture.directory + "/volume",
                    containerPath: "/srv/no/such/place-read-only",
                    isReadOnly: true),
            ]
        }
        #expect(try await runtime.ended(id).exitCode == 0)
        #expect(
            fixture.log().split(separator: "\n").filter { $0.contains(" stdout ") }.compactMap { line in
                line.split(separator: " ", maxSplits: 3).last.map(String.init)
            } == [
                "from the host", "refused", "web-0", "search default.svc.cluster.local", "nameserver 127.96.0.10",
                "options ndots:5", "1", "0", "devices",
            ])
        #expect(try String(contentsOfFile: fixture.directory + "/volume/new", encoding: .utf8) == "written\n")
        #expect(!FileManager.default.fileExists(atPath: "/srv/no"))
        #expect(!FileManager.default.fileExists(atPath: "/etc/private-to-container"))
        await fixture.clean(runtime)
    }

    @Test func withoutIsolationVolumesAndResolverAreInTheEnvironment() async throws {
        let fixture = RuntimeFixture(isolates: false)
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(
            runtime, sandbox, script: "echo $VOLUME_MY_DATA; echo $VOLUME_AT_VAR_LIB_DATA; pwd; head -1 $RESOLV_CONF"
        ) { configuration in
            configuration.mounts = [.init(name: "my-data", hostPath: "/tmp", containerPath: "/var/lib/data")]
            configuration.workingDirectory = "/var/lib/data"
        }
        #expect(try await runtime.ended(id).exitCode == 0)
        #expect(fixture.texts() == ["/tmp", "/tmp", "/tmp", "search default.svc.cluster.local"])
        await fixture.clean(runtime)
    }

    @Test func execSyncRunsInsideAndTellsTheCode() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(runtime, sandbox, script: "exec sleep 1000") {
            $0.environment = [.init("COLOUR", "green")]
        }
        let result = try await runtime.execSync(
            id, command: ["/bin/sh", "-c", "echo $COLOUR; echo oops >&2; exit 7"], timeoutSeconds: 30)
        #expect(result.exitCode == 7)
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "green\n")
        #expect(String(decoding: result.standardError, as: UTF8.self) == "oops\n")
        await #expect(throws: ContainerError.timedOut(seconds: 1)) {
            try await runtime.execSync(id, command: ["sleep", "1000"], timeoutSeconds: 1)
        }
        await #expect(throws: ContainerError.self) {
            try await runtime.execSync(id, command: ["no-such-program"], timeoutSeconds: 30)
        }
        #expect(try await runtime.stats().first?.residentBytes ?? 0 > 0)
        await fixture.clean(runtime)
        await #expect(throws: ContainerError.notFound(id)) {
            try await runtime.execSync(id, command: ["true"], timeoutSeconds: 1)
        }
    }

    @Test func execCarriesInputAndATerminal() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(runtime, sandbox, script: "exec sleep 1000")
        let piped = try await runtime.exec(id, ExecRequest(command: ["wc", "-c"], hasStandardInput: true))
        let block = [UInt8](repeating: 65, count: 300_000)
        try await piped.write(block)
        try await piped.closeStandardInput()
        #expect(try await collect(piped) == ("300000\n", 0))

        let terminal = try await runtime.exec(
            id,
            ExecRequest(
                command: ["/bin/sh", "-c", "read x; stty size; tty >/dev/null && echo $x"], hasStandardInput: true,
                hasTerminal: true))
        try await terminal.resize(rows: 33, columns: 101)
        try await terminal.write(Array("typed\n".utf8))
        let (text, code) = try await collect(terminal)
        #expect(code == 0)
        #expect(text == "typed\r\n33 101\r\ntyped\r\n")
        await fixture.clean(runtime)
    }

    @Test func attachSeesAndFeedsTheContainer() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let id = try await fixture.container(runtime, sandbox, script: "read line; echo got $line; exit 5") {
            $0.hasStandardInput = true
            $0.standardInputOnce = true
        }
        let session = try await runtime.attach(id)
        try await session.write(Array("words\n".utf8))
        #expect(try await collect(session) == ("got words\n", 5))
        #expect(try await runtime.ended(id).exitCode == 5)
        #expect(fixture.texts() == ["got words"])
        await fixture.clean(runtime)
    }

    @Test func portForwardReachesThePodsAddress() async throws {
        guard FileManager.default.fileExists(atPath: "/usr/bin/python3") else { return }
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        let program = """
            import socket,os
            s=socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((os.environ["POD_IP"], 7777)); s.listen(); print("listening", flush=True)
            c,_=s.accept(); c.sendall(b"echo " + c.recv(100)); c.close()
            """
        _ = try await fixture.container(runtime, sandbox, script: "") {
            $0.command = ["/usr/bin/python3", "-c", program]
        }
        while fixture.texts().isEmpty { await Task.yield() }
        #expect(fixture.texts() == ["listening"])
        let connection = try await runtime.portForward(sandbox.id, port: 7777)
        try await connection.write(Array("hi".utf8))
        #expect(try await connection.read() == Array("echo hi".utf8))
        #expect(try await connection.read() == nil)
        await #expect(throws: ContainerError.self) { try await runtime.portForward(sandbox.id, port: 7778) }
        await fixture.clean(runtime)
    }

    @Test func aContainerThatIsRemovedWhileItStartsLeavesNothing() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let sandbox = try await fixture.sandbox(runtime)
        var configuration = ContainerConfiguration(name: "main", image: "shell")
        configuration.command = ["/bin/sleep", "987654"]
        let id = try await runtime.createContainer(configuration, in: sandbox.id)
        async let start: Void? = try? await runtime.startContainer(id)
        async let removal: Void = runtime.removePodSandbox(sandbox.id)
        _ = try await (start, removal)
        #expect(try await runtime.listContainers().isEmpty)
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(name) != nil {
            let line = (try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8)) ?? ""
            #expect(!line.contains(id))
        }
        await fixture.clean(runtime)
    }

    @Test func addressesAreNotReusedWhileInUse() async throws {
        let fixture = RuntimeFixture()
        let runtime = try await fixture.open()
        let first = try await fixture.sandbox(runtime, "a")
        let second = try await fixture.sandbox(runtime, "b")
        #expect(first.ip != second.ip)
        try await runtime.removePodSandbox(first.id)
        let again = try await fixture.open()
        let third = try await fixture.sandbox(again, "c")
        #expect(third.ip != second.ip)
        #expect(third.ip != first.ip)
        await fixture.clean(again)
    }

    private func collect(_ session: any ContainerSession) async throws -> (String, Int) {
        var text: [UInt8] = []
        while let output = try await session.next() {
            switch output {
            case .standardOutput(let bytes), .standardError(let bytes): text += bytes
            case .exited(let code): return (String(decoding: text, as: UTF8.self), code)
            }
        }
        return (String(decoding: text, as: UTF8.self), -1)
    }
}
