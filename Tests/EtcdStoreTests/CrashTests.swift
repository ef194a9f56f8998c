import Basics
import Foundation
import KeyValueCore
import Testing

@testable import EtcdStore

/// Crashes in the middle of any change of the disk, again and again: after each, the store has exactly a beginning of
/// what was proposed, with everything in it that was acknowledged.
@Suite struct CrashTests {
    /// CRASH_SEEDS=5000 looks further.
    static let seedsPerCase = max(
        1, (ProcessInfo.processInfo.environment["CRASH_SEEDS"].flatMap { Int($0) } ?? 400) / 20)

    @Test(arguments: 0..<20) func nothingAcknowledgedIsLostAndNothingIsHalfDone(block: Int) throws {
        for seed in block * Self.seedsPerCase..<(block + 1) * Self.seedsPerCase {
            var trial = CrashTrial(seed: seed)
            try trial.run()
        }
    }

    /// Bytes changed behind the store's back: it refuses to start and says where, or it starts with everything, or
    /// what is damaged looks like a write that never finished, and then it can only be the last one.
    @Test(arguments: 0..<4) func damageIsNeverSilent(seed: Int) throws {
        var source = CommandSource(random: SplitMix64(seed: UInt64(seed)))
        let disk = SimulatedDisk()
        var store = try ManualStore(environment(disk))
        var hashes: [UInt64] = []
        for step in 0..<60 {
            hashes.append(store.hash)
            #expect(store.propose([source.next()]) == 1)
            if step % 7 == 3 { store.writeSnapshots() }
        }
        hashes.append(store.hash)
        let names = try disk.names()
        #expect(names.contains { $0.hasSuffix(".snapshot") } && names.filter { $0.hasSuffix(".log") }.count > 2)
        var refusals = 0
        for name in names {
            let size = disk.bytes(of: name)?.count ?? 0
            for offset in stride(from: seed * 3 % 37, to: size, by: 37) {
                let damaged = disk.copy()
                damaged.damage(name) { $0[offset] ^= UInt8(1 << Int.random(in: 0..<8, using: &source.random)) }
                refusals += try expectNothingIsLostSilently(damaged, hashes, "\(name) at \(offset)") ? 1 : 0
            }
        }
        #expect(refusals > 50)
    }

    /// Returns whether the store refused to start.
    private func expectNothingIsLostSilently(
        _ disk: SimulatedDisk, _ hashes: [UInt64], _ what: String
    ) throws -> Bool {
        do {
            let store = try ManualStore(environment(disk))
            #expect(hashes.suffix(2).contains(store.hash), "\(what) lost something")
            return false
        } catch let error as StoreError {
            guard case .corrupt = error else { throw error }
            return true
        }
    }

    /// A log that was cut anywhere, or lacks a file, is not taken for a shorter one.
    @Test func aLogThatLacksAPartIsRefused() throws {
        var source = CommandSource(random: SplitMix64(seed: 5))
        let disk = SimulatedDisk()
        var limits = StoreLimits.small
        limits.logBytesPerSnapshot = .max
        var store = try ManualStore(environment(disk, limits))
        for _ in 0..<30 { #expect(store.propose([source.next()]) == 1) }
        let logs = try disk.names().filter { $0.hasSuffix(".log") }
        #expect(logs.count > 3)
        for (place, name) in logs.enumerated() {
            let cut = disk.copy()
            cut.damage(name) { $0.removeLast(900) }
            #expect(throws: StoreError.self) { try ManualStore(environment(cut, limits)) }
            guard place < logs.count - 1 else { continue }
            let without = disk.copy()
            try without.remove(name)
            #expect(throws: StoreError.self) { try ManualStore(environment(without, limits)) }
        }
    }
}

/// One seed's life of a store, through several crashes.
struct CrashTrial {
    let seed: Int
    private var source: CommandSource
    /// What was proposed, with the state after each; the first is before all.
    private var states = [KeyValueState()]
    /// So many of them are certain.
    private var acknowledged = 0

    init(seed: Int) {
        self.seed = seed
        source = CommandSource(random: SplitMix64(seed: UInt64(seed)))
    }

    mutating func run() throws {
        var disk = SimulatedDisk()
        for generation in 0..<4 {
            let crash = Int.random(in: 1...70, using: &source.random)
            disk.setFaults { $0.crashAtChange = crash }
            do {
                try live(on: disk, generation)
            } catch let error as StoreError {
                // The crash came while starting.
                guard case .stopped = error else { throw error }
            }
            disk = disk.afterCrash(using: &source.random)
        }
        try expectAllIsThere(try ManualStore(environment(disk)))
    }

    private mutating func live(on disk: SimulatedDisk, _ generation: Int) throws {
        var store = try ManualStore(environment(disk))
        try expectAllIsThere(store)
        for _ in 0..<40 where store.engine.failure == nil {
            let commands = (0..<Int.random(in: 1...5, using: &source.random)).map { _ in source.next() }
            for command in commands {
                var next = states[states.count - 1]
                _ = try? next.apply(command)
                states.append(next)
            }
            acknowledged += store.propose(commands)
            if Int.random(in: 0..<4, using: &source.random) == 0 { store.writeSnapshots() }
        }
    }

    /// Finds out which of the proposals after the acknowledged ones have survived; the others are forgotten.
    private mutating func expectAllIsThere(_ store: ManualStore) throws {
        let survived = states.indices.last { states[$0].hash == store.hash }
        let count = try #require(survived, "seed \(seed): the state is none that ever was")
        #expect(count >= acknowledged, "seed \(seed): \(acknowledged - count) acknowledged commands are lost")
        states.removeSubrange((count + 1)...)
        acknowledged = count
    }
}
