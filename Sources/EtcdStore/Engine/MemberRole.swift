import RaftCore

/// Whether this member leads, and what has changed of that and of the members since readers and the transport were told.
struct MemberRole {
    /// This member leads and has applied an entry of its own term, so everything that was committed before.
    /// Exits: `became` another role, or leader of another term.
    private(set) var isLeading = false
    /// Readers see an older state than there is.
    private(set) var isUnpublished = true
    /// Counts changes of who takes part and where they are.
    private(set) var membershipChanges = 0
    /// Whom this member, if it leads, sent to when it last looked.
    private var peerCount = 0

    mutating func changed() { isUnpublished = true }

    mutating func published() { isUnpublished = false }

    mutating func membersChanged() { membershipChanges += 1 }

    /// Raft lets go of peers that have left without telling.
    mutating func peersCounted(_ count: Int) {
        if count != peerCount { membershipChanges += 1 }
        peerCount = count
    }

    /// Raft has another role, term or leader.
    mutating func became(_ role: Raft.Role, in term: Term, appliedTerm: Term) {
        isUnpublished = true
        isLeading = isLeading && role == .leader && appliedTerm == term
    }

    /// An entry of this term is applied. Returns whether this member leads from now on.
    mutating func applied(term: Term, isLeader: Bool, currentTerm: Term) -> Bool {
        guard isLeader, !isLeading, term == currentTerm else { return false }
        isLeading = true
        isUnpublished = true
        return true
    }
}
