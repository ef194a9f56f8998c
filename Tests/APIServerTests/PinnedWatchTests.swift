import APIMachinery
import Basics
import Testing

@testable import APIServer

/// Watchers that ask for one value each, such as nodes for their pods, see what they would see without the index.
@Suite struct PinnedWatchTests {
    private func pod(_ key: String, on node: String, _ revision: Int64) throws -> StoredObject {
        let stored = #"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"\#(key)"},"spec":{"nodeName":"\#(node)"}}"#
        return try #require(StoredObject(key: key, stored: Array(stored.utf8), revision: revision))
    }
    private func pin(_ node: String) -> Pin {
        Pin(key: Pin.Key(kind: .field, value: node)) { event in
            Array(Set([event.object, event.previous].compactMap { $0?.json["spec", "nodeName"]?.string }))
        }
    }
    private func nodes(of event: CacheEvent) -> [String] { pin("").read(event) }

    @Test func oneSeesOnlyWhatConcernsItAndStandsAtTheEndThen() throws {
        var log = ChangeLog()
        log.begin(at: 1)
        let mine = pin("mine")
        var cursor = log.cursorAtEnd
        log.pin(mine, at: cursor)
        for revision in Int64(2)...100 {
            let node = revision == 50 ? "mine" : "other-\(revision)"
            let event = CacheEvent(kind: .added, object: try pod("p-\(revision)", on: node, revision), previous: nil)
            #expect(log.append(event) == [Pin.Key(kind: .field, value: node)])
        }
        #expect(log.backlog(at: cursor, of: mine, limit: 9) == 1)
        let (events, next) = try log.events(at: cursor, of: mine, limit: 10, byteLimit: .max)
        #expect(events.map(\.revision) == [50])
        cursor.sequence = next
        #expect(cursor == log.cursorAtEnd)
        #expect(log.backlog(at: cursor, of: mine, limit: 9) == 0)
        // Changes of others that are forgotten do not cut it off; its own do.
        var small = ChangeLog(eventLimit: 3, eventBytesLimit: .max)
        small.begin(at: 1)
        let start = small.cursorAtEnd
        small.pin(mine, at: start)
        func add(_ node: String, _ revision: Int64) throws {
            small.append(CacheEvent(kind: .added, object: try pod("p", on: node, revision), previous: nil))
            small.trim()
        }
        for revision in Int64(2)...9 { try add("other", revision) }
        #expect(try small.events(at: start, of: mine, limit: 1, byteLimit: 1).events.isEmpty)
        #expect(throws: StatusError.self) { try small.events(at: start, limit: 1, byteLimit: 1) }
        for revision in Int64(10)...14 { try add(revision == 10 ? "mine" : "other", revision) }
        #expect(small.backlog(at: start, of: mine, limit: 9) == nil)
        #expect { try small.events(at: start, of: mine, limit: 1, byteLimit: 1) } throws: {
            ($0 as? StatusError)?.code == 410
        }
        // Nobody is left: nothing is kept.
        small.unpin(mine)
        #expect(small.append(CacheEvent(kind: .added, object: try pod("p", on: "mine", 15), previous: nil)) == [])
    }

    /// Every watcher gets its own changes, each once and in order, or is told 410 when one of them is really gone.
    @Test(arguments: 1...20) func aSeedGivesWhatAFilterWouldGive(seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        var log = ChangeLog(eventLimit: 16, eventBytesLimit: .max)
        log.begin(at: 0)
        let names = ["a", "b", "c", "d", "e"]
        struct Watcher {
            var pin: Pin
            var cursor: ChangeLog.Cursor
            var wanted: [Int64] = []
        }
        var watchers: [Watcher] = []
        var history: [(revision: Int64, nodes: [String])] = []
        var placed: [String: StoredObject] = [:]
        for revision in Int64(1)...400 {
            let key = "p-\(Int.random(in: 0..<6, using: &dice))"
            let object = try pod(key, on: names.randomElement(using: &dice) ?? "a", revision)
            let event = CacheEvent(kind: .modified, object: object, previous: placed[key])
            placed[key] = object
            log.append(event)
            history.append((revision, nodes(of: event)))
            for index in watchers.indices where nodes(of: event).contains(watchers[index].pin.key.value) {
                watchers[index].wanted.append(revision)
            }
            log.trim()
            let oldest = log.completeAfter
            if Int.random(in: 0..<10, using: &dice) == 0, watchers.count < 8 {
                let pin = pin(names.randomElement(using: &dice) ?? "a")
                let after = Int64.random(in: oldest...revision, using: &dice)
                let cursor = try log.cursor(after: after)
                log.pin(pin, at: cursor)
                let missed = history.filter { $0.revision > after && $0.nodes.contains(pin.key.value) }
                watchers.append(Watcher(pin: pin, cursor: cursor, wanted: missed.map(\.revision)))
            }
            guard let index = watchers.indices.randomElement(using: &dice) else { continue }
            let isGone = watchers[index].wanted.contains { $0 <= oldest }
            do {
                var seen: [Int64] = []
                while true {
                    let (events, next) = try log.events(
                        at: watchers[index].cursor, of: watchers[index].pin, limit: 3, byteLimit: .max)
                    watchers[index].cursor.sequence = next
                    if events.isEmpty { break }
                    seen += events.filter { nodes(of: $0).contains(watchers[index].pin.key.value) }.map(\.revision)
                }
                #expect(!isGone)
                #expect(seen == watchers[index].wanted)
                watchers[index].wanted = []
            } catch {
                #expect(isGone || watchers[index].cursor.sequence < log.cursorAtEnd.sequence - 16)
                log.unpin(watchers[index].pin)
                watchers.remove(at: index)
            }
        }
    }

    @Test func nodesHearOfTheirOwnPodsAlone() async throws {
        try await Harness.run { cluster in
            let pods = "/api/v1/namespaces/default/pods"
            let watch = try await cluster.watch("/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn1")
            let one = try await cluster.watch("\(pods)?watch=1&fieldSelector=metadata.name%3Dp3")
            for number in 1...4 {
                let pod: JSON = [
                    "metadata": ["name": JSON("p\(number)")],
                    "spec": [
                        "nodeName": JSON(number % 2 == 0 ? "n2" : "n1"), "containers": [["name": "c", "image": "i"]],
                    ],
                ]
                let answer = try await cluster.call("POST", pods, pod)
                #expect(answer.status == 201)
            }
            _ = try await cluster.call("DELETE", "\(pods)/p3?gracePeriodSeconds=0")
            #expect(try await watch.next(3).map(\.brief) == ["ADDED p1", "ADDED p3", "DELETED p3"])
            #expect(try await one.next(2).map(\.brief) == ["ADDED p3", "DELETED p3"])
        }
    }
}
