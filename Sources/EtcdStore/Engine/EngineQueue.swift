import Basics
import Dispatch
import KeyValueCore
import RaftCore
import Synchronization

/// Where callers and peers leave work for the engine's thread. While the thread waits for the disk, what comes in
/// gathers here and is taken all at once.
final class EngineQueue: Sendable {
    enum Message: Sendable {
        case peer(PeerMessage, from: Member)
        case request(WaitingRequest)
        case unreachable(Member)
        case snapshotSent(to: Member, upTo: Index?)
        case snapshotReceived(ReceivedSnapshot, RaftCore.Message)
        case snapshotFinished(Result<SnapshotFile?, StoreError>)
        case close
    }
    struct Content {
        var proposals: [WaitingProposal] = []
        var reads: [WaitingRead] = []
        var messages: [Message] = []
        fileprivate var bytes = 0
        fileprivate var peerBytes = 0
        /// The thread sleeps until there are so many proposals, or anything else.
        fileprivate var sleepingFor: Int?
        fileprivate var isClosed = false

        fileprivate var hasOthers: Bool { !messages.isEmpty || !reads.isEmpty }
    }
    private let content = Mutex(Content())
    private let semaphore = DispatchSemaphore(value: 0)
    private let limits: StoreLimits
    /// Raised with everything that comes in, for a store that is driven by a task.
    private let news: Signal?

    init(limits: StoreLimits, news: Signal? = nil) {
        self.limits = limits
        self.news = news
    }

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
            wake(&content)
            return nil
        }
        if let refusal { throw refusal }
        news?.raise()
    }

    func post(_ read: WaitingRead) throws(StoreError) {
        let refusal: StoreError? = content.withLock { content in
            if content.isClosed { return .closed }
            if content.reads.count >= limits.requestsUnderWay { return .tooManyRequests }
            content.reads.append(read)
            wake(&content)
            return nil
        }
        if let refusal { throw refusal }
        news?.raise()
    }

    /// Throws if the store is closed or too much is waiting.
    func post(_ request: WaitingRequest) throws(StoreError) {
        let refusal: StoreError? = content.withLock { content in
            if content.isClosed { return .closed }
            if content.messages.count >= limits.requestsUnderWay { return .tooManyRequests }
            content.messages.append(.request(request))
            wake(&content)
            return nil
        }
        if let refusal { throw refusal }
        news?.raise()
    }

    /// Returns false if too much of the peers' is waiting; then it is to be posted again later.
    func post(_ message: PeerMessage, from peer: Member, bytes: Int) -> Bool {
        defer { news?.raise() }
        return content.withLock { content in
            if content.isClosed { return true }
            if content.peerBytes > 0, content.peerBytes + bytes > limits.peerReceivedBytes { return false }
            content.messages.append(.peer(message, from: peer))
            content.peerBytes += bytes
            wake(&content)
            return true
        }
    }

    func post(_ message: Message) {
        content.withLock { content in
            content.messages.append(message)
            wake(&content)
        }
        news?.raise()
    }

    private func wake(_ content: inout Content) {
        guard let count = content.sleepingFor else { return }
        guard content.proposals.count >= count || content.hasOthers else { return }
        content.sleepingFor = nil
        semaphore.signal()
    }

    /// Waits until `count` proposals or anything else is there, or the time is over.
    func wait(for count: Int, microseconds: Int) {
        let mustSleep = content.withLock { content in
            guard content.proposals.count < count, !content.hasOthers else { return false }
            content.sleepingFor = count
            return true
        }
        guard mustSleep else { return }
        _ = semaphore.wait(timeout: .now() + .microseconds(microseconds))
        content.withLock { $0.sleepingFor = nil }
    }

    /// Takes everything.
    func take() -> Content {
        content.withLock { content in
            defer {
                content.proposals = []
                content.reads = []
                content.messages = []
                content.bytes = 0
                content.peerBytes = 0
            }
            return content
        }
    }

    /// Nothing is accepted any more; returns what was waiting.
    func close() -> Content {
        content.withLock { $0.isClosed = true }
        return take()
    }
}
