import Foundation
import HTTPMessages
import HTTPServer
import Logging
import Synchronization
import TestKit

@testable import Gateway

/// A gateway on loopback ports for the length of a test.
struct TestGateway: Sendable {
    let plainPort: Int
    let securePort: Int
    let pki: TestPKI
    let directory: TemporaryDirectory
    let caPath: String

    var plain: String { "http://127.0.0.1:\(plainPort)" }
    var secure: String { "https://localhost:\(securePort)" }

    static func run(
        _ adjust: (inout GatewayConfiguration) -> Void = { _ in },
        site makeSite: (GatewayConfiguration) -> Site,
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        let pki = try TestPKI()
        let server = try pki.server()
        var configuration = GatewayConfiguration(
            secure: (
                .init(.tcp, "127.0.0.1", 0),
                try ServerIdentity(
                    ServerTLS(
                        certificateChainPEM: server.certificatePEM, privateKeyPEM: server.keyPEM,
                        clientCAPEM: pki.caPEM))
            ), plain: .init(.tcp, "127.0.0.1", 0))
        adjust(&configuration)
        let (listening, announced) = AsyncStream<GatewayServer.Listening>.makeStream()
        let gateway = GatewayServer(
            configuration, site: makeSite(configuration),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { announced.yield($0) }
        let directory = TemporaryDirectory()
        let caPath = try directory.write("ca.pem", pki.caPEM)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await gateway.run() }
            for await ports in listening {
                try await body(
                    TestGateway(
                        plainPort: ports.plainPort ?? 0, securePort: ports.securePort ?? 0, pki: pki,
                        directory: directory, caPath: caPath))
                break
            }
            tasks.cancelAll()
        }
    }

    static func run(
        _ adjust: (inout GatewayConfiguration) -> Void = { _ in }, api: @escaping Site.API,
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        try await run(
            adjust,
            site: {
                Site(
                    $0, api: api, parts: .init(),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }, body)
    }
}

/// A stream whose pieces a test makes.
final class HandmadeStream: ByteStream {
    private let pieces: AsyncStream<[UInt8]>
    private let feed: AsyncStream<[UInt8]>.Continuation
    private let iterator: Mutex<Int> = Mutex(0)
    let cancelled: AsyncStream<Void>
    private let cancellation: AsyncStream<Void>.Continuation

    init() {
        (pieces, feed) = AsyncStream.makeStream()
        (cancelled, cancellation) = AsyncStream.makeStream()
    }
    func send(_ text: String) { feed.yield(Array(text.utf8)) }
    func finish() { feed.finish() }
    func next() async throws -> [UInt8]? {
        for await piece in pieces { return piece }
        return nil
    }
    func cancel() {
        feed.finish()
        cancellation.finish()
    }
    /// Returns when the carrier has cancelled the stream.
    func wasCancelled() async { for await _ in cancelled {} }
}

/// Sends back what it receives.
final class EchoTunnel: Tunnel {
    private let bytes: AsyncStream<[UInt8]>
    private let feed: AsyncStream<[UInt8]>.Continuation
    init() { (bytes, feed) = AsyncStream.makeStream() }
    func received(_ bytes: [UInt8]?) async throws {
        if let bytes { feed.yield(bytes) } else { feed.finish() }
    }
    func next() async throws -> [UInt8]? {
        for await piece in bytes { return piece }
        return nil
    }
    func cancel() { feed.finish() }
}
