import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Synchronization
import TestKit
import Testing

/// Collects what an observer is told, as lines.
final class Diary: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func note(_ change: ObjectCache.Change) {
        func value(_ object: JSON?) -> String { object.map { $0["data", "v"]?.string ?? "" } ?? "-" }
        lines.withLock { $0.append("\(change.key.name) \(value(change.old))→\(value(change.new))") }
    }
}

private func configMap(_ name: String, _ value: String = "1") -> ConfigMap {
    ConfigMap {
        $0.metadata = ObjectMeta {
            $0.namespace = "default"; $0.name = name
        }
        $0.json["data"] = ["v": JSON(value)]
    }
}
private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

@Suite struct WorldTests {
    let cluster = TestCluster()

    /// Runs the body beside a running world.
    func withWorld(_ clock: any TimeSource = SystemClock(), _ body: (World) async throws -> Void) async throws {
        try await cluster.start()
        let world = World(cluster, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.run() }
            try await body(world)
            group.cancelAll()
        }
    }

    @Test func listsThenFollows() async throws {
        _ = try await cluster.create(configMap("a"))
        try await withWorld { world in
            let cache = world.cache(ConfigMap.self)
            let diary = Diary()
            cache.observe { diary.note($0) }
            try await world.waitUntilSynced()
            #expect(cache.count == 1)
            let made = try await cluster.create(configMap("b"))
            try await cache.wait(untilRevision: made.json.revision)
            var changed = made
            changed.json["data", "v"] = "2"
            _ = try await cluster.update(changed)
            try await cluster.delete(ConfigMap.self, key("a"))
            try await cache.wait(until: key("a")) { $0 == nil }
            #expect(diary.all == ["a -→1", "b -→1", "b 1→2", "a 1→-"])
            #expect(cache.all(in: "default").map(\.key.name) == ["b"])
            #expect(cache.all(in: "other").isEmpty)
        }
    }

    @Test func aCacheAskedForLaterIsFollowedToo() async throws {
        _ = try await cluster.create(configMap("a"))
        try await withWorld { world in
            try await world.cache(Secret.self).waitUntilSynced()
            try await world.cache(ConfigMap.self).waitUntilSynced()
            #expect(world.get(ConfigMap.self, key("a"))?.name == "a")
        }
    }

    @Test func resumesWithoutGapOrDuplicateWhenAWatchEnds() async throws {
        try await withWorld { world in
            let cache = world.cache(ConfigMap.self)
            let diary = Diary()
            cache.observe { diary.note($0) }
            try await cache.waitUntilSynced()
            for number in 1...20 {
                let made = try await cluster.create(configMap("c\(number)"))
                if number % 5 == 0 { cluster.breakWatches() }
                if number % 7 == 0 { try await cache.wait(untilRevision: made.json.revision) }
            }
            try await cache.wait(until: key("c20")) { $0 != nil }
            #expect(diary.all == (1...20).map { "c\($0) -→1" })
        }
    }

    @Test func listsAgainWhenTheRevisionIsGoneAndDeliversTheDifference() async throws {
        let a = try await cluster.create(configMap("a"))
        _ = try await cluster.create(configMap("b"))
        let clock = ManualClock()
        try await withWorld(clock) { world in
            let cache = world.cache(ConfigMap.self)
            try await cache.waitUntilSynced()
            let diary = Diary()
            cache.observe { diary.note($0) }
            // While the follower waits out a failed watch, much happens and the history is lost.
            cluster.fail("watch", ConfigMap.resource, with: .internalError("down"), times: 1)
            while clock.nextDeadline == nil {
                // Again and again: one that is being opened cannot be broken yet.
                cluster.breakWatches()
                try await Task.sleep(for: .microseconds(200))
            }
            var changed = a
            changed.json["data", "v"] = "2"
            _ = try await cluster.update(changed)
            try await cluster.delete(ConfigMap.self, key("b"))
            let last = try await cluster.create(configMap("c"))
            cluster.breakWatches(compact: true)
            let waiting = Task { try await cache.wait(untilRevision: last.json.revision) }
            while cache.revision < last.json.revision {
                clock.advance(by: .seconds(30))
                try await Task.sleep(for: .microseconds(200))
            }
            try await waiting.value
            #expect(Set(diary.all) == ["a -→1", "b -→1", "b 1→-", "a 1→2", "c -→1"])
        }
    }

    @Test func aNewObjectOfTheSameNameIsADeletionAndAnAddition() {
        let cache = ObjectCache(ConfigMap.resource)
        let diary = Diary()
        cache.observe { diary.note($0) }
        func object(_ uid: String, _ revision: Int, _ value: String) -> JSON {
            var object = configMap("a", value).json
            object["metadata", "uid"] = JSON(uid)
            object["metadata", "resourceVersion"] = JSON(String(revision))
            return object
        }
        cache.replace(with: ObjectList(items: [object("u1", 5, "1")], revision: 5))
        cache.replace(with: ObjectList(items: [object("u2", 9, "2")], revision: 9))
        cache.apply([.modified(object("u2", 8, "old")), .added(object("u2", 9, "again"))])
        #expect(diary.all == ["a -→1", "a 1→-", "a -→2"])
    }

    @Test func aResourceThatIsNotServedCountsAsEmpty() async throws {
        cluster.fail("list", Secret.resource, with: .notFound(Secret.resource, ""), times: .max)
        try await withWorld { world in
            try await world.cache(Secret.self).waitUntilSynced()
            #expect(world.all(Secret.self).isEmpty)
        }
    }

    @Test func waitingEndsWithTheTask() async throws {
        let cache = ObjectCache(ConfigMap.resource)
        let waiting = Task { try await cache.wait(untilRevision: 1_000) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func indexesFollowChanges() {
        let cache = ObjectCache(Pod.resource)
        func pod(_ name: String, node: String?, owner: String?, app: String, revision: Int) -> JSON {
            Pod {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"
                    $0.name = name
                    $0.uid = name
                    $0.resourceVersion = String(revision)
                    $0.labels = ["app": app]
                    if let owner {
                        $0.ownerReferences = [
                            OwnerReference {
                                $0.uid = owner; $0.controller = true
                            }
                        ]
                    }
                }
                $0.spec.nodeName = node
            }.json
        }
        cache.apply([.added(pod("a", node: nil, owner: "o", app: "x", revision: 1))])
        cache.addIndex("app") { [$0["metadata", "labels", "app"]?.string ?? ""] }
        cache.apply([.added(pod("b", node: "n1", owner: "o", app: "x", revision: 2))])
        #expect(cache.controlled(by: "o").count == 2)
        #expect(cache.indexed("app", "x").count == 2)
        #expect(cache.onNode("n1").map(\.key.name) == ["b"])
        cache.apply([.modified(pod("a", node: "n1", owner: nil, app: "y", revision: 3))])
        cache.apply([.deleted(pod("b", node: "n1", owner: "o", app: "x", revision: 4))])
        #expect(cache.controlled(by: "o").isEmpty)
        #expect(cache.indexed("app", "x").isEmpty)
        #expect(cache.indexed("app", "y").map(\.key.name) == ["a"])
        #expect(cache.onNode("n1").map(\.key.name) == ["a"])
    }
}
