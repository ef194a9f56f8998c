import APIMachinery
import APIServer
import ControlLoops
import EtcdStore
import KeyValueCore
import Synchronization
import TestKit
import Testing

@Suite struct WatchTests {
    @Test func startsWithWhatIsThere() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a"))
            let watch = try await cluster.watch("\(Harness.configMaps)?watch=true")
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("b"))
            #expect(try await watch.next(2).map(\.brief) == ["ADDED a", "ADDED b"])
        }
    }

    @Test func sendsInitialEventsAndTheirEnd() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a"))
            let query =
                "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&resourceVersion="
            let watch = try await cluster.watch("\(Harness.configMaps)?\(query)")
            let events = try await watch.next(2)
            #expect(events[0].brief == "ADDED a")
            #expect(events[1]["type"]?.string == "BOOKMARK")
            #expect(events[1]["object", "metadata", "annotations", "k8s.io/initial-events-end"]?.string == "true")
            #expect(events[1]["object", "kind"]?.string == "ConfigMap")
            let wrong = try await cluster.call("GET", "\(Harness.configMaps)?watch=true&sendInitialEvents=true")
            #expect(wrong.status == 422)
        }
    }

    @Test func selectionsAreEnteredAndLeft() async throws {
        try await Harness.run { cluster in
            let list = try await cluster.call("GET", Harness.configMaps)
            let version = list.json["metadata", "resourceVersion"]?.string ?? ""
            let watch = try await cluster.watch(
                "\(Harness.configMaps)?watch=1&labelSelector=on%3Dyes&resourceVersion=\(version)")
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            for value: JSON in ["yes", "yes", "no"] {
                _ = try await cluster.call(
                    "PATCH", "\(Harness.configMaps)/x",
                    ["metadata": ["labels": ["on": value]], "data": ["a": JSON(value == "yes" ? "1" : "2")]],
                    headers: DeletionTests.merge)
                _ = try await cluster.call(
                    "PATCH", "\(Harness.configMaps)/x", ["data": ["b": value]], headers: DeletionTests.merge)
            }
            let events = try await watch.next(3)
            #expect(events.map(\.brief) == ["ADDED x", "MODIFIED x", "DELETED x"])
            #expect(events[2]["object", "metadata", "labels", "on"]?.string == "yes")
        }
    }

    @Test func resumesWithoutGapOrDuplicate() async throws {
        try await Harness.run { cluster in
            let list = try await cluster.call("GET", Harness.configMaps)
            var version = list.json["metadata", "resourceVersion"]?.string ?? ""
            let total = 120
            let writer = Task {
                for number in 0..<total {
                    _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("n\(number)"))
                }
            }
            var seen: [String] = []
            while seen.count < total {
                // Each watch is given up after a few events and taken up where it was left.
                let watch = try await cluster.watch("\(Harness.configMaps)?watch=1&resourceVersion=\(version)")
                for event in try await watch.next(min(7, total - seen.count)) {
                    seen.append(event["object", "metadata", "name"]?.string ?? "")
                    version = event["object", "metadata", "resourceVersion"]?.string ?? ""
                }
                watch.stream.cancel()
            }
            try await writer.value
            #expect(seen == (0..<total).map { "n\($0)" })
        }
    }

    @Test func resumesOverARestart() async throws {
        let directory = TemporaryDirectory()
        let version = Mutex("")
        try await Harness.run(directory: directory) { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a"))
            let list = try await cluster.call("GET", Harness.configMaps)
            version.withLock { $0 = list.json["metadata", "resourceVersion"]?.string ?? "" }
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("b"))
            _ = try await cluster.call("DELETE", "\(Harness.configMaps)/a")
        }
        try await Harness.run(directory: directory) { cluster in
            let start = version.withLock { $0 }
            let watch = try await cluster.watch("\(Harness.configMaps)?watch=1&resourceVersion=\(start)")
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("c"))
            #expect(try await watch.next(3).map(\.brief) == ["ADDED b", "DELETED a", "ADDED c"])
        }
    }

    @Test func tooOldIs410() async throws {
        let directory = TemporaryDirectory()
        try await Harness.run(directory: directory) { cluster in
            for number in 0..<3 {
                _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a\(number)"))
            }
            try await cluster.store.compact(try await cluster.store.status().revision)
        }
        try await Harness.run(directory: directory) { cluster in
            let reply = try await cluster.call("GET", "\(Harness.configMaps)?watch=1&resourceVersion=2")
            #expect(reply.json["type"]?.string == "ERROR" || reply.status == 410)
            #expect(reply.text.contains("too old resource version: 2"))
        }
    }

    @Test func endsAfterItsTime() async throws {
        let clock = ShiftedClock()
        try await Harness.run(surroundings: Surroundings(clock: clock)) { cluster in
            let watch = try await cluster.watch(
                "\(Harness.configMaps)?watch=1&timeoutSeconds=1000&allowWatchBookmarks=true")
            clock.shiftUptime(by: .seconds(70))
            let bookmark = try await watch.next()
            #expect(bookmark?["type"]?.string == "BOOKMARK")
            clock.shiftUptime(by: .seconds(1_000))
            let last = try await watch.next()
            #expect(last?["type"]?.string == "BOOKMARK")
            #expect(try await watch.next() == nil)
        }
    }

    @Test func cancellingEndsAWaitingWatch() async throws {
        try await Harness.run { cluster in
            let watch = try await cluster.watch("\(Harness.configMaps)?watch=1")
            let reader = Task { try await watch.next() }
            await Task.yield()
            watch.stream.cancel()
            #expect(try await reader.value == nil)
        }
    }

    @Test func survivesTheStoresWatchEnding() async throws {
        let breaker = Breaker()
        try await Harness.run(wrap: { breaker.wrap($0) }) { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a"))
            let list = try await cluster.api.list(GroupResource(resource: "configmaps"))
            let watch = try await cluster.api.watch(
                GroupResource(resource: "configmaps"), namespace: "", labelSelector: "", fieldSelector: "",
                from: list.revision)
            breaker.cut()
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("b"))
            // The watcher is either told to list again or misses nothing.
            do {
                guard case .added(let object)? = try await watch.next()?.first else {
                    Issue.record("the watch ended without a word")
                    return
                }
                #expect(object["metadata", "name"]?.string == "b")
            } catch let error as StatusError {
                #expect(error.code == 410)
            }
            let names = try await cluster.api.list(GroupResource(resource: "configmaps")).items.map(\.key.name)
            #expect(names == ["a", "b"])
        }
    }
}

/// Ends the watches of the store it wraps.
final class Breaker: Sendable {
    private let watches = Mutex<[any StoreWatch]>([])

    func wrap(_ store: EmbeddedStore) -> any RevisionedStore { BreakableStore(store: store, breaker: self) }
    func add(_ watch: any StoreWatch) { watches.withLock { $0.append(watch) } }
    func cut() { for watch in watches.withLock({ $0 }) { watch.cancel() } }
}

private struct BreakableStore: RevisionedStore {
    let store: EmbeddedStore
    let breaker: Breaker
    func range(_ request: RangeRequest) async throws -> RangeResponse { try await store.range(request) }
    func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
        try await store.transact(transaction, inTerm: term)
    }
    func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool) async throws -> any StoreWatch {
        let watch = try await store.watch(range, from: revision, previousValues: previousValues)
        breaker.add(watch)
        return watch
    }
    func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
        try await store.grantLease(id, timeToLiveSeconds: timeToLiveSeconds)
    }
    func revokeLease(_ id: LeaseID) async throws { try await store.revokeLease(id) }
    func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 { try await store.keepLeaseAlive(id) }
    func compact(_ revision: Revision) async throws { try await store.compact(revision) }
    func status() async throws -> StoreStatus { try await store.status() }
}
