import Basics
import KeyValueCore
import TestKit
import Testing

@testable import EtcdStore

/// The store as its callers know it, on a simulated disk and with a clock that stands still.
@Suite struct BehaviourTests {
    let clock = ManualClock()

    func open(_ disk: SimulatedDisk, _ change: (inout StoreLimits) -> Void = { _ in }) async throws -> EmbeddedStore {
        var limits = StoreLimits.small
        limits.tickMilliseconds = 10
        change(&limits)
        let chosen = RandomSource(random: .init(SplitMix64(seed: UInt64(disk.changes))))
        return try await EmbeddedStore.open(
            disk: disk, clock: clock, limits: limits, random: { chosen.next() }, logger: silent)
    }

    @Test func aLeaseThatIsNotRenewedTakesItsKeysAlong() async throws {
        let store = try await open(SimulatedDisk())
        let lease = try await store.grantLease(0, timeToLiveSeconds: 10)
        _ = try await store.transact(put("a", "1", lease: lease))
        _ = try await store.transact(put("b", "1"))
        clock.advance(by: .seconds(6))
        #expect(try await store.keepLeaseAlive(lease) == 10)
        clock.advance(by: .seconds(6))
        #expect(try store.lease(lease).remainingSeconds == 4)
        #expect(try store.lease(lease).lease.keys == [bytes("a")])
        let watch = try await store.watch(.key(bytes("a")), from: 0, previousValues: true)
        clock.advance(by: .seconds(4))
        var batch = try #require(try await watch.next())
        // An idle watch may be told first how far it is.
        while batch.events.isEmpty { batch = try #require(try await watch.next()) }
        #expect(batch.events.map(\.kind) == [.delete] && batch.revision == 4)
        await #expect(throws: KeyValueError.leaseNotFound(lease)) { _ = try await store.keepLeaseAlive(lease) }
        #expect(try await store.value("b") == "1")
        await store.close()
    }

    @Test func aLeaseHasItsFullTimeAgainAfterARestart() async throws {
        let disk = SimulatedDisk()
        var store = try await open(disk)
        _ = try await store.grantLease(7, timeToLiveSeconds: 10)
        await #expect(throws: KeyValueError.leaseExists(7)) {
            _ = try await store.grantLease(7, timeToLiveSeconds: 10)
        }
        clock.advance(by: .seconds(9))
        await store.close()
        store = try await open(disk)
        #expect(try store.leases() == [7])
        #expect(try store.lease(7).remainingSeconds == 10)
        try await store.revokeLease(7)
        #expect(try store.leases() == [])
        await store.close()
    }

