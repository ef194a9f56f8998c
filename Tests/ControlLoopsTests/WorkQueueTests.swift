import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Synchronization
import TestKit
import Testing

@Suite struct WorkQueueTests {
    let start = ManualClock().now
    private func queue(_ concurrency: Int = 2) -> WorkQueue<String> {
        WorkQueue(
            concurrency: concurrency,
            backoff: Backoff(base: .milliseconds(5), limit: .seconds(1_000), jitter: 0))
    }
    private func next(_ queue: inout WorkQueue<String>, _ now: Instant) -> String {
        switch queue.next(now) {
        case .work(let key): key
        case .wait(let until): until.map { "wait \($0 - start)" } ?? "wait"
        }
    }

    @Test func aKeyIsHandedOutOnceAndNeverTwiceAtATime() {
        var queue = queue()
        for key in ["a", "b", "a"] { queue.add(key) }
        #expect(next(&queue, start) == "a")
        queue.add("a")
        #expect(next(&queue, start) == "b")
        #expect(next(&queue, start) == "wait")
        queue.finish("a", Turn(.idle), start)
        #expect(next(&queue, start) == "a")
        queue.finish("a", Turn(.idle), start)
        #expect(next(&queue, start) == "wait")
    }

    @Test func whoWantsNothingMoreTakesBackWhatWasAskedFor() {
        var queue = queue()
        queue.add("a")
        #expect(next(&queue, start) == "a")
        queue.finish("a", Turn(.changed, again: .seconds(600)), start)
        queue.add("a")
        #expect(next(&queue, start) == "a")
        queue.finish("a", Turn(.idle, again: .seconds(900)), start)
        #expect(next(&queue, start) == "wait 600.0 seconds")
        queue.add("a")
        #expect(next(&queue, start) == "a")
        queue.finish("a", Turn(.idle), start)
        #expect(next(&queue, start) == "wait")
    }

    /// Objects that come and go, each looked at again in ten minutes while it is there.
    @Test func keysWithoutEndLeaveNothingBehind() throws {
        var queue = WorkQueue<Int>(concurrency: 1)
        for key in 0..<5_000 {
            for turn in [Turn(.changed, again: .seconds(600)), Turn(.idle)] {
                queue.add(key)
                #expect("\(queue.next(start))" == "work(on: \(key))")
                queue.finish(key, turn, start)
            }
        }
        #expect(queue.waitingCount <= 1_100)
    }

    @Test func noMoreThanTheConcurrencyAreUnderWay() {
        var queue = queue(1)
        queue.add("a")
        queue.add("b")
        #expect(next(&queue, start) == "a")
        #expect(next(&queue, start) == "wait")
        queue.finish("a", Turn(.idle), start)
        #expect(next(&queue, start) == "b")
    }

    @Test func failuresWaitLongerEachTimeUntilOneIsDone() {
        var queue = queue()
        var now = start
        queue.add("a")
        for milliseconds in [5, 10, 20, 40] {
            #expect(next(&queue, now) == "a")
            queue.finish("a", Turn(.failed), now)
            #expect(next(&queue, now) == "wait \(now + .milliseconds(milliseconds) - start)")
            now = now + .milliseconds(milliseconds)
        }
        #expect(next(&queue, now) == "a")
        queue.finish("a", Turn(.idle), now)
        queue.add("a")
        #expect(next(&queue, now) == "a")
        queue.finish("a", Turn(.failed), now)
        #expect(next(&queue, now) == "wait \(now + .milliseconds(5) - start)")
    }

    @Test func theEarliestOfSeveralDelaysCounts() {
        var queue = queue()
        queue.add("a", at: start + .seconds(10))
        queue.add("a", at: start + .seconds(5))
        queue.add("a", at: start + .seconds(7))
        #expect(next(&queue, start) == "wait 5.0 seconds")
        #expect(next(&queue, start + .seconds(5)) == "a")
        queue.finish("a", Turn(.idle), start + .seconds(5))
        #expect(next(&queue, start + .seconds(20)) == "wait")
    }

    private func turn(_ queue: inout WorkQueue<String>, _ turn: Turn, _ now: Instant) -> WorkQueue<String>.Setback? {
        #expect(next(&queue, now) == "a")
        return queue.finish("a", turn, now)
    }

