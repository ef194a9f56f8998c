import NIOCore
import Testing

@testable import IngressController

@Suite struct UpstreamGroupTests {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    func group(_ count: Int) -> UpstreamGroup {
        var group = UpstreamGroup()
        group.upstreamsChanged(to: (0..<count).map { Upstream("10.0.0.\($0)", 80) })
        return group
    }
    func after(_ seconds: Double) -> NIODeadline { start + .nanoseconds(Int64(seconds * 1e9)) }

    @Test func eachHasItsTurn() {
        var group = group(3)
        let turns = (0..<6).compactMap { _ in group.choose(excluding: [], now: start)?.address.last }
        #expect(String(turns) == "012012")
    }

    @Test func onesThatFailInARowAreLeftOutForAWhile() {
        var group = group(4)
        let bad = group.upstreams[1]
        for _ in 0..<3 { group.failed(bad, now: start, jitter: 0.5) }
        #expect(group.isEjected(bad, now: after(0.9)))
        let chosen = (0..<8).map { _ in group.choose(excluding: [], now: after(0.9)) }
        #expect(!chosen.contains(bad))
        #expect(!group.isEjected(bad, now: after(1)))
        // It is let in again; one more failure and it is out for twice as long.
        group.failed(bad, now: after(1), jitter: 0.5)
        #expect(group.isEjected(bad, now: after(2.9)))
        #expect(!group.isEjected(bad, now: after(3)))
        for round in 0..<20 { group.failed(bad, now: after(Double(100 * round + 10)), jitter: 0.5) }
        #expect(!group.isEjected(bad, now: after(1_910 + 30)), "no longer than the longest")
    }

    @Test func aSuccessForgetsFailures() {
        var group = group(2)
        let one = group.upstreams[0]
        for _ in 0..<5 {
            group.failed(one, now: start, jitter: 0)
            group.failed(one, now: start, jitter: 0)
            group.succeeded(one)
        }
        #expect(!group.isEjected(one, now: start))
    }

    @Test(arguments: 1...5) func theLastHalfIsNeverLeftOut(_ count: Int) {
        var group = group(count)
        for upstream in group.upstreams { for _ in 0..<9 { group.failed(upstream, now: start, jitter: 0) } }
        let ejected = group.upstreams.count { group.isEjected($0, now: start) }
        #expect(ejected == count / 2)
        #expect(group.choose(excluding: [], now: start) != nil)
    }

    @Test func triedOnesAreChosenOnlyWhenNoOtherIsLeft() {
        var group = group(2)
        let (one, two) = (group.upstreams[0], group.upstreams[1])
        #expect(group.choose(excluding: [one], now: start) == two)
        #expect(group.choose(excluding: [two], now: start) == one)
        #expect(group.choose(excluding: [one, two], now: start) == one, "not the same twice in a row")
        #expect(self.group(0).upstreams.isEmpty)
        var empty = self.group(0)
        #expect(empty.choose(excluding: [], now: start) == nil)
        var single = self.group(1)
        let only = single.upstreams
        #expect(single.choose(excluding: only, now: start) == only[0])
    }
}

@Suite struct RetryPolicyTests {
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    func decide(
        _ failure: AttemptFailure, idempotent: Bool = true, replay: Bool = true, budget: Bool = true,
        later: TimeAmount = .zero
    ) -> RetryPolicy.Decision {
        var policy = RetryPolicy(isIdempotent: idempotent, started: start)
        return policy.attemptFailed(failure, canReplay: replay, budgetAllows: budget, now: start + later, jitter: 0)
    }

    @Test func onlyWhatCannotDoHarmIsRepeated() {
        let soon = RetryPolicy.Decision.retry(after: .milliseconds(10))
        #expect(decide(.couldNotConnect, idempotent: false) == soon)
        #expect(decide(.connectionLost(wasReused: false), idempotent: false) == .giveUp(status: 502))
        #expect(decide(.connectionLost(wasReused: true)) == .retry(after: .zero))
        #expect(decide(.connectionLost(wasReused: false)) == soon)
        #expect(decide(.timedOut, idempotent: false) == .giveUp(status: 504))
        #expect(decide(.unavailable(status: 503)) == soon)
        #expect(decide(.unavailable(status: 503), idempotent: false) == .giveUp(status: 503))
        #expect(decide(.badAnswer) == .giveUp(status: 502))
        #expect(decide(.couldNotConnect, replay: false) == .giveUp(status: 502))
        #expect(decide(.couldNotConnect, budget: false) == .giveUp(status: 502))
        #expect(decide(.couldNotConnect, later: RetryPolicy.totalTime) == .giveUp(status: 502))
    }

