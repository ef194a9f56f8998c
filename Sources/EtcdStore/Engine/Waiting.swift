import KeyValueCore
import RaftCore

/// A command on its way to the log, with who waits for it.
package struct WaitingProposal: Sendable {
    /// Told once. Nil as result: the command was none for the keys.
    typealias Answer = @Sendable (Result<CommandResult?, any Error>) -> Void

    /// What does not change; in one place, because proposals are handed on often.
    private final class Body: Sendable {
        let content: LogCommand.Content
        let bytes: [UInt8]
        let term: Term?
        let answer: Answer

        init(_ content: LogCommand.Content, _ bytes: [UInt8], _ term: Term?, _ answer: @escaping Answer) {
            self.content = content
            self.bytes = bytes
            self.term = term
            self.answer = answer
        }
    }
    private let body: Body
    /// On the engine's clock; set when the engine takes it.
    var deadline = Int64.max

    var content: LogCommand.Content { body.content }
    /// What stands in the log, without an origin.
    var bytes: [UInt8] { body.bytes }
    var term: Term? { body.term }
    var answer: Answer { body.answer }

    init(_ content: LogCommand.Content, bytes: [UInt8], inTerm term: Term? = nil, answer: @escaping Answer) {
        body = Body(content, bytes, term, answer)
    }

    /// A command for the keys.
    package init(
        _ command: Command, inTerm term: Term? = nil,
        answer: @escaping @Sendable (Result<CommandResult, any Error>) -> Void
    ) {
        self.init(.keyValue(command), bytes: command.encoded, inTerm: term) { result in
            switch result {
            case .success(let result?): answer(.success(result))
            case .success(nil): answer(.failure(StoreError.stopped("a command was taken for another")))
            case .failure(let error): answer(.failure(error))
            }
        }
    }
}

/// Somebody who waits until the state has everything that was acknowledged before this was asked.
package struct WaitingRead: Sendable {
    enum Reader: Sendable {
        /// Told once.
        case caller(@Sendable (Result<Void, any Error>) -> Void)
        /// A question that a leader may answer once the read has shown that it led when it was asked, in this term.
        case request(WaitingRequest, askedAt: Int64, inTerm: Term)
    }
    var deadline = Int64.max
    let reader: Reader

    package init(answer: @escaping @Sendable (Result<Void, any Error>) -> Void) { reader = .caller(answer) }

    init(_ request: WaitingRequest, askedAt now: Int64, inTerm term: Term) {
        deadline = request.deadline
        reader = .request(request, askedAt: now, inTerm: term)
    }

    /// The read has failed; other members are not told.
    func fail(_ error: StoreError) {
        switch reader {
        case .caller(let answer): answer(.failure(error))
        case .request(let request, _, _): request.fail(error)
        }
    }
}

/// What only the leader can answer, apart from proposals and reads.
package enum LeaderRequest: Sendable, Equatable {
    case keepAlive(LeaseID)
    /// The seconds that a lease has left.
    case remaining(LeaseID)
    case changeMembership(MembershipChange)
    case transferLeadership(to: Member)

    /// Whether asking twice is the same as asking once.
    var isRepeatable: Bool {
        switch self {
        case .keepAlive, .remaining: true
        case .changeMembership, .transferLeadership: false
        }
    }
}

package enum LeaderAnswer: Sendable, Equatable {
    case seconds(Int64)
    case done
}

package struct WaitingRequest: Sendable {
    /// Who is told the answer.
    enum Asker: Sendable {
        case here(@Sendable (Result<LeaderAnswer, any Error>) -> Void)
        /// Another member, and its number of the request.
        case peer(Member, number: UInt64)
    }
    let request: LeaderRequest
    var deadline = Int64.max
    let asker: Asker

    package init(
        _ request: LeaderRequest, answer: @escaping @Sendable (Result<LeaderAnswer, any Error>) -> Void
    ) {
        self.init(request, .here(answer))
    }

    init(_ request: LeaderRequest, _ asker: Asker) {
        self.request = request
        self.asker = asker
    }

    /// The request has failed; other members are not told.
    func fail(_ error: StoreError) {
        if case .here(let answer) = asker { answer(.failure(error)) }
    }
}

/// What the engine wants carried to others; one list, in order.
package enum EngineOutput: Sendable {
    case send(PeerMessage, to: Member)
    /// The file is to be carried to the member, with the message after it; then the engine is told how it went.
    case sendSnapshot(SnapshotFile, Message, to: Member)
}
