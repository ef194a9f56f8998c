import NIOCore
import Synchronization
import Testing

@testable import IngressController

/// Requests go on without a pause while pods come and go; every one of them must be answered.
@Suite struct LoadTests {
    final class Count: Sendable {
        private let answers = Mutex<[String: Int]>([:])
        private let going = Atomic(true)
        func add(_ answer: String) { answers.withLock { $0[answer, default: 0] += 1 } }
        var all: [String: Int] { answers.withLock { $0 } }
        var total: Int { answers.withLock { $0.values.reduce(0, +) } }
        func stop() { going.store(false, ordering: .relaxed) }
        var isGoing: Bool { going.load(ordering: .relaxed) }
    }

    /// Eight clients, each with its own connection (a new one whenever it was closed), until told to stop.
    func load(_ front: Front, method: String = "GET", during change: (Count) async throws -> Void) async throws -> Count
    {
        let count = Count()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 { tasks.addTask { while count.isGoing { try await converse(front.port, method, count) } } }
            try await change(count)
            count.stop()
            try await tasks.waitForAll()
        }
        return count
    }

    private func converse(_ port: Int, _ method: String, _ count: Count) async throws {
        try await WireClient.connect(port).use { wire in
            for _ in 0..<50 where count.isGoing {
                try await wire.send("\(method) /tea HTTP/1.1\r\nHost: cafe.example.com\r\nContent-Length: 0\r\n\r\n")
                guard let answer = try await wire.answer() else { return count.add("closed without an answer") }
                count.add(String(answer.head.prefix(12)))
                if answer.head.contains("Connection: close") { return }
            }
        }
    }

    /// Lets at least so many more requests be answered.
    private func wait(for more: Int, _ count: Count) async throws {
        let goal = count.total + more
        while count.total < goal { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func aKilledPodLosesNoRequest() async throws {
        let pods = [try await Backend.start("a"), try await Backend.start("b"), try await Backend.start("c")]
        let front = try await Front.start(pods.map(\.upstream))
        let count = try await load(front) { count in
            try await wait(for: 200, count)
            // Gone before anybody has said so, in the middle of requests and with resets.
            try await pods[0].kill()
            try await wait(for: 200, count)
            front.lead(to: [pods[1].upstream, pods[2].upstream])
            try await wait(for: 200, count)
        }
        #expect(count.all.keys.sorted() == ["HTTP/1.1 200"], "\(count.all)")
        #expect(pods[1].requests > 100)
        await front.stop()
    }

    @Test(arguments: ["GET", "POST"])
    func aRollingUpdateLosesNoRequest(_ method: String) async throws {
        var pods = [try await Backend.start("a1"), try await Backend.start("b1"), try await Backend.start("c1")]
        let front = try await Front.start(pods.map(\.upstream))
        let count = try await load(front, method: method) { count in
            for round in 0..<9 {
                // As a Deployment does it: a new one is ready, an old one is on its way out, then it stops in good order.
                let old = pods.removeFirst()
                pods.append(try await Backend.start("n\(round)"))
                front.lead(to: ([old] + pods).map(\.upstream))
                try await wait(for: 40, count)
                front.lead(to: pods.map(\.upstream))
                try await wait(for: 20, count)
                try await old.quit()
            }
        }
        #expect(count.all.keys.sorted() == ["HTTP/1.1 200"], "\(count.all)")
        await front.stop()
    }

    @Test func stoppingAnswersWhatIsInFlight() async throws {
        let pod = try await Backend.start("slow") { $0.delay = .milliseconds(300) }
        let front = try await Front.start([pod.upstream])
        async let answer = WireClient.exchange(front.port, "GET /tea HTTP/1.1\r\nHost: cafe.example.com\r\n\r\n")
        async let idle = WireClient.exchange(front.port, "")
        while pod.requests == 0 && pod.seen.withLock({ $0.connections }) == 0 {
            try await Task.sleep(for: .milliseconds(1))
        }
        await front.stop()
        let text = try await answer
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.lowercased().contains("connection: close"))
        #expect(try await idle == "")
    }
}
