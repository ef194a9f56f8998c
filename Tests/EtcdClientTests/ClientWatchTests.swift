import EtcdStore
import EtcdTestKit
import Foundation
import KeyValueCore
import Synchronization
import Testing

@testable import EtcdClient

/// Watches of Debian's etcd: order, resumption, compaction, progress.
@Suite(.serialized, .enabled(if: EtcdProcess.isInstalled)) struct ClientWatchTests {
    @Test(.timeLimit(.minutes(1))) func manyWatchesShareAStreamAndEachSeesItsRange() async throws {
        try await ClientSession.run { client, _ in
            try await client.put("a/1", "x")
            let prefix = try await client.watch(.prefix("a/".key), from: 2, previousValues: true)
            let single = try await client.watch(.key("b".key), from: 1, previousValues: false)
            let later = try await client.watch(.prefix("a/".key), from: 4, previousValues: false)
            let now = try await client.watch(.prefix([]), from: 0, previousValues: false)
            try await client.put("b", "1")
            try await client.put("a/1", "y")
            try await client.delete("a/1")
            #expect(try await prefix.events(upTo: 5).map(\.text) == ["a/1=x@2", "a/1=y@4", "-a/1@5"])
            #expect(try await single.events(upTo: 3).map(\.text) == ["b=1@3"])
            #expect(try await later.events(upTo: 5).map(\.text) == ["a/1=y@4", "-a/1@5"])
            #expect(try await now.events(upTo: 5).map(\.text) == ["b=1@3", "a/1=y@4", "-a/1@5"])
            for watch in [prefix, single, later, now] { watch.cancel() }
            #expect(try await prefix.next() == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func previousValuesComeIfWanted() async throws {
        try await ClientSession.run { client, _ in
            try await client.put("k", "1")
            try await client.put("k", "2")
            try await client.delete("k")
            let watch = try await client.watch(.key("k".key), from: 2, previousValues: true)
            let events = try await watch.events(upTo: 4)
            #expect(events.map { $0.previous.map { String(decoding: $0.value, as: UTF8.self) } } == [nil, "1", "2"])
            #expect(events.map(\.current.version) == [1, 2, 0])
            watch.cancel()
        }
    }

    @Test(.timeLimit(.minutes(1))) func largeRevisionsComeWholeThroughFragments() async throws {
        try await ClientSession.run { client, _ in
            let watch = try await client.watch(.prefix("big/".key), from: 0, previousValues: false)
            // One revision of 1.3 MB after the other; caught up at once, they come in fragments.
            for round in 0..<6 {
                _ = try await client.transact(
                    Transaction(
                        success: (0..<100).map { place in
                            .put(
                                key: "big/\(place)".key,
                                value: [UInt8](repeating: UInt8(round), count: 13_000))
                        }))
            }
            let history = try await client.watch(.prefix("big/".key), from: 2, previousValues: false)
            for reader in [watch, history] {
                var seen: Revision = 1
                while seen < 7 {
                    let batch = try #require(try await reader.next())
                    for revision in Set(batch.events.map(\.current.modRevision)).sorted() {
                        #expect(revision == seen + 1)
                        #expect(batch.events.count { $0.current.modRevision == revision } == 100)
                        seen = revision
                    }
                }
                reader.cancel()
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func historyThatIsGoneEndsTheWatch() async throws {
        try await ClientSession.run { client, _ in
            for number in 0..<20 { try await client.put("k", "\(number)") }
            try await client.compact(12)
            let watch = try await client.watch(.key("k".key), from: 5, previousValues: false)
            await #expect(throws: KeyValueError.compacted(12)) { try await watch.next() }
            let present = try await client.watch(.key("k".key), from: 13, previousValues: false)
            #expect(try await present.events(upTo: 21).count == 9)
            present.cancel()
        }
    }

    /// The server is killed again and again while writers write: the watch sees each acknowledged write once and in
    /// order, and nothing that was refused.
    @Test(.timeLimit(.minutes(3))) func restartsLeaveNeitherGapNorDuplicate() async throws {
        try await ClientSession.run { client, etcd in
            let shared = try await client.watch(.prefix("w/".key), from: 1, previousValues: false)
            let own = try await client.watch(.prefix("w/".key), from: 1, previousValues: false)
            own.requestProgress()
            let record = WriteRecord()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 { group.addTask { await record.write(client, writer) } }
                for _ in 0..<5 {
                    try await record.waitForWrites(20)
                    etcd.killHard()
                    try await Task.sleep(for: .milliseconds(200))
                    try etcd.start()
                }
                try await record.waitForWrites(20)
                record.stop()
                try await group.waitForAll()
            }
            let last = try await client.put("w/end", "")
            // What watches of this etcd are made to progress by lies under the prefix, too; they do not show it.
            let stored = try await client.range(RangeRequest(.prefix("w/".key))).keyValues
                .map { String(decoding: $0.key, as: UTF8.self) }.filter { !$0.contains("\0") }
            for watch in [shared, own] {
                let events = try await watch.events(upTo: last)
                let revisions = events.map(\.current.modRevision)
                #expect(zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 }, "order, or a duplicate")
                let seen = Set(events.map { String(decoding: $0.current.key, as: UTF8.self) })
                #expect(seen == Set(stored), "a gap")
                #expect(record.acknowledged.subtracting(seen).isEmpty, "an acknowledged write is lost")
                #expect(record.refused.isDisjoint(with: seen), "a refused write was done")
                watch.cancel()
            }
            #expect(record.acknowledged.count > 50)
        }
    }

    /// Other keys move the store on; the watch must tell that it has nothing to tell up to there.
    @Test(.timeLimit(.minutes(1)), arguments: [KeyRange.prefix("r/".key), KeyRange.key("r/single".key)])
    func progressReachesTheStore(range: KeyRange) async throws {
        try await ClientSession.run { client, _ in
            let watch = try await client.watch(range, from: 0, previousValues: false)
            for round in 0..<20 {
                let other = try await client.put("other", "\(round)")
                watch.requestProgress()
                watch.requestProgress()
                #expect(try await watch.events(upTo: other).isEmpty)
            }
            watch.cancel()
        }
    }

    /// Progress must never overtake a change, however they race.
    @Test(.timeLimit(.minutes(2))) func progressNeverOvertakesAChange() async throws {
        try await ClientSession.run { client, _ in
            let watch = try await client.watch(.prefix("r/".key), from: 0, previousValues: false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<100 { try await client.put("r/\(writer)", "\(number)") }
                    }
                }
                group.addTask {
                    for _ in 0..<200 {
                        watch.requestProgress()
                        try await Task.sleep(for: .milliseconds(2))
                    }
                }
                var counted = 0
                var reached: Revision = 0
                while counted < 800 {
                    let batch = try #require(try await watch.next())
                    for event in batch.events {
                        #expect(event.current.modRevision > reached, "progress had told of this revision before")
                    }
                    reached = batch.revision
                    counted += batch.events.count
                }
                try await group.waitForAll()
            }
            watch.cancel()
        }
    }

    /// The embedded store behind our own front, where progress is answered in order.
    @Test(.timeLimit(.minutes(1))) func progressOfOurOwnServerNeedsNoWrites() async throws {
        try await ServedDirectory.run { served in
            try await ClientSession.run(["http://\(served.endpoint)"]) { client in
                let watch = try await client.watch(.prefix("r/".key), from: 0, previousValues: false)
                let other = try await client.put("other", "1")
                watch.requestProgress()
                #expect(try await watch.events(upTo: other).isEmpty)
                #expect(try await client.status().revision == other)
                watch.cancel()
            }
        }
    }
}

/// What writers did to keys that are written once each.
final class WriteRecord: Sendable {
    private struct State {
        var acknowledged: Set<String> = []
        var refused: Set<String> = []
        var isStopped = false
    }
    private let state = Mutex(State())

    var acknowledged: Set<String> { state.withLock { $0.acknowledged } }
    var refused: Set<String> { state.withLock { $0.refused } }
    func stop() { state.withLock { $0.isStopped = true } }

    /// Writes new keys, one after the other, until it is stopped.
    func write(_ store: any RevisionedStore, _ writer: Int) async {
        var number = 0
        while !state.withLock({ $0.isStopped }) {
            let key = "w/\(writer)/\(number)"
            number += 1
            do {
                try await store.put(key, "x")
                state.withLock { _ = $0.acknowledged.insert(key) }
            } catch StoreError.unknownOutcome {
                // It may be there or not.
            } catch {
                state.withLock { _ = $0.refused.insert(key) }
            }
        }
    }

    /// Returns once so many more writes have been acknowledged.
    func waitForWrites(_ count: Int) async throws {
        let goal = acknowledged.count + count
        while acknowledged.count < goal { try await Task.sleep(for: .milliseconds(20)) }
    }
}
