import Basics

/// One member's view of consensus: a value that turns inputs into effects.
public struct Raft: Sendable {
    /// What a member is, with what only then is known.
    enum State: Sendable {
        case follower(Following)
        /// Asks whether it would be elected (§9.6).
        case preCandidate(Poll)
        case candidate(Poll)
        case leader(LeaderState)
    }

    public let member: Member
    public let settings: Settings
    public internal(set) var term: Term
    var vote: Member?
    var state = State.follower(Following(leader: nil))
    var log: RaftLog
    var membership: Membership
    var forwardedReads: ForwardedReads
    var random: SplitMix64
    /// Ticks since the member heard its leader, began to campaign or began to lead.
    var elapsedTicks = 0
    /// A follower or candidate campaigns after so many ticks.
    var timeoutTicks = 0
    var effects: [Effect] = []
    /// Term and vote as they were last told to the disk, and who leads as it was last told to the shell.
    private var remembered: HardState
    private var told: (role: Role, term: Term, leader: Member?)

    /// A member as its disk remembers it. `configuration` is the one at `applied`; `entries` are on disk, have no gaps
    /// and hold everything after `applied`; they may begin earlier, which serves peers that lag behind. `seed` makes
    /// the elections' times.
    public init(
        member: Member, configuration: Configuration, hardState: HardState = HardState(), applied: LogPosition,
        entries: [Entry], settings: Settings = Settings(), seed: UInt64
    ) {
        self.member = member
        self.settings = settings
        log = RaftLog(applied: applied, entries: entries, committed: hardState.committed)
        term = max(hardState.term, log.last.term)
        // A vote belongs to the term it was remembered with.
        vote = term == hardState.term ? hardState.vote : nil
        membership = Membership(configuration, at: applied.index, settings.fault)
        membership.appended(entries.filter { $0.index > applied.index })
        random = SplitMix64(seed: seed)
        forwardedReads = ForwardedReads(number: random.next())
        remembered = HardState(term: term, vote: vote)
        told = (.follower, term, nil)
        drawTimeout()
    }

    public mutating func step(_ input: Input) -> [Effect] {
        switch input {
        case .started: started()
        case .tick: tick()
        case .propose(let proposals): propose(proposals)
        case .read(let read): self.read(read)
        case .receive(let message): receive(message)
        case .persisted(let write): persisted(write: write)
        case .changeMembership(let change): changeMembership(change)
        case .transferLeadership(let target): transferLeadership(to: target)
        case .unreachable(let peer): withPeer(peer) { $0.becameUnreachable() }
        case .snapshotSent(let peer, let index): snapshotSent(to: peer, upTo: index)
        case .snapshotInstalled(let position, let configuration): snapshotInstalled(position, configuration)
        }
        return finished()
    }

    /// What must not be forgotten goes before everything else in the step; who leads is told last.
    private mutating func finished() -> [Effect] {
        let now = hardState
        if (now.term, now.vote) != (remembered.term, remembered.vote) {
            effects.insert(.remember(now), at: 0)
            remembered = now
        }
        if told != (role, term, leader) {
            told = (role, term, leader)
            effects.append(.became(role, term: term, leader: leader))
        }
        var result: [Effect] = []
        swap(&result, &effects)
        return result
    }

    // MARK: Being asked

    public var role: Role {
        switch state {
        case .follower: .follower
        case .preCandidate, .candidate: .candidate
        case .leader: .leader
        }
    }
    public var isLeader: Bool { if case .leader = state { true } else { false } }
    public var leader: Member? {
        switch state {
        case .follower(let following): following.leader
        case .preCandidate, .candidate: nil
        case .leader: member
        }
    }
    /// The configuration that counts: the last in the log (§4.1).
    public var configuration: Configuration { membership.current }
    public var last: LogPosition { log.last }
    public var lastIndex: Index { log.last.index }
    public var committed: Index { log.committed }
    /// The last entry that `.apply` has told.
    public var applied: Index { log.applied }
    /// Entries up to this are on this member's disk.
    public var persisted: Index { log.persisted }
    public var hardState: HardState {
        let vote = settings.fault == .forgetsVote ? nil : self.vote
        return HardState(term: term, vote: vote, committed: log.committed)
    }
    /// Nil for an entry that is not in memory.
    public func term(at index: Index) -> Term? { log.term(at: index) }
    /// What the leader knows of the others, in their order; empty at a follower.
    public var peers: [PeerStatus] {
        if case .leader(let leadership) = state { leadership.peers.map(PeerStatus.init) } else { [] }
    }

    // MARK: Beginning, and time

    /// A cluster of one needs no timeout to know that nobody leads (§3.4).
    private mutating func started() {
        apply()
        if configuration.voters == [member], !configuration.isJoint { campaign(isTransfer: false) }
    }

    private mutating func tick() {
        elapsedTicks += 1
        if isLeader { return leaderTick() }
        refuseReads(forwardedReads.expired(settings.electionTicks))
        if elapsedTicks >= timeoutTicks, mayCampaign { timedOut() }
    }

    var mayCampaign: Bool { membership.mayCampaign(member, committed: log.committed) }

    /// Different members' times differ, so that seldom two campaign at once (§3.4).
    mutating func drawTimeout(isCampaigning: Bool = false) {
        elapsedTicks = 0
        let retry = isCampaigning ? settings.retryTicks : nil
        let spread = retry ?? settings.electionSpreadTicks ?? settings.electionTicks
        timeoutTicks = (retry ?? settings.electionTicks) + Int(random.next() % UInt64(max(1, spread)))
    }

    // MARK: Helpers of all rules

    mutating func send(_ body: Message.Body, to peer: Member) {
        effects.append(.send(Message(from: member, term: term, body: body), to: peer))
    }

    /// The leader's data, changed in place; nil at others.
    var leadership: LeaderState? {
        get { if case .leader(let leadership) = state { leadership } else { nil } }
        _modify {
            var value: LeaderState?
            if case .leader(let leadership) = state {
                value = leadership
                state = .follower(Following(leader: nil))  // so that the lists are not shared while they change
                yield &value
                if let value { state = .leader(value) }
            } else {
                yield &value
            }
        }
    }

    /// A follower's data, changed in place; nil at others.
    var following: Following? {
        get { if case .follower(let following) = state { following } else { nil } }
        set { if case .follower = state, let newValue { state = .follower(newValue) } }
    }
}
