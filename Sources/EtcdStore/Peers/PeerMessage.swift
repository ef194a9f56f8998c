import KeyValueCore
import RaftCore

/// What members of a cluster say to each other.
package enum PeerMessage: Sendable, Equatable {
    case raft(Message)
    /// Proposals for the leader. A success is not answered: the sender sees its command come back as an entry.
    case propose([ForwardedProposal])
    /// The receiver's proposals with these numbers are not in the log and never will be. Without numbers, and for want
    /// of space, a follower tells its leader that it has no room for entries.
    case refused([UInt64], PeerRefusal)
    case request(number: UInt64, LeaderRequest)
    case answer(number: UInt64, PeerAnswer)
}

/// A proposal at a follower; the number is the follower's own.
package struct ForwardedProposal: Sendable, Equatable {
    var number: UInt64
    var term: Term?
    var bytes: [UInt8]
}

package enum PeerAnswer: Sendable, Equatable {
    case success(LeaderAnswer)
    case failure(PeerRefusal)
}

/// Errors that cross the wire.
package enum PeerRefusal: Sendable, Equatable {
    case notLeader, noLeader, tooManyRequests, outOfSpace, unknownOutcome, malformed
    case termPassed(current: Term)
    case leaseNotFound(LeaseID)
    case membership(Raft.MembershipRefusal)
    case transfer(Raft.TransferRefusal)

    init(_ error: any Error) {
        self =
            switch error {
            case StoreError.notLeader: .notLeader
            case StoreError.noLeader: .noLeader
            case StoreError.tooManyRequests: .tooManyRequests
            case StoreError.outOfSpace: .outOfSpace
            case StoreError.termPassed(let term): .termPassed(current: term)
            case StoreError.membership(let refusal): .membership(refusal)
            case StoreError.transferRefused(let refusal): .transfer(refusal)
            case KeyValueError.leaseNotFound(let id): .leaseNotFound(id)
            default: .unknownOutcome
            }
    }

    var error: any Error {
        switch self {
        case .notLeader: StoreError.notLeader
        case .noLeader: StoreError.noLeader
        case .tooManyRequests: StoreError.tooManyRequests
        case .outOfSpace: StoreError.outOfSpace
        case .unknownOutcome: StoreError.unknownOutcome
        case .malformed: StoreError.stopped("another member did not understand the request")
        case .termPassed(let term): StoreError.termPassed(current: term)
        case .leaseNotFound(let id): KeyValueError.leaseNotFound(id)
        case .membership(let refusal): StoreError.membership(refusal)
        case .transfer(let refusal): StoreError.transferRefused(refusal)
        }
    }
}