    @Test func waitsGrowAndAttemptsEnd() {
        var policy = RetryPolicy(isIdempotent: true, started: start)
        let waits = (0..<4).map { _ in
            policy.attemptFailed(.couldNotConnect, canReplay: true, budgetAllows: true, now: start, jitter: 1)
        }
        #expect(
            waits == [
                .retry(after: .milliseconds(20)), .retry(after: .milliseconds(40)), .retry(after: .milliseconds(80)),
                .giveUp(status: 502),
            ])
    }

    @Test func allRetriesTogetherAreAShareOfAllRequests() {
        var budget = RetryBudget(now: start)
        var taken = 0
        for _ in 0..<10_000 {
            budget.requestCame()
            if budget.take(now: start) { taken += 1 }
        }
        #expect((2_000...2_300).contains(taken))
        let isAllowed = budget.take(now: start + .seconds(1))
        #expect(isAllowed, "a second earns some for nothing")
    }
}

@Suite struct IdleConnectionsTests {
    final class Connection {}
    let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    let one = Upstream("10.0.0.1", 80)
    let two = Upstream("10.0.0.2", 80)

    @Test func theFreshestIsTakenAndTheOldestGivenUp() {
        var idle = IdleConnections<Connection>(limitPerUpstream: 2, lifetime: .seconds(10))
        let connections = (0..<3).map { _ in Connection() }
        #expect(idle.put(connections[0], for: one, now: start) == nil)
        #expect(idle.put(connections[1], for: one, now: start + .seconds(1)) == nil)
        #expect(idle.put(connections[2], for: one, now: start + .seconds(2)) === connections[0])
        #expect(idle.take(two, now: start) == nil)
        #expect(idle.take(one, now: start + .seconds(3)) === connections[2])
        #expect(idle.take(one, now: start + .seconds(11)) == nil, "it waited too long")
        #expect(idle.takeExpired(now: start + .seconds(11)).first === connections[1])
        #expect(idle.count == 0)
    }

    @Test func connectionsOfUpstreamsThatAreGoneAreHandedBack() {
        var idle = IdleConnections<Connection>()
        let (first, second) = (Connection(), Connection())
        _ = idle.put(first, for: one, now: start)
        _ = idle.put(second, for: two, now: start)
        let gone = idle.takeGone(keeping: [two])
        #expect(gone.count == 1 && gone[0] === first)
        idle.remove(second, of: two)
        #expect(idle.count == 0)
    }
}

@Suite struct RequestBodyTests {
    func text(_ chunks: ArraySlice<ByteBuffer>) -> String { chunks.map { String(buffer: $0) }.joined() }

    @Test func shortBodiesCanBeSentAgain() {
        var body = RequestBody()
        body.append(ByteBuffer(string: "ab"))
        #expect(text(body.takeUnsent().chunks) == "ab")
        body.append(ByteBuffer(string: "cd"))
        body.end(nil)
        let rest = body.takeUnsent()
        #expect(text(rest.chunks) == "cd" && rest.isEnd)
        #expect(!body.takeUnsent().isEnd, "the end is sent once")
        #expect(body.canReplay)
        body.rewind()
        let again = body.takeUnsent()
        #expect(text(again.chunks) == "abcd" && again.isEnd)
    }

    @Test func longOnesCanBeSentAgainUntilTheyWereSent() {
        var body = RequestBody()
        body.append(ByteBuffer(repeating: 1, count: 100_000))
        #expect(body.canReplay, "nothing has left yet")
        body.rewind()
        #expect(body.takeUnsent().chunks.reduce(0) { $0 + $1.readableBytes } == 100_000)
        #expect(!body.canReplay)
    }

    @Test func longOnesAreNotKept() {
        var body = RequestBody()
        let chunk = ByteBuffer(repeating: 1, count: 40_000)
        var sent = 0
        for _ in 0..<10 {
            body.append(chunk)
            sent += body.takeUnsent().chunks.reduce(0) { $0 + $1.readableBytes }
        }
        #expect(!body.canReplay)
        #expect(sent == 400_000)
        #expect(body.waitingBytes == 0)
        #expect(body.takeUnsent().chunks.isEmpty)
    }
}
