import Dispatch
import KeyValueCore
import RaftCore
import Synchronization

/// A command on its way to the log, with who waits for it.
struct WaitingProposal: Sendable {
    var command: Command
    var bytes: [UInt8]
    var term: Term?
    var answer: @Sendable (Result<CommandResult, any Error>) -> Void
}

/// Where callers leave work for the engine's thread. While the thread waits for the disk, what comes in gathers here
/// and is taken all at once.
final class Inbox: Sendable {
    enum Message: Sendable {
        case snapshotFinished(Result<SnapshotFile?, StoreError>)
        case close
    }
    struct Content {
        var proposals: [WaitingProposal] = []
        var bytes = 0
        var messages: [Message] = []
        /// The thread sleeps until there are so many proposals, or any message.
        fileprivate var sleepingFor: Int?
        var isClosed = false
    }
    private let content = Mutex(Content())
    private let bell = DispatchSemaphore(value: 0)
    private let limits: StoreLimits

    init(limits: StoreLimits) { self.limits = limits }

    /// Throws if too much is waiting.
    func post(_ proposal: WaitingProposal) throws(StoreError) {
        let refusal: StoreError? = content.withLock { content in
            if content.isClosed { return .closed }
            if content.proposals.count >= limits.waitingProposals
                || content.bytes + proposal.bytes.count > limits.waitingBytes
            {
                return .tooManyRequests
            }
            content.proposals.append(proposal)
            content.bytes += proposal.bytes.count
            ring(&content)
            return nil
        }
        if let refusal { throw refusal }
    }

    func post(_ message: Message) {
        content.withLock { content in
            content.messages.append(message)
            ring(&content)
        }
    }

    private func ring(_ content: inout Content) {
        guard let count = content.sleepingFor else { return }
        guard content.proposals.count >= count || !content.messages.isEmpty else { return }
        content.sleepingFor = nil
        bell.signal()
    }

    /// Waits until `count` proposals or a message are there, or the time is over.
    func wait(for count: Int, microseconds: Int) {
        let mustSleep = content.withLock { content in
            guard content.proposals.count < count, content.messages.isEmpty else { return false }
            content.sleepingFor = count
            return true
        }
        guard mustSleep else { return }
        _ = bell.wait(timeout: .now() + .microseconds(microseconds))
        content.withLock { $0.sleepingFor = nil }
    }

    /// Takes everything.
    func take() -> (proposals: [WaitingProposal], messages: [Message]) {
        content.withLock { content in
            defer {
                content.proposals = []
                content.messages = []
                content.bytes = 0
            }
            return (content.proposals, content.messages)
        }
    }

    /// Nothing is accepted any more; returns what was waiting.
    func close() -> [WaitingProposal] {
        content.withLock { content in
            content.isClosed = true
            defer { content.proposals = [] }
            return content.proposals
        }
    }
}
