import APIMachinery
import APIServer
import EtcdStore
import HTTPMessages
import KeyValueCore
import Synchronization
import Testing

@Suite struct PolledWatchTests {
    /// So many that they are called in rounds; each gets every change, in order, however the rounds fall.
    @Test(arguments: [1, 120]) func polledWatchersMissNothing(watchers: Int) async throws {
        try await Harness.run { cluster in
            let made = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a", ["n": "0"]))
            let version = made.json["metadata", "resourceVersion"]?.string ?? ""
            let writes = 60
            try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<watchers {
                    let query = "watch=1&resourceVersion=\(version)"
                    let poller = try await Poller(cluster, "\(Harness.configMaps)?\(query)")
                    group.addTask { try await poller.values(writes) }
                }
                for number in 1...writes {
                    let body = Harness.configMap("a", ["n": String(number)])
                    let reply = try await cluster.call("PUT", "\(Harness.configMaps)/a", body)
                    #expect(reply.status == 200)
                }
                for try await values in group { #expect(values == (1...writes).map { String($0) }) }
            }
        }
    }

    @Test func aPolledWatchSeesOnlyItsNamespaceAndItsStart() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("a", ["n": "first"]))
            let poller = try await Poller(cluster, "\(Harness.configMaps)?watch=1")
            #expect(try await poller.values(1) == ["first"])
            let elsewhere = "/api/v1/namespaces/kube-system/configmaps"
            _ = try await cluster.call("POST", elsewhere, Harness.configMap("b", ["n": "elsewhere"]))
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("c", ["n": "second"]))
            #expect(try await poller.values(1) == ["second"])
            poller.stream.cancel()
            #expect(await poller.next() == nil)
        }
    }

    /// What was acknowledged is read although the cache has not seen it.
    @Test func aWriteCanBeReadWhileTheFeedIsHeldBack() async throws {
        let feed = HeldFeed()
        try await Harness.run(wrap: { feed.wrap($0) }) { cluster in
            feed.hold(true)
            let path = "\(Harness.configMaps)/a"
            #expect(try await cluster.call("POST", Harness.configMaps, Harness.configMap("a")).status == 201)
            #expect(try await cluster.call("GET", path).json["data", "a"]?.string == "b")
            let patch: JSON = ["data": ["a": "c"]]
            #expect(try await cluster.call("PATCH", path, patch, headers: DeletionTests.merge).status == 200)
            #expect(try await cluster.call("GET", path).json["data", "a"]?.string == "c")
            #expect(try await cluster.call("DELETE", path).status == 200)
            #expect(try await cluster.call("GET", path).status == 404)
            #expect(try await cluster.call("POST", Harness.configMaps, Harness.configMap("a")).status == 201)
            feed.hold(false)
            let list = try await cluster.call("GET", Harness.configMaps)
            #expect(list.json["items"]?.elements.map { $0["data", "a"]?.string } == ["b"])
            #expect(try await cluster.call("GET", path).status == 200)
        }
    }
}

/// Reads a watch as an event loop does: asks, and asks again when called.
private struct Poller: Sendable {
    let stream: any PolledStream

    init(_ cluster: Harness, _ path: String) async throws {
        guard case .stream(let stream) = await cluster.server.answer(cluster.request("GET", path)).body,
            let polled = stream as? any PolledStream
        else { throw HarnessError(description: "no stream that can be polled") }
        self.stream = polled
    }

    func next() async -> [UInt8]? {
        while true {
            let (calls, ready) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            switch stream.poll({ ready.yield() }) {
            case .bytes(let bytes): return bytes
            case .end: return nil
            case .later: for await _ in calls { break }
            }
        }
    }

    /// `data.n` of so many events.
    func values(_ count: Int) async throws -> [String] {
        var values: [String] = []
        while values.count < count, let bytes = await next() {
            for line in bytes.split(separator: 0x0A) {
                values.append(try JSON(parsing: Array(line))["object", "data", "n"]?.string ?? "")
            }
        }
        return values
    }
}

/// Keeps back what the watches of the store it wraps bring.
private final class HeldFeed: Sendable {
    private let isHeld = Atomic<Bool>(false)
    func hold(_ isHeld: Bool) { self.isHeld.store(isHeld, ordering: .sequentiallyConsistent) }
    func wrap(_ store: EmbeddedStore) -> any RevisionedStore { Store(store: store, feed: self) }

    private struct Watch: StoreWatch {
        let watch: any StoreWatch
        let feed: HeldFeed
        func next() async throws -> StoreWatchBatch? {
            let batch = try await watch.next()
            while feed.isHeld.load(ordering: .sequentiallyConsistent) { try await Task.sleep(for: .milliseconds(1)) }
            return batch
        }
        func requestProgress() { watch.requestProgress() }
        func cancel() { watch.cancel() }
    }
    private struct Store: RevisionedStore {
        let store: EmbeddedStore
        let feed: HeldFeed
        func range(_ request: RangeRequest) async throws -> RangeResponse { try await store.range(request) }
        func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
            try await store.transact(transaction, inTerm: term)
        }
        func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool) async throws -> any StoreWatch {
            Watch(watch: try await store.watch(range, from: revision, previousValues: previousValues), feed: feed)
        }
        func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
            try await store.grantLease(id, timeToLiveSeconds: timeToLiveSeconds)
        }
        func revokeLease(_ id: LeaseID) async throws { try await store.revokeLease(id) }
        func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 { try await store.keepLeaseAlive(id) }
        func compact(_ revision: Revision) async throws { try await store.compact(revision) }
        func status() async throws -> StoreStatus { try await store.status() }
    }
}
