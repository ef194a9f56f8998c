import Basics
import KeyValueCore
import TestKit
import Testing

@testable import EtcdStore

/// Watches opened at any time from any revision see every change of their range once and in order.
@Suite struct WatchTests {
    @Test(arguments: 0..<10) func noGapNoDuplicate(seed: Int) async throws {
        var random = SplitMix64(seed: UInt64(seed))
        var limits = StoreLimits.small
        limits.catchUpEvents = 7
        let store = try await EmbeddedStore.open(
            disk: SimulatedDisk(), clock: ManualClock(), limits: limits, random: { 9 }, logger: silent)
        let total = 300
        let readers = (0..<12).map { _ in
            let range = Self.range(&random)
            let start = Int.random(in: 0..<total, using: &random)
            let first = Revision.random(in: 1...Revision(start) + 1, using: &random)
            return Task {
                // Begins somewhere in the middle of the writing.
                try await Self.wait(store, until: Revision(start))
                return (range, first, try await Self.read(store, range, from: first, upTo: Revision(total) + 1))
            }
        }
        await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask {
                    for number in 0..<total / 6 { _ = try await store.transact(put("k\((writer + number) % 8)", "")) }
                }
            }
        }
        for reader in readers {
            let (range, first, seen) = try await reader.value
            var expected: [Revision] = []
            let all = try await store.watch(.prefix([]), from: 2, previousValues: false)
            while expected.last ?? 0 <= Revision(total), let batch = try await all.next() {
                expected += batch.events.filter { range.contains($0.current.key) }.map(\.current.modRevision)
                if batch.revision > Revision(total) { break }
            }
            all.cancel()
            #expect(seen == expected.filter { $0 >= first })
        }
        await store.close()
    }

    private static func range(_ random: inout SplitMix64) -> KeyRange {
        let key = bytes("k\(Int.random(in: 0..<8, using: &random))")
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .prefix(bytes("k"))
        case 1: return KeyRange(start: key, end: [0])
        case 2: return KeyRange(start: key, end: bytes("k\(Int.random(in: 0..<8, using: &random))"))
        default: return .key(key)
        }
    }

    private static func wait(_ store: EmbeddedStore, until revision: Revision) async throws {
        let watch = try await store.watch(.prefix([]), from: 1, previousValues: false)
        defer { watch.cancel() }
        var reached = store.revision
        while reached < revision, let batch = try await watch.next() { reached = batch.revision }
    }

    private static func read(
        _ store: EmbeddedStore, _ range: KeyRange, from first: Revision, upTo last: Revision
    ) async throws -> [Revision] {
        let watch = try await store.watch(range, from: first, previousValues: false)
        defer { watch.cancel() }
        // The last changes may not be in the range; progress tells that nothing is missing.
        let asking = Task {
            try await wait(store, until: last)
            watch.requestProgress()
        }
        defer { asking.cancel() }
        var seen: [Revision] = []
        var reached: Revision = 0
        while reached < last, let batch = try await watch.next() {
            seen += batch.events.map(\.current.modRevision)
            reached = batch.revision
        }
        return seen
    }
}
