/// What people read.
extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notLeader: "this member does not lead"
        case .noLeader: "nobody leads"
        case .unknownOutcome: "the answer did not come in time; what was asked for may have been done or not"
        case .invalidMember(let reason): reason
        case .membership(let refusal): "the change of members is refused: \(refusal)"
        case .transferRefused(let refusal): "leadership stays where it is: \(refusal)"
        case .termPassed(let current): "the leader's term has passed; it is \(current) now"
        case .stopped(let reason): reason
        case .outOfSpace: "a member of the store has no space left on its disk"
        case .watcherTooSlow: "the watch's reader is too slow"
        case .requestTooLarge(let limitBytes): "the request has more than \(limitBytes) bytes"
        case .tooManyRequests: "too many requests are under way"
        case .corrupt(let file, let offset, let reason): "\(file) at byte \(offset): \(reason)"
        case .locked(let directory):
            "\(directory) is in use by another process; a member that runs has its directory to itself"
        case .closed: "the store is closed"
        }
    }
}
