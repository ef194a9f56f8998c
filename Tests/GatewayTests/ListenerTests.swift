import Foundation
import HTTPMessages
import HTTPServer
import Synchronization
import Testing

@testable import Gateway

/// The listeners, with real clients.
@Suite struct ListenerTests {
    /// Tells what it was asked.
    @Sendable static func mirror(_ request: Request) async -> Answer {
        let certificate = request.certificate.map { "\($0.commonName) of \($0.organizations.joined(separator: ","))" }
        let text = [
            request.method, request.path, request.query, request.header("content-type") ?? "-",
            "\(request.body.count)", request.sourceAddress, request.isSecure ? "tls" : "plain", certificate ?? "-",
        ].joined(separator: "|")
        return Answer(status: 200, headers: [("content-type", "text/plain")], body: .bytes(Array(text.utf8)))
    }

    @Test func plainHTTP() async throws {
        try await TestGateway.run(api: Self.mirror) { gateway async throws in
            let answer = try await Shell.curl("-i", "\(gateway.plain)/api/v1/pods?limit=5&x=%20")
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.output.contains("\r\naudit-id: "))
            #expect(answer.output.contains("\r\ndate: "))
            #expect(answer.output.hasSuffix("GET|/api/v1/pods|limit=5&x=%20|-|0|127.0.0.1|plain|-"))
        }
    }

    @Test(arguments: ["--http1.1", "--http2"]) func overTLSWithoutCertificate(version: String) async throws {
        try await TestGateway.run(api: Self.mirror) { gateway async throws in
            let answer = try await Shell.curl(
                version, "--cacert", gateway.caPath, "-w", "|%{http_version}", "-H", "content-type: application/json",
                "-d", "{}", "\(gateway.secure)/apis/apps/v1")
            #expect(
                answer.output == "POST|/apis/apps/v1||application/json|2|127.0.0.1|tls|-|"
                    + (version == "--http2" ? "2" : "1.1"))
        }
    }

    @Test(arguments: ["--http1.1", "--http2"]) func clientCertificateNamesUserAndGroups(version: String) async throws {
        try await TestGateway.run(api: Self.mirror) { gateway async throws in
            let client = try gateway.pki.client("jane", groups: ["system:masters", "dev"])
            let certificate = try gateway.directory.write("client.pem", client.certificatePEM)
            let key = try gateway.directory.write("client.key", client.keyPEM)
            let answer = try await Shell.curl(
                version, "--cacert", gateway.caPath, "--cert", certificate, "--key", key, "\(gateway.secure)/version")
            #expect(answer.output == "GET|/version||-|0|127.0.0.1|tls|jane of system:masters,dev")
        }
    }

    @Test func aNewCertificateIsShownWithoutARestart() async throws {
        let identity = Mutex<ServerIdentity?>(nil)
        try await TestGateway.run(
            { configuration in identity.withLock { $0 = configuration.secure?.tls } }, api: Self.mirror
        ) {
            gateway async throws in
            let next = try TestPKI()
            let authority = try gateway.directory.write("next.pem", next.caPEM)
            func status(_ authority: String) async throws -> Int32 {
                try await Shell.curl("--cacert", authority, "\(gateway.secure)/version").exitCode
            }
            #expect(try await status(gateway.caPath) == 0)
            let server = try next.server()
            let served = try #require(identity.withLock { $0 })
            // What cannot be served changes nothing.
            #expect(throws: (any Error).self) {
                try served.change(
                    to: ServerTLS(certificateChainPEM: server.certificatePEM, privateKeyPEM: "", clientCAPEM: ""))
            }
            #expect(try await status(gateway.caPath) == 0)
            try served.change(
                to: ServerTLS(
                    certificateChainPEM: server.certificatePEM, privateKeyPEM: server.keyPEM, clientCAPEM: next.caPEM))
            #expect(try await status(authority) == 0)
            // Not this authority's.
            #expect(try await status(gateway.caPath) != 0)
        }
    }

    @Test func certificateOfAnotherAuthorityIsRefused() async throws {
        try await TestGateway.run(api: Self.mirror) { gateway async throws in
            let client = try TestPKI().client("mallory", groups: ["system:masters"])
            let certificate = try gateway.directory.write("other.pem", client.certificatePEM)
            let key = try gateway.directory.write("other.key", client.keyPEM)
            let answer = try await Shell.curl(
                "--cacert", gateway.caPath, "--cert", certificate, "--key", key, "\(gateway.secure)/version")
            #expect(answer.exitCode != 0)
            #expect(answer.output.isEmpty)
        }
    }

    @Test(arguments: ["--http1.1", "--http2"]) func bodiesUpToTheLimit(version: String) async throws {
        try await TestGateway.run(api: Self.mirror) { gateway async throws in
            let limit = 3 * 1024 * 1024
            let fits = try gateway.directory.write("fits", String(repeating: "x", count: limit))
            let tooLarge = try gateway.directory.write("large", String(repeating: "x", count: limit + 1))
            let arguments = [
                version, "--cacert", gateway.caPath, "-H", "content-type: a/b", "-w", "%{http_code}",
                "\(gateway.secure)/api",
            ]
            let first = try await Shell.run("curl", ["-sS", "--data-binary", "@\(fits)"] + arguments)
            #expect(first.output == "POST|/api||a/b|\(limit)|127.0.0.1|tls|-200")
            let second = try await Shell.run("curl", ["-sS", "--data-binary", "@\(tooLarge)"] + arguments)
            #expect(second.output.hasSuffix("413"))
            // Without a length the body is cut off where it passes the limit.
            let third = try await Shell.run(
                "curl", ["-sS", "-H", "transfer-encoding: chunked", "--data-binary", "@\(tooLarge)"] + arguments)
            #expect(third.output.hasSuffix("413"))
        }
    }

    @Test func manyRequestsOnOneConnectionAndPipelined() async throws {
        try await TestGateway.run(api: Self.mirror) { gateway async throws in
            let requests = (0..<50).map { "GET /api/\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
            let last = "GET /api/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let client = try RawClient(port: gateway.plainPort)
            client.send(requests + last)
            let text = await client.readAll()
            let paths = text.components(separatedBy: "GET|/api/").dropFirst().map { $0.prefix { $0 != "|" } }
            #expect(paths.map(String.init) == (0..<50).map { "\($0)" } + ["last"])
        }
    }

    @Test func aHeadRequestHasNoBodyButItsLength() async throws {
        try await TestGateway.run(api: Self.mirror) { gateway async throws in
            let client = try RawClient(port: gateway.plainPort)
            client.send("HEAD /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let text = await client.readAll()
            #expect(text.hasSuffix("\r\n\r\n"))
            #expect(text.contains("content-length: 3"))
        }
    }
}
