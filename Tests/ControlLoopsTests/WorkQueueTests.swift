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
            backoff: Backoff(base: .milliseconds(5), limit: .seconds(1_000), jitter: 0, random: SplitMix64(seed: 1)))
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
        queue.finish("a", .done, start)
        #expect(next(&queue, start) == "a")
        queue.finish("a", .done, start)
        #expect(next(&queue, start) == "wait")
    }

    @Test func noMoreThanTheConcurrencyAreUnderWay() {
        var queue = queue(1)
        queue.add("a")
        queue.add("b")
        #expect(next(&queue, start) == "a")
        #expect(next(&queue, start) == "wait")
        queue.finish("a", .done, start)
        #expect(next(&queue, start) == "b")
    }

    @Test func failuresWaitLongerEachTimeUntilOneIsDone() {
        var queue = queue()
        var now = start
        queue.add("a")
        for milliseconds in [5, 10, 20, 40] {
            #expect(next(&queue, now) == "a")
            queue.finish("a", .failed, now)
            #expect(next(&queue, now) == "wait \(now + .milliseconds(milliseconds) - start)")
            now = now + .milliseconds(milliseconds)
        }
        #expect(next(&queue, now) == "a")
        queue.finish("a", .done, now)
        queue.add("a")
        #expect(next(&queue, now) == "a")
        queue.finish("a", .failed, now)
        #expect(next(&queue, now) == "wait \(now + .milliseconds(5) - start)")
    }

    @Test func theEarliestOfSeveralDelaysCounts() {
        var queue = queue()
        queue.add("a", at: start + .seconds(10))
        queue.add("a", at: start + .seconds(5))
        queue.add("a", at: start + .seconds(7))
        #expect(next(&queue, start) == "wait 5.0 seconds")
        #expect(next(&queue, start + .seconds(5)) == "a")
        queue.finish("a", .done, start + .seconds(5))
        #expect(next(&queue, start + .seconds(20)) == "wait")
    }

    /// A key that fails while it was added again waits for its back-off no longer than the news allows.
    @Test func newsDuringWorkComesAtOnce() {
        var queue = queue()
        queue.add("a")
        #expect(next(&queue, start) == "a")
        queue.add("a")
        queue.finish("a", .failed, start)
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