    @Test func aFullDiskLeavesReadsAndRecovers() async throws {
        let disk = SimulatedDisk(faults: .init(capacity: 13_000))
        let store = try await open(disk) { $0.logBytesPerSnapshot = .max }
        var written = 0
        await #expect(throws: StoreError.outOfSpace) {
            while written < 100 {
                _ = try await store.transact(put("k\(written)", String(repeating: "x", count: 500)))
                written += 1
            }
        }
        #expect(written > 5)
        #expect(try await store.range(RangeRequest(.prefix(bytes("k")), countOnly: true)).count == written)
        await #expect(throws: StoreError.outOfSpace) {
            _ = try await store.transact(put("big", String(repeating: "x", count: 3_000)))
        }
        while try await store.alarms().isEmpty {
            clock.advance(by: .seconds(1))
            try await Task.sleep(for: .milliseconds(10))
        }
        let own = StoreAlarm(member: store.identity.member, kind: .noSpace)
        #expect(try await store.status().alarms == [own])
        _ = try await store.transact(Transaction(success: [.delete(.key(bytes("k0")))]))
        disk.setFaults { $0.capacity = nil }
        while try await !store.alarms().isEmpty {
            clock.advance(by: .seconds(1))
            try await Task.sleep(for: .milliseconds(10))
        }
        _ = try await store.transact(put("k\(written)", "after"))
        await store.close()
        let again = try await open(disk)
        #expect(try await again.range(RangeRequest(.prefix(bytes("k")), countOnly: true)).count == written)
        await again.close()
    }

    @Test func aFailedSynchronizationStopsTheMemberForGood() async throws {
        let disk = SimulatedDisk()
        let store = try await open(disk)
        _ = try await store.transact(put("a", "1"))
        let watch = try await store.watch(.prefix([]), from: 0, previousValues: false)
        disk.setFaults { $0.failAtSynchronize = 4 }
        let thrown = await #expect(throws: StoreError.self) { _ = try await store.transact(put("a", "2")) }
        let stopped = try #require(thrown)
        guard case .stopped = stopped else {
            Issue.record("\(stopped) instead of stopped")
            return
        }
        disk.setFaults { $0.failAtSynchronize = nil }
        for _ in 0..<2 {
            await #expect(throws: stopped) { _ = try await store.transact(put("a", "3")) }
            await #expect(throws: stopped) { _ = try await store.value("a") }
            await #expect(throws: stopped) { _ = try await watch.next() }
        }
        await store.close()
        var random = SplitMix64(seed: 1)
        let again = try await open(disk.afterCrash(using: &random))
        #expect(["1", "2"].contains(try await again.value("a")), "what failed may or may not have arrived")
        await again.close()
    }

    @Test func aReaderThatIsTooSlowIsCutOff() async throws {
        let store = try await open(SimulatedDisk()) { $0.watcherBacklogBytes = 3_000 }
        let slow = try await store.watch(.prefix(bytes("k")), from: 0, previousValues: false)
        let other = try await store.watch(.prefix(bytes("x")), from: 0, previousValues: false)
        for number in 0..<10 {
            _ = try await store.transact(put("k\(number)", String(repeating: "x", count: 400)))
        }
        _ = try await store.transact(put("x", "1"))
        await #expect(throws: StoreError.watcherTooSlow) { _ = try await slow.next() }
        #expect(try await other.next()?.events.count == 1)
        await store.close()
    }

    @Test func requestsHaveALimit() async throws {
        let store = try await open(SimulatedDisk()) { $0.requestBytes = 1_000 }
        await #expect(throws: StoreError.requestTooLarge(limitBytes: 1_000)) {
            _ = try await store.transact(put("a", String(repeating: "x", count: 1_000)))
        }
        #expect(store.revision == 1)
        await store.close()
    }

    @Test func aTransactionThatOnlyReadsWritesNothing() async throws {
        let disk = SimulatedDisk()
        let store = try await open(disk)
        _ = try await store.transact(put("a", "1"))
        let before = disk.changes
        let compare = Compare(bytes("a"), .version(1))
        let response = try await store.transact(
            Transaction(compare: [compare], success: [.range(RangeRequest(.key(bytes("a"))))]))
        guard response.succeeded, case .range(let range)? = response.responses.first else {
            Issue.record("\(response)")
            return
        }
        #expect(range.keyValues.map(\.value) == [bytes("1")] && disk.changes == before)
        await store.close()
    }

    @Test func historyIsGoneAfterCompaction() async throws {
        let store = try await open(SimulatedDisk())
        for number in 1...5 { _ = try await store.transact(put("a", "\(number)")) }
        try await store.compact(4)
        await #expect(throws: KeyValueError.compacted(4)) { _ = try await store.value("a", at: 3) }
        await #expect(throws: KeyValueError.compacted(4)) {
            _ = try await store.watch(.prefix([]), from: 3, previousValues: false)
        }
        let watch = try await store.watch(.prefix([]), from: 4, previousValues: true)
        #expect(try await watch.next()?.events.map { $0.previous?.modRevision } == [3, 4, 5])
        #expect(try await store.value("a", at: 4) == "3")
        await #expect(throws: KeyValueError.compacted(4)) { try await store.compact(4) }
        await #expect(throws: KeyValueError.futureRevision(current: 6)) { try await store.compact(7) }
        #expect(try await store.status().compactedRevision == 4)
        await store.close()
    }

    @Test func oldHistoryIsCompactedWithoutBeingAsked() async throws {
        let store = try await open(SimulatedDisk()) { limits in
            limits.historySeconds = 60
            limits.historyRevisions = 3
        }
        for number in 1...50 {
            _ = try await store.transact(put("a", "\(number)"))
            clock.advance(by: .seconds(2))
        }
        while try await store.status().compactedRevision == 0 {
            clock.advance(by: .seconds(1))
            _ = try await store.transact(put("a", "more"))
        }
        let compacted = try await store.status().compactedRevision
        #expect(compacted <= store.revision - 3)
        await store.close()
    }

    @Test func snapshotsReplaceTheOldPartOfTheLog() async throws {
        let disk = SimulatedDisk()
        var store = try await open(disk)
        for number in 0..<120 {
            _ = try await store.transact(put("k\(number % 10)", String(repeating: "x", count: 700)))
        }
        let hash = try store.hash()
        await store.close()
        let names = try disk.names()
        #expect((1...2).contains(names.filter { $0.hasSuffix(".snapshot") }.count))
        #expect(!names.contains(SegmentHeader.name(1)))
        store = try await open(disk)
        #expect(try store.hash() == hash)
        await store.close()
    }

    @Test func aCancelledReaderIsLetGo() async throws {
        let store = try await open(SimulatedDisk())
        let watch = try await store.watch(.prefix([]), from: 0, previousValues: false)
        // It may be told at once that nothing has happened yet.
        let reader = Task { while try await watch.next() != nil {} }
        reader.cancel()
        await #expect(throws: CancellationError.self) { _ = try await reader.value }
        watch.cancel()
        #expect(try await watch.next() == nil)
        await store.close()
    }
}
