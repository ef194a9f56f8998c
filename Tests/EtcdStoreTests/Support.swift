import Basics
import KeyValueCore
import Logging
import Synchronization

@testable import EtcdStore

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension StoreLimits {
    /// So small that segments and snapshots come often.
    static var small: StoreLimits {
        var limits = StoreLimits()
        limits.segmentBytes = 4_096
        limits.logBytesPerSnapshot = 6_000
        limits.batchBytes = 3_000
        limits.historySeconds = 0
        limits.catchUpEvents = 10
        return limits
    }
}

/// Chance follows from what the disk has been through unless there is a `seed`.
func environment(_ disk: SimulatedDisk, _ limits: StoreLimits = .small, seed: UInt64? = nil) -> StoreEnvironment {
    let random = Mutex(SplitMix64(seed: seed ?? UInt64(disk.changes &+ 7)))
    let source = RandomSource(random: random)
    return StoreEnvironment(disk: disk, limits: limits, random: { source.next() }, logger: silent)
}

/// Chance that several threads may ask.
final class RandomSource: Sendable {
    private let random: Mutex<SplitMix64>
    init(random: consuming sending Mutex<SplitMix64>) { self.random = random }
    func next() -> UInt64 { random.withLock { $0.next() } }
}

/// A store's engine without its thread: the test decides when what is done.
struct ManualStore {
    var engine: StoreEngine
    let shared: SharedState
    private let snapshotWork = Works()
    private let answers = Answers()

    final class Works: Sendable {
        let waiting = Mutex<[@Sendable () -> Result<SnapshotFile?, StoreError>]>([])
    }
    final class Answers: Sendable {
        let results = Mutex<[Result<CommandResult, any Error>]>([])
    }

    init(_ environment: StoreEnvironment) throws {
        let recovered = try StoreRecovery(environment).run()
        shared = SharedState(recovered, limits: environment.limits)
        let works = snapshotWork
        engine = StoreEngine(recovered, shared: shared, environment: environment) { work in
            works.waiting.withLock { $0.append(work) }
            return true
        }
        engine.start(now: 0)
        if let failure = engine.failure { throw failure }
    }

    var hash: UInt64 { shared.withContent { $0.state.hash } }

    /// Proposes all together; returns how many were applied, which those before the first failure are.
    mutating func propose(_ commands: [Command]) -> Int {
        let answers = answers
        answers.results.withLock { $0 = [] }
        engine.propose(
            commands.map { command in
                WaitingProposal(command) { result in answers.results.withLock { $0.append(result) } }
            }, now: 0)
        engine.flush(now: 0)
        while engine.hasGarbage { engine.collectGarbage() }
        return answers.results.withLock { results in
            results.prefix { result in
                if case .failure(let error) = result { error is KeyValueError } else { true }
            }.count
        }
    }

    /// Does the work that another thread would.
    mutating func writeSnapshots() {
        let works = snapshotWork.waiting.withLock { works in
            defer { works = [] }
            return works
        }
        for work in works { engine.snapshotFinished(work(), now: 0) }
    }
}

/// Commands by chance, on few keys so that they meet.
struct CommandSource {
    var random: SplitMix64

    mutating func next() -> Command {
        switch Int.random(in: 0..<30, using: &random) {
        case 0: .grantLease(Int64.random(in: 1...5, using: &random), timeToLiveSeconds: 60)
        case 1: .revokeLease(Int64.random(in: 1...5, using: &random))
        case 2: .compact(Int64.random(in: 1...60, using: &random))
        case 3...6: .transact(Transaction(success: [.delete(.key(key()))]))
        case 7: .transact(Transaction(success: [.delete(.prefix(bytes("k1")))]))
        case 8...12:
            .transact(
                Transaction(
                    compare: [Compare(key(), .version(1), is: .greater)],
                    success: [.put(key: bytes("then"), value: value()), .put(key: key(), value: value())],
                    failure: [.put(key: key(), value: value())]))
        case 13: .transact(Transaction(success: [.put(key: key(), value: value(), lease: 2)]))
        default: .transact(Transaction(success: [.put(key: key(), value: value())]))
        }
    }

    private mutating func key() -> [UInt8] { bytes("k\(Int.random(in: 0..<25, using: &random))") }

    private mutating func value() -> [UInt8] {
        let count = Int.random(in: 0..<1_400, using: &random)
        if Int.random(in: 0..<3, using: &random) == 0 { return [UInt8](repeating: 0, count: count) }
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}
