import Foundation
import HTTPMessages
import Listening
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPServer

/// Listeners below and with HTTP, over real sockets.
@Suite struct ListenerTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private func client(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: port).get()
    }

    private func eventually(_ holds: () -> Bool) async throws {
        for _ in 0..<500 where !holds() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(holds())
    }

    @Test func connectionsBeyondTheLimitWaitForRoom() async throws {
        let accepted = Mutex(0)
        let loop = AcceptLoop(limit: 1) { _ in accepted.withLock { $0 += 1 } }
        let port = try await loop.listen(at: ListenPlace(.tcp, "127.0.0.1", 0), for: "a test", on: group)
        // The kernel may give two at once when both wait; so one after the other.
        let first = try await client(port)
        try await eventually { accepted.withLock { $0 } == 1 }
        let second = try await client(port)
        let third = try await client(port)
        try await Task.sleep(for: .milliseconds(100))
        let early = accepted.withLock { $0 }
        #expect(early < 3)
        try await first.close()
        try await second.close()
        try await third.close()
        let fourth = try await client(port)
        try await eventually { accepted.withLock { $0 } == 4 }
        try await fourth.close()
        await loop.close()
    }

    @Test func aTakenAddressIsAFailureThatSaysWhoHasIt() async throws {
        let loop = AcceptLoop(limit: 1) { _ in }
        let port = try await loop.listen(at: ListenPlace(.tcp, "127.0.0.1", 0), for: "a test", on: group)
        let second = HTTPListener(
            ListenPlace(.tcp, "127.0.0.1", port), for: "plain HTTP", logger: Logger(label: "test"),
            handler: RequestHandler { _ in Answer(status: 200) })
        let failure = await #expect(throws: ListenFailure.self) { try await second.run() }
        let text = failure?.description ?? ""
        #expect(text.hasPrefix("cannot listen at 127.0.0.1:\(port)/TCP for plain HTTP: it is in use by "), "\(text)")
        #expect(text.hasSuffix("(process \(getpid()))"), "\(text)")
        await loop.close()
    }

    /// An answer that is being made is sent; who has asked nothing is closed; nobody else is let in.
    @Test func drainingLetsAnswersFinish() async throws {
        let (release, released) = AsyncStream<Void>.makeStream()
        let (began, begin) = AsyncStream<Void>.makeStream()
        let setup = ConnectionSetup(
            tls: nil,
            shared: ExchangeContext(
                limits: HTTPLimits(), isSecure: false,
                handler: RequestHandler { _ in
                    begin.yield()
                    for await _ in release { break }
                    return Answer(status: 200, body: .bytes(Array("done".utf8)))
                }, date: DateHeader(), logger: Logger(label: "test")))
        let loop = AcceptLoop(limit: 10) { try setup.setUp($0) }
        let port = try await loop.listen(at: ListenPlace(.tcp, "127.0.0.1", 0), for: "a test", on: group)
        let idle = try await client(port)
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/"))
        async let answer = Self.get(url)
        for await _ in began { break }
        async let drained: Void = loop.drain()
        try await idle.closeFuture.get()
        await #expect(throws: (any Error).self) { try await client(port) }
        released.yield()
        #expect(try await answer == "done")
        await drained
    }

    private static func get(_ url: URL) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["curl", "-sS", "--max-time", "30", url.absoluteString]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }
}
