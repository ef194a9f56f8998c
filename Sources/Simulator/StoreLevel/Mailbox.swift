import EtcdStore
import KeyValueCore
import RaftCore
import Synchronization

/// What the engine answers and what it wants other threads to do, gathered until its turn is over.
final class Mailbox: Sendable {
    typealias Work = @Sendable () -> Result<SnapshotFile?, StoreError>
    struct Reply: Sendable {
        enum Content: Sendable {
            /// The state may be read.
            case ready
            case read(Result<Void, any Error>)
            case command(Result<CommandResult, any Error>)
            case request(Result<LeaderAnswer, any Error>)
        }
        var call: Int
        var content: Content
    }
    private struct State: Sendable {
        var replies: [Reply] = []
        var works: [Work] = []
    }
    private let state = Mutex(State())

    func post(_ call: Int, _ content: Reply.Content) {
        state.withLock { $0.replies.append(Reply(call: call, content: content)) }
    }

    func add(_ work: @escaping Work) -> Bool {
        state.withLock { $0.works.append(work) }
        return true
    }

    func takeReplies() -> [Reply] {
        state.withLock { state in
            defer { state.replies = [] }
            return state.replies
        }
    }

    func takeWorks() -> [Work] {
        state.withLock { state in
            defer { state.works = [] }
            return state.works
        }
    }

    func clear() { state.withLock { $0 = State() } }
}

/// Dice that closures share.
final class SharedDice: Sendable {
    private let dice: Mutex<Dice>
    init(_ dice: Dice) { self.dice = Mutex(dice) }
    func next() -> UInt64 { dice.withLock { $0.next() } }
}