    @Test func whatChangesNothingAndYetWantsAnotherTurnWaitsLongerEachTime() {
        var queue = queue()
        var now = start
        queue.add("a")
        for (count, milliseconds) in [5, 10, 20, 40, 80].enumerated() {
            let setback = turn(&queue, count % 2 == 0 ? Turn(.fruitless) : Turn(.idle, again: .zero), now)
            #expect(setback?.count == count + 1 && setback?.isNewStep == true)
            #expect(next(&queue, now) == "wait \(now + .milliseconds(milliseconds) - start)")
            now = now + .milliseconds(milliseconds)
        }
        #expect(queue.counts.fruitlessTurns == 5)
        // A turn that gets on ends it.
        #expect(turn(&queue, Turn(.changed, again: .zero), now) == nil)
        #expect(turn(&queue, Turn(.fruitless), now)?.delay == .milliseconds(5))
    }

    @Test func theLastStepIsNamedOnce() {
        var queue = queue()
        var now = start
        queue.add("a")
        var steps = 0
        for _ in 0..<30 {
            let setback = turn(&queue, Turn(.fruitless), now)
            if setback?.isNewStep == true { steps += 1 }
            now = now + .seconds(1_000)
        }
        #expect(steps == 19)
    }

    @Test func aPeriodIsNoSetback() {
        var queue = queue()
        queue.add("a")
        for number in 0..<100 {
            #expect(turn(&queue, Turn(.idle, again: .seconds(20)), start + .seconds(20 * number)) == nil)
        }
        #expect(queue.counts.fruitlessTurns == 0)
        // A long time that was asked for holds beside the back-off of a failure.
        _ = turn(&queue, Turn(.failed, again: .seconds(20)), start + .seconds(2_000))
        #expect(turn(&queue, Turn(.idle), start + .seconds(2_000) + .milliseconds(5)) == nil)
        #expect(next(&queue, start + .seconds(3_000)) == "wait")
    }

    /// A failed turn that has written (such as a condition that tells of the failure) is told of its own write.
    @Test func ownNewsDoesNotEndABackoffAndOthersDoes() {
        var queue = queue()
        queue.add("a")
        #expect(next(&queue, start) == "a")
        queue.add("a", revision: 7)
        queue.finish("a", Turn(.failed, wrote: [7]), start)
        #expect(next(&queue, start) == "wait 0.005 seconds")
        #expect(next(&queue, start + .milliseconds(5)) == "a")
        queue.add("a", revision: 8)
        queue.add("a", revision: 9)
        queue.finish("a", Turn(.failed, wrote: [8]), start + .milliseconds(5))
        #expect(next(&queue, start + .milliseconds(5)) == "a")
        // After a turn that got on, own news counts: loops that go step by step rely on it.
        queue.add("a", revision: 10)
        queue.finish("a", Turn(.changed, wrote: [10]), start + .milliseconds(5))
        #expect(next(&queue, start + .milliseconds(5)) == "a")
    }

    /// A key that fails while it was added again waits for its back-off no longer than the news allows.
    @Test func newsDuringWorkComesAtOnce() {
        var queue = queue()
        queue.add("a")
        #expect(next(&queue, start) == "a")
        queue.add("a")
        queue.finish("a", Turn(.failed), start)
        #expect(next(&queue, start) == "a")
    }
}

/// Counts up the `v` of a ConfigMap to 3, one by one, and notes what it saw.
private struct Counter: Reconciler {
    static let name = "counter"
    static let reads: [Interest] = [.every(ConfigMap.self)]
    static let writes: [Permission] = [.update(ConfigMap.self)]
    let world: World
    let seen: Seen
    func reconcile(_ key: ObjectKey) -> [Change] {
        guard var map = world.get(ConfigMap.self, key) else { return [] }
        let value = map.json["data", "v"]?.string.flatMap { Int($0) } ?? 0
        seen.note(value)
        if value >= 3 { return [] }
        map.json["data"] = ["v": JSON(String(value + 1))]
        return [.update(map)]
    }
}
private final class Seen: Sendable {
    private let values = Mutex<[Int]>([])
    func note(_ value: Int) { values.withLock { $0.append(value) } }
    var all: [Int] { values.withLock { $0 } }
}

