import KeyValueCore
import Testing

@testable import EtcdStore

@Suite struct WatchCompactionTests {
    /// A member that catches up, or group commit, applies changes and their compaction at once.
    @Test func changesThatAreCompactedWithTheirBatchAreTold() throws {
        var store = try ManualStore(environment(SimulatedDisk()))
        let watch = try store.shared.watch(.prefix([]), from: 0, previousValues: false, limitBytes: 1 << 20)
        let put = { (value: UInt8) in
            Command.transact(Transaction(success: [.put(key: [1], value: [value])]))
        }
        #expect(store.propose([put(1), put(2), .compact(3)]) == 3)
        let batch = try #require(try watch.poll())
        #expect(batch.events.map(\.current.value) == [[1], [2]] && batch.revision == 3)
        #expect(try watch.poll() == nil)
    }
}
