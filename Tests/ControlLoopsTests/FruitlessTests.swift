import APIMachinery
import ControlLoops
import KubeAPI
import Logging
import LoopTestKit
import Synchronization
import Testing

/// Wants the same of every ConfigMap, for ever.
private struct Insisting: Reconciler {
    static let name = "insisting"
    static let reads: [Interest] = [.every(ConfigMap.self)]
    static let writes: [Permission] = [.update(ConfigMap.self), .patch(ConfigMap.self), .delete(ConfigMap.self)]
    let world: World
    let wants: @Sendable (ConfigMap) -> [Change]
    func reconcile(_ key: ObjectKey) -> [Change] { world.get(ConfigMap.self, key).map(wants) ?? [] }
}

/// Keeps what is logged.
private final class LogBook: Sendable {
    private let lines = Mutex<[(level: Logger.Level, metadata: Logger.Metadata)]>([])
    var all: [(level: Logger.Level, metadata: Logger.Metadata)] { lines.withLock { $0 } }
    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(book: self) }
        logger.logLevel = .debug
        return logger
    }
    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            book.lines.withLock { $0.append((event.level, event.metadata ?? [:])) }
        }
    }
}

/// Turns that change nothing and want another are few, counted and named.
@Suite struct FruitlessTests {
    let harness = Harness()
    private let book = LogBook()

    private func run(_ wants: @escaping @Sendable (ConfigMap) -> [Change]) async throws -> WorkQueueCounts {
        var context = harness.context
        context.logger = book.logger
        let runner = ReconcilerRunner(Insisting(world: harness.world, wants: wants), context)
        try await harness.run([runner]) {
            try await harness.cluster.make(
                ConfigMap {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "default"; $0.name = "m"
                    }
                })
            while runner.counts?.turns == 0 { try await Task.sleep(for: .microseconds(200)) }
            for _ in 0..<400 {
                harness.clock.advance(by: .milliseconds(50))
                try await Task.sleep(for: .microseconds(200))
            }
        }
        return try #require(runner.counts)
    }

    /// 5 ms doubling (less what chance takes): at most 14 turns fit into 20 s.
    private func expectBackoff(_ counts: WorkQueueCounts) {
        #expect(counts.turns >= 8 && counts.turns <= 14, "\(counts)")
        // The last turn may have been under way at the end.
        #expect((0...1).contains(counts.turns - counts.fruitlessTurns), "\(counts)")
        let named = book.all.filter { $0.metadata["loop"] == "insisting" && $0.metadata["key"] == "default/m" }
        #expect(named.count == counts.fruitlessTurns)
        #expect(named.prefix(4).allSatisfy { $0.level == .debug })
        #expect(named.dropFirst(4).allSatisfy { $0.level == .warning })
    }

    @Test(.timeLimit(.minutes(1))) func askingForTheNextTurnAtOnce() async throws {
        expectBackoff(try await run { _ in [.again(after: .zero)] })
    }

    @Test(.timeLimit(.minutes(1))) func writingWhatIsThere() async throws {
        expectBackoff(try await run { map in [.update(map)] })
    }

    @Test(.timeLimit(.minutes(1))) func writingWhatTheServerDrops() async throws {
        // A field that the kind does not have.
        expectBackoff(try await run { map in [.patch(map, ["what": ["is": "this"]])] })
    }

    /// Its own write, which tells of the failure, is news of the key; it must not end the back-off.
    @Test(.timeLimit(.minutes(1))) func failingAndTellingSoEachTimeInOtherWords() async throws {
        let number = Atomic<Int>(0)
        let counts = try await run { map in
            let words = number.add(1, ordering: .relaxed).newValue
            let impossible = Change.delete(
                ConfigMap.resource, map.key, DeletionOptions(uid: map.uid, resourceVersion: "1"))
            return [.patch(map, ["data": ["failure": JSON("number \(words)")]]), impossible]
        }
        #expect(counts.retries >= 8 && counts.retries <= 14, "\(counts)")
        // The last turn may have been under way at the end.
        #expect((0...1).contains(counts.turns - counts.retries), "\(counts)")
    }
}
