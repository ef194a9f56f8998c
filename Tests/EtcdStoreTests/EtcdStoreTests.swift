import TestKit
@testable import EtcdStore
import Foundation
import KeyValueCore
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func put(_ key: String, _ value: String, lease: LeaseID = 0) -> Transaction {
    Transaction(success: [.put(key: bytes(key), value: bytes(value), lease: lease)])
}

extension RevisionedStore {
    func value(_ key: String, at revision: Revision = 0) async throws -> String? {
        try await range(RangeRequest(.key(bytes(key)), revision: revision)).keyValues.first
            .map { String(decoding: $0.value, as: UTF8.self) }
    }
}

@Suite struct EmbeddedStoreTests {
    let directory = TemporaryDirectory()

    @Test(.timeLimit(.minutes(1))) func whatFollowsFromAWriteWaitsForNothing() async throws {
        var limits = StoreLimits()
        limits.quotaBytes = 1_000
        limits.tickMilliseconds = 600_000
        let store = try await EmbeddedStore.open(directory: directory.path, limits: limits)
        _ = try await store.transact(put("a", String(repeating: "x", count: 2_000)))
        while try await store.alarms().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        await store.close()
    }

    @Test func whatWasWrittenIsThereAfterReopening() async throws {
        var store = try await EmbeddedStore.open(directory: directory.path)
        #expect(try await store.transact(put("a", "1")).revision == 2)
        #expect(try await store.transact(put("a", "2")).revision == 3)
        let hash = try store.hash()
        await store.close()
        store = try await EmbeddedStore.open(directory: directory.path)
        #expect(try await store.value("a") == "2")
        #expect(try await store.value("a", at: 2) == "1")
        #expect(try store.hash() == hash)
        #expect(try await store.status().term == 2)
        await store.close()
    }

    @Test func aSecondOpenIsKeptOut() async throws {
        let store = try await EmbeddedStore.open(directory: directory.path)
        await #expect(throws: StoreError.locked(directory: directory.path)) {
            _ = try await EmbeddedStore.open(directory: directory.path)
        }
        await store.close()
        await #expect(throws: StoreError.closed) { _ = try await store.transact(put("a", "1")) }
    }

    @Test func aWatchSeesHistoryThenWhatHappens() async throws {
        let store = try await EmbeddedStore.open(directory: directory.path)
        for number in 1...5 { _ = try await store.transact(put("k\(number % 2)", "\(number)")) }
        let watch = try await store.watch(.key(bytes("k1")), from: 3, previousValues: true)
        let past = try #require(try await watch.next())
        #expect(past.events.map(\.current.modRevision) == [4, 6])
        #expect(past.events.map { $0.previous?.modRevision } == [2, 4])
        #expect(past.revision == 6)
        _ = try await store.transact(Transaction(success: [.delete(.key(bytes("k1")))]))
        let live = try #require(try await watch.next())
        #expect(live.events.map(\.kind) == [.delete])
        #expect(live.events.first?.previous?.value == bytes("5"))
        _ = try await store.transact(put("other", "1"))
        watch.requestProgress()
        #expect(try await watch.next() == StoreWatchBatch(events: [], revision: 8))
        await store.close()
        #expect(try await watch.next() == nil)
    }

    @Test func proposalsOfAnotherTermAreRefused() async throws {
        let store = try await EmbeddedStore.open(directory: directory.path)
        let term = try await store.status().term
        _ = try await store.transact(put("a", "1"), inTerm: term)
        await #expect(throws: StoreError.termPassed(current: term)) {
            _ = try await store.transact(put("a", "2"), inTerm: term + 1)
        }
        #expect(try await store.value("a") == "1")
        await store.close()
    }

    @Test func manyWritersAreAllAnsweredAndKept() async throws {
        var store = try await EmbeddedStore.open(directory: directory.path)
        let opened = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<64 {
                group.addTask {
                    for number in 0..<20 { _ = try await opened.transact(put("w\(writer)/\(number)", "\(number)")) }
                }
            }
            try await group.waitForAll()
        }
        #expect(store.revision == 64 * 20 + 1)
        await store.close()
        store = try await EmbeddedStore.open(directory: directory.path)
        #expect(try await store.range(RangeRequest(.prefix(bytes("w")), countOnly: true)).count == 64 * 20)
        await store.close()
    }
}
