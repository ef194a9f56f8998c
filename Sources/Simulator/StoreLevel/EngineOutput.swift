import EtcdStore
import KeyValueCore
import RaftCore
import Synchronization

/// What the engine answers and what it wants other threads to do, gathered until its turn is over.
final class EngineOutput: Sendable {
    typealias Work = @Sendable () -> Result<SnapshotFile?, StoreError>
    struct Answer: Sendable {
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
        var answers: [Answer] = []
        var works: [Work] = []
    }
    private let state = Mutex(State())

    func post(_ call: Int, _ content: Answer.Content) {
        state.withLock { $0.answers.append(Answer(call: call, content: content)) }
    }

    func add(_ work: @escaping Work) -> Bool {
        state.withLock { $0.works.append(work) }
        return true
    }

    func takeAnswers() -> [Answer] {
        state.withLock { state in
            defer { state.answers = [] }
            return state.answers
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
