import Foundation
import TestKit
import Testing

@testable import ContainerRuntime

/// Pulls from Debian's docker-registry on loopback: with and without TLS, with and without a password.
@Suite(
    .serialized,
    .enabled(
        if: ContainerdProcess.obstacle == nil && ToolProcess.find("docker-registry") != nil
            && ToolProcess.find("openssl") != nil,
        "pulls need root, containerd, runc, the CNI plugins, openssl and docker-registry")
) struct RegistryTests {
    /// `user:secret`, by bcrypt.
    private static let account = "user:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n"

    private static func serve(_ directory: String, port: Int, tls: Bool) throws -> Process {
        var text = """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(directory)/storage}}
            http:
              addr: 127.0.0.1:\(port)

            """
        if tls { text += "  tls: {certificate: \(directory)/tls.crt, key: \(directory)/tls.key}\n" }
        if tls { text += "auth: {htpasswd: {realm: test, path: \(directory)/accounts}}\n" }
        let file = "\(directory)/\(port).yml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["docker-registry", "serve", file]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, !FreePorts.isOpen(port) { usleep(20_000) }
        return process
    }

    private static func describe(_ host: String, _ lines: String, in directory: String) throws {
        let folder = "\(directory)/containerd/certs.d/\(host)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try lines.write(toFile: folder + "/hosts.toml", atomically: true, encoding: .utf8)
    }

    @Test func imagesComeFromRegistriesToThoseWhoMayHaveThem() async throws {
        let fixture = try await ContainerdFixture()
        let runtime = try await fixture.open()
        let directory = fixture.directory
        try Self.account.write(toFile: directory + "/accounts", atomically: true, encoding: .utf8)
        let made = try Program.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", directory + "/tls.key",
                "-out", directory + "/tls.crt",
            ])
        #expect(made.exitCode == 0, "\(made.errors)")
        let ports = try FreePorts.take(2)
        let plain = try Self.serve(directory, port: ports[0], tls: false)
        defer { plain.terminate() }
        let safe = try Self.serve(directory, port: ports[1], tls: true)
        defer { safe.terminate() }
        let (open, closed) = ("127.0.0.1:\(ports[0])", "127.0.0.1:\(ports[1])")
        try Self.describe(open, "server = \"http://\(open)\"\n", in: directory)
        try Self.describe(
            closed, "server = \"https://\(closed)\"\n[host.\"https://\(closed)\"]\n  ca = \"\(directory)/tls.crt\"\n",
            in: directory)

        // Something to pull, which nobody here has any more.
        var layer = ImageLayer()
        layer.add("file", .content(Array("text".utf8), mode: 0o644))
        let name = "\(open)/team/app:1"
        try await fixture.containerd.importer?.importImage(
            [name], layers: [layer], configuration: ["Entrypoint": ["/file"]])
        let pushed = try Program.run(
            "ctr", ["-a", fixture.containerd.socket, "-n", "k8s.io", "images", "push", "--plain-http", name])
        #expect(pushed.exitCode == 0, "\(pushed.errors)")
        while try await runtime.imageStatus(name) == nil { try await Task.sleep(for: .milliseconds(10)) }
        try await runtime.removeImage(name)

        let reference = try await runtime.pullImage(name)
        #expect(reference.hasPrefix("\(open)/team/app@sha256:"))
        #expect(try await runtime.imageStatus(name)?.reference == reference)
        await Self.expectFailure("not found") { _ = try await runtime.pullImage("\(open)/team/app:2") }
        // By its digest, too.
        let digest = String(reference.split(separator: "@")[1])
        #expect(try await runtime.pullImage("\(open)/team/app@\(digest)") == reference)

        let secret = "\(closed)/team/app:1"
        await Self.expectFailure("401 Unauthorized") { _ = try await runtime.pullImage(secret) }
        let wrong = RegistryCredential(username: "user", password: "wrong")
        await Self.expectFailure("401 Unauthorized") { _ = try await runtime.pullImage(secret, credentials: [wrong]) }
        let right = RegistryCredential(username: "user", password: "secret")
        #expect(try await runtime.pullImage(secret, credentials: [wrong, right]) == "\(closed)/team/app@\(digest)")
        // Nobody listens there.
        await Self.expectFailure("connection refused") { _ = try await runtime.pullImage("127.0.0.1:1/team/app:1") }
        for registry in [plain, safe] {
            registry.terminate()
            registry.waitUntilExit()
        }
        #expect(try await fixture.clean(runtime) == [])
    }

    private static func expectFailure(_ words: String, _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("this should have failed: \(words)")
        } catch {
            let sentence = "\(error)"
            #expect(sentence.hasPrefix("rpc error: code = ") && sentence.contains(words), "\(sentence)")
        }
    }
}
