import Testing

@testable import MariaDB

@Suite struct PoolStateTests {
    @Test func workersStartUpToTheLimitThenJobsWaitThenAreRefused() {
        var pool = PoolState<String>(workerLimit: 2, queueLimit: 3)
        #expect(pool.submitted("a").1 == .start)
        #expect(pool.submitted("b").1 == .start)
        #expect(pool.submitted("c").1 == .wait)
        #expect(pool.submitted("d").1 == .refuse)
        guard case .run("a") = pool.workerFree(), case .run("b") = pool.workerFree(), case .run("c") = pool.workerFree()
        else { return #expect(Bool(false), "jobs are not done in order") }
        guard case .sleep = pool.workerFree() else { return #expect(Bool(false), "an idle worker does not sleep") }
        #expect(pool.submitted("e").1 == .wake)
        #expect(pool.sleeping == 0)
    }

    @Test func withdrawnJobsAreNotDone() {
        var pool = PoolState<String>(workerLimit: 1, queueLimit: 3)
        let (id, _) = pool.submitted("a")
        #expect(pool.withdrawn(id) == "a")
        #expect(pool.withdrawn(id) == nil)
        guard case .sleep = pool.workerFree() else { return #expect(Bool(false)) }
    }

    @Test func closingGivesWaitingJobsBackAndEndsWorkers() {
        var pool = PoolState<String>(workerLimit: 1, queueLimit: 3)
        _ = pool.submitted("a")
        _ = pool.workerFree()
        _ = pool.submitted("b")
        let closed = pool.closed()
        #expect(closed.jobs == ["b"])
        #expect(pool.submitted("c").1 == .refuse)
        guard case .end = pool.workerFree() else { return #expect(Bool(false)) }
        #expect(pool.workers == 0)
    }

    @Test func aServerThatIsAwayIsTriedEverMoreSeldom() {
        var reconnect = Reconnect()
        let error = DatabaseError(kind: .unavailable, message: "away")
        var now = ContinuousClock.now
        #expect(reconnect.refusal(at: now) == nil)
        var pauses: [Duration] = []
        for _ in 0..<9 {
            reconnect.failed(error, at: now, jitter: 1)
            #expect(reconnect.refusal(at: now) == error)
            var pause = Duration.zero
            while reconnect.refusal(at: now + pause) != nil { pause += .milliseconds(50) }
            pauses.append(pause)
            now = now + pause
        }
        #expect(pauses == [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000].map { .milliseconds($0) })
        reconnect.succeeded()
        #expect(reconnect.refusal(at: now) == nil)
    }
}
