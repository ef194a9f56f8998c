import DequeModule
import RaftCore

/// What Raft wants done, in order, and what of it waits for the disk.
///
/// The barrier: a term or a vote is on disk before anything behind it happens. Only a write may go with it, in the same
/// record.
struct EffectQueue {
    private var effects: Deque<Raft.Effect> = []
    /// What goes to the disk with the next flush.
    private(set) var pending = PendingWrite()
    /// The deliberate bug without the barrier.
    private let hasNoBarrier: Bool

    init(fault: StoreFault? = nil) { hasNoBarrier = fault == .sendsBeforeRemembering }

    mutating func append(_ new: [Raft.Effect]) { effects.append(contentsOf: new) }

    /// The next effect that may be carried out now; nil if there is none, or it has to wait for the disk. What is to be
    /// remembered and written is put together here and never returned.
    mutating func next() -> Raft.Effect? {
        while let effect = effects.first {
            if pending.hasHardState, !hasNoBarrier {
                guard case .write = effect else { return nil }
            }
            effects.removeFirst()
            switch effect {
            case .remember: pending.rememberHardState()
            case .write(let entries, let number): pending.add(entries, number: number)
            default: return effect
            }
        }
        return nil
    }

    /// What has to be on disk before the effects behind it are carried out; nil if there is nothing to write.
    mutating func takePending() -> PendingWrite? {
        if pending.isEmpty { return nil }
        defer { pending = PendingWrite() }
        return pending
    }

    /// A snapshot has taken the place of the log, and of what was to be written to it.
    mutating func dropPending() { pending = PendingWrite() }
}
