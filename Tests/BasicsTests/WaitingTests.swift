import Basics
import Synchronization
import Testing

/// A number that many tasks change.
private final class Tally: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func change(_ body: (inout Int) -> Void) { number.withLock { body(&$0) } }
}

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
    @Test func raisedBeforeItIsKeptOnce() async {
        let signal = Signal()
        signal.raise()
        signal.raise()
        await signal.wait()
        let waiting = Task { await signal.wait() }
        await Task.yield()
        signal.raise()
        await waiting.value
    }

    @Test func cancellationEndsTheWait() async {
        let signal = Signal()
        let waiting = Task { await signal.wait() }
        await Task.yield()
        waiting.cancel()
        await waiting.value
        signal.raise()
        await signal.wait()
    }

    /// A cancelled task that finds the signal raised may be the one that takes it; one that does not find it leaves all.
    @Test func aCancelledWaitLeavesWhatIsRaisedLater() async {
        let signal = Signal()
        let cancelled = Task {
            while !Task.isCancelled { await Task.yield() }
            await signal.wait()
        }
        cancelled.cancel()
        await cancelled.value
        signal.raise()
        await signal.wait()
    }

    @Test func anotherThatComesWakesTheFirst() async {
        let signal = Signal()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { await signal.wait() } }
            for await _ in group.prefix(9) {}
            signal.raise()
        }
    }

    /// Each look for work follows a wake-up, and none is lost however raises and waits meet.
    @Test func noWakeUpIsLost() async {
        let signal = Signal()
        let work = Tally()
        let makers = 8
        let each = 2_000
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<makers {
                group.addTask {
                    for round in 0..<each {
                        work.change { $0 += 1 }
                        signal.raise()
                        if round % 7 == 0 { await Task.yield() }
                    }
                }
            }
            group.addTask {
                var done = 0
                while done < makers * each {
                    await signal.wait()
                    work.change { work in
                        done += work
                        work = 0
                    }
                }
            }
        }
        #expect(work.value == 0)
    }

    @Test func theDeadlineEndsTheWait() async {
        let clock = SystemClock()
        let began = clock.uptime
        await Signal().wait(until: clock.now + .milliseconds(20), clock)
        #expect(clock.uptime - began >= 15_000_000)
    }
}

@Suite(.timeLimit(.minutes(1))) struct GateTests {
    @Test func manyWaitAndTheFirstValueCounts() async throws {
        let gate = Gate<Int>()
        #expect(gate.value == nil && !gate.isOpen)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<500 { group.addTask { try await gate.wait() } }
            for _ in 0..<500 { group.addTask { await gate.waitThroughCancellation() } }
            for number in 1...4 { group.addTask { gate.open(number) ? 0 : 1 } }
            return try await group.reduce(0, +)
        }
        let value = try #require(gate.value)
        #expect(sum == 1_000 * value + 3)
        #expect(try await gate.wait() == value)
    }

    @Test func cancellationEndsOnlyTheWaitThatAllowsIt() async throws {
        let gate = Gate<Void>()
        let waits = (0..<100).map { _ in Task { try await gate.wait() } }
        let ended = Tally()
        let stays = Task {
            await gate.waitThroughCancellation()
            #expect(ended.value == 1)
        }
        await Task.yield()
        for wait in waits { wait.cancel() }
        stays.cancel()
        for wait in waits { await #expect(throws: CancellationError.self) { try await wait.value } }
        ended.change { $0 = 1 }
        gate.open()
        await stays.value
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            try await gate.wait()
        }
        late.cancel()
        try await late.value
    }
}

@Suite(.timeLimit(.minutes(1))) struct ByteQueueTests {
    @Test func keepsOrderAndEnds() async {
        let queue = ByteQueue()
        for index in 0..<5_000 { queue.put([UInt8(truncatingIfNeeded: index)]) }
        for index in 0..<4_000 { #expect(await queue.next() == [UInt8(truncatingIfNeeded: index)]) }
        queue.put([1, 2])
        #expect(queue.count == 1_002)
        queue.finish()
        queue.put([3])
        for index in 4_000..<5_000 { #expect(await queue.next() == [UInt8(truncatingIfNeeded: index)]) }
        #expect(await queue.next() == [1, 2])
        #expect(await queue.next() == nil)
        await queue.waitForRoom(0)
        let full = ByteQueue()
        full.put([1])
        full.abandon()
        #expect(await full.next() == nil && full.count == 0)
    }

    /// However many makers there are, what is in it stays bounded, and everything comes out.
    @Test func makersWaitForTheTaker() async {
        let queue = ByteQueue()
        let piece = [UInt8](repeating: 7, count: ByteQueue.highWater / 4)
        let most = Tally()
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    for _ in 0..<25 {
                        await queue.send(piece)
                        most.change { $0 = max($0, queue.count) }
                    }
                    return 0
                }
            }
            group.addTask {
                var count = 0
                while count < 20 * 25 * piece.count, let bytes = await queue.next() { count += bytes.count }
                return count
            }
            return await group.reduce(0, +)
        }
        #expect(taken == 20 * 25 * piece.count)
        #expect(most.value <= ByteQueue.highWater + 21 * piece.count)
    }

    @Test func cancellationEndsTheTakerAloneAndTakesNothing() async {
        let queue = ByteQueue()
        let taker = Task { await queue.next() }
        await Task.yield()
        taker.cancel()
        #expect(await taker.value == nil)
        queue.put([1])
        #expect(await queue.next() == [1])
        let maker = Task { await queue.send([UInt8](repeating: 0, count: ByteQueue.highWater + 1)) }
        while queue.count == 0 { await Task.yield() }
        maker.cancel()
        queue.finish()
        await maker.value
        #expect(await queue.next()?.count == ByteQueue.highWater + 1)
    }
}
