import KeyValueCore
import RaftCore

/// A member and what it is in the cluster.
public struct ListedMember: Sendable, Equatable {
    public var member: ClusterMember
    /// It receives everything and has no vote.
    public var isLearner: Bool

    public init(member: ClusterMember, isLearner: Bool) {
        self.member = member
        self.isLearner = isLearner
    }
}

/// The members of the cluster; every call can be made at any member.
extension EmbeddedStore {
    /// All members in order of their numbers; of this member's own, perhaps older, knowledge if `serializable`.
    public func members(serializable: Bool = false) async throws -> [ListedMember] {
        if !serializable { try await catchUp() }
        return try shared.withRunning { content in
            content.applied.configuration.members.map { member in
                ListedMember(
                    member: content.applied.directory[member] ?? ClusterMember(id: member.id),
                    isLearner: !content.applied.configuration.isVoter(member))
            }
        }
    }

    /// Makes a new member known, which may then be started with `StoreBootstrap.join`. It is a learner at first; unless
    /// it is to stay one, the leader makes it a voter as soon as it has caught up. So no majority ever depends on a
    /// member that is not there yet.
    public func addMember(peerURLs: [String], isLearner: Bool, id: UInt64? = nil) async throws -> ClusterMember {
        guard transporter != nil else {
            throw StoreError.invalidMember("this member does not listen for others, so it stays alone")
        }
        guard !peerURLs.isEmpty else { throw StoreError.invalidMember("a member needs an address") }
        for listed in try await members() where !Set(listed.member.peerURLs).isDisjoint(with: peerURLs) {
            throw StoreError.membership(.alreadyMember(Member(listed.member.id)))
        }
        let member = ClusterMember(
            id: id
                ?? InitialCluster.memberID(
                    peerURLs: peerURLs, token: String(identity.cluster, radix: 16),
                    second: Int64(truncatingIfNeeded: random() >> 1)),
            peerURLs: peerURLs, becomesVoter: !isLearner)
        try await tell(member)
        _ = try await ask(.changeMembership(.add(learner: Member(member.id))))
        return member
    }

    /// Gives a learner a vote. Throws `StoreError.membership(.learnerBehind)` until it has nearly caught up.
    public func promoteMember(_ id: UInt64) async throws {
        do {
            _ = try await ask(.changeMembership(.promote(Member(id))))
        } catch StoreError.membership(.alreadyMember(let voter)) {
            throw StoreError.membership(.notLearner(voter))
        }
    }

    public func removeMember(_ id: UInt64) async throws {
        _ = try await ask(.changeMembership(.remove(Member(id))))
    }

    /// Says that a member is reached elsewhere from now on.
    public func updateMember(_ id: UInt64, peerURLs: [String]) async throws {
        let all = try await members().map(\.member)
        guard var member = all.first(where: { $0.id == id }) else {
            throw StoreError.membership(.notMember(Member(id)))
        }
        if let other = all.first(where: { $0.id != id && !Set($0.peerURLs).isDisjoint(with: peerURLs) }) {
            throw StoreError.membership(.alreadyMember(Member(other.id)))
        }
        member.peerURLs = peerURLs
        try await tell(member)
    }

    /// Makes another voter the leader.
    public func transferLeadership(to id: UInt64) async throws {
        _ = try await ask(.transferLeadership(to: Member(id)))
    }

    /// Puts a member's names and addresses into the directory that all members have.
    func tell(_ member: ClusterMember) async throws {
        try member.validate()
        _ = try await propose(.member(member), bytes: LogCommand.bytes(.member(member)))
    }

    /// Tells the others this member's name and addresses, once it is among them and they are not what is known. It
    /// goes on trying until that is done or the store ends.
    func introduce(_ settings: ClusterSettings) {
        let id = Member(identity.member)
        Task { [weak self] in
            while let self, self.shared.withContent({ $0.failure == nil }) {
                if let known = self.shared.withContent({ $0.ownEntry(id) }) {
                    var member = known
                    member.name = settings.name
                    member.peerURLs = settings.peerURLs
                    member.clientURLs = settings.clientURLs
                    if member == known { return }
                    if (try? await self.tell(member)) != nil { return }
                }
                try await Task.sleep(for: Self.introductionPause)
            }
        }
    }

    private static let introductionPause = Duration.milliseconds(500)
}

extension SharedState.Content {
    /// What is known of a member that takes part; nil if it does not (yet).
    fileprivate func ownEntry(_ member: Member) -> ClusterMember? {
        guard memberState.configuration.contains(member) else { return nil }
        return applied.directory[member] ?? ClusterMember(id: member.id)
    }
}