@Suite struct ReconcilerRunnerTests {
    let harness = Harness()
    private let seen = Seen()
    private func map(_ value: Int) -> ConfigMap {
        ConfigMap {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"; $0.name = "m"
            }
            $0.json["data"] = ["v": JSON(String(value))]
        }
    }

    /// No value is seen twice: the key is not looked at before the world has its own last write.
    @Test(.timeLimit(.minutes(1))) func neverDecidesOnAViewOlderThanItsOwnWrite() async throws {
        let runner = ReconcilerRunner(Counter(world: harness.world, seen: seen), harness.context)
        try await harness.run([runner]) {
            _ = try await harness.cluster.create(map(0))
            try await harness.wait(ConfigMap.self) { $0[0].json["data", "v"] == "3" }
            try await harness.world.cache(ConfigMap.self).wait(untilRevision: harness.cluster.revision)
        }
        #expect(seen.all.filter { $0 < 3 } == [0, 1, 2])
        #expect(harness.cluster.log.count { $0.hasPrefix("update") } == 3)
    }

    @Test(.timeLimit(.minutes(1))) func conflictsAndErrorsComeAgain() async throws {
        let resource = ConfigMap.resource
        harness.cluster.fail("update", resource, with: .conflict(resource, "m", "no"), times: 2)
        harness.cluster.fail("update", resource, with: .internalError("no"), times: 3)
        let runner = ReconcilerRunner(Counter(world: harness.world, seen: seen), harness.context)
        try await harness.run([runner], retrying: true) {
            _ = try await harness.cluster.create(map(2))
            try await harness.wait(ConfigMap.self) { $0[0].json["data", "v"] == "3" }
        }
    }
}

/// Writes what it has not declared.
private struct Trespasser: Reconciler {
    static let name = "trespasser"
    static let reads: [Interest] = [.every(ConfigMap.self)]
    static let writes: [Permission] = [.patch(ConfigMap.self)]
    func reconcile(_ key: ObjectKey) -> [Change] {
        [.delete(ConfigMap.resource, key, DeletionOptions())]
    }
}

@Suite struct DeclarationTests {
    @Test(.timeLimit(.minutes(1))) func aLoopThatDoesWhatItDoesNotDeclareFailsItsTest() async throws {
        let harness = Harness()
        let runner = ReconcilerRunner(Trespasser(), harness.context)
        let map = ConfigMap {
            $0.metadata = ObjectMeta {
                $0.namespace = "default"; $0.name = "m"
            }
        }
        let refusal = await #expect(throws: StatusError.self) {
            try await harness.run([runner]) {
                _ = try await harness.cluster.create(map)
                try await harness.wait(ConfigMap.self) { $0.isEmpty }
            }
        }
        #expect(
            refusal?.message
                == "configmaps \"m\" is forbidden: User \"system:serviceaccount:kube-system:trespasser\" cannot delete "
                + "resource \"configmaps\" in API group \"\" in the namespace \"default\"")
        #expect(harness.cluster.objects(ConfigMap.self).count == 1)
    }

    @Test func aLoopsUserIsItsServiceAccount() {
        let identity = Trespasser.identity
        #expect(
            identity.groups == ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"])
        #expect(
            identity.permissions.permissions
                == Set(Permission.following(ConfigMap.resource) + [.patch(ConfigMap.self)] + Permission.recordingEvents)
        )
        let informers = LoopIdentity.informers(of: [identity])
        #expect(informers.permissions.permissions == Set(Permission.following(ConfigMap.resource)))
    }
}

@Suite struct EventTests {
    let harness = Harness()
    private func note(_ message: String) -> EventNote {
        EventNote(
            ConfigMap {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"; $0.name = "m"; $0.uid = "u"
                }
            }, .normal,
            "Reason", message)
    }

    @Test(.timeLimit(.minutes(1))) func repetitionsAreCountedAndTheRestIsCombined() async throws {
        let recorder = EventRecorder(harness.context, component: "test")
        for _ in 0..<3 { recorder.record(note("the same")) }
        for number in 0..<12 { recorder.record(note("number \(number)")) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.run() }
            try await harness.wait(Event.self) { events in
                events.contains { $0.message == "the same" && $0.count == 3 }
                    && events.contains { $0.message?.hasPrefix("(combined from similar events): ") == true }
            }
            group.cancelAll()
        }
        #expect(harness.cluster.objects(Event.self).count <= 12)
    }

    @Test(.timeLimit(.minutes(1))) func anObjectThatIsTalkedAboutWithoutEndIsMuted() async throws {
        let recorder = EventRecorder(harness.context, component: "test")
        for _ in 0..<200 { recorder.record(note("the same")) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.run() }
            try await harness.wait(Event.self) { $0.first?.count == 25 }
            group.cancelAll()
        }
        #expect(harness.cluster.objects(Event.self).first?.count == 25)
    }
}
