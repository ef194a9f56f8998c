import KeyValueCore
import Logging
import RaftCore

/// Carries out what Raft decides: writes the log, applies what is committed, answers, and says what is to be sent. It
/// belongs to one thread (or to a simulation), which gives it inputs, takes its output, and calls `flush`, the only
/// call that waits for the disk. What is in the output before `flush` may leave before.
package struct StoreEngine {
    package let shared: SharedState
    let limits: StoreLimits
    let logger: Logger
    let disk: any Disk
    package private(set) var raft: Raft
    var log: SegmentedLog
    /// The last entry that the shared state includes.
    var applied: LogPosition
    /// Why nothing works any more. Never taken back.
    package private(set) var failure: StoreError?
    /// What is to be carried to others.
    private var output: [EngineOutput] = []

    // What is decided apart from Raft, each by a value of its own.
    var effects: EffectQueue
    var waiting: WaitList
    var role = MemberRole()
    var space: StoreSpace
    var snapshots: SnapshotKeeper
    var compactor: Compactor
    private var periodicWork = PeriodicWork()

    package init(
        _ recovered: RecoveredStore, shared: SharedState, environment: StoreEnvironment,
        spawn: @escaping @Sendable (@escaping @Sendable () -> Result<SnapshotFile?, StoreError>) -> Bool
    ) {
        self.shared = shared
        limits = environment.limits
        logger = environment.logger
        disk = environment.disk
        log = recovered.log
        applied = recovered.applied.position
        raft = Raft(
            member: Member(recovered.log.identity.member), configuration: recovered.applied.configuration,
            hardState: recovered.hardState, applied: recovered.applied.position, entries: recovered.entries,
            settings: environment.limits.raftSettings, seed: environment.random() ^ recovered.log.identity.member)
        snapshots = SnapshotKeeper(recovered.snapshots, environment: environment, spawn: spawn)
        compactor = Compactor(seconds: limits.historySeconds, revisions: limits.historyRevisions)
        effects = EffectQueue(fault: limits.fault)
        space = StoreSpace(member: recovered.log.identity.member, alarms: recovered.applied.alarms)
        waiting = WaitList(firstNumber: environment.random(), limits: environment.limits)
    }

    package var member: Member { raft.member }
    package var hasGarbage: Bool { compactor.hasGarbage }
    /// Counts changes of who takes part and where they are.
    package var membershipChanges: Int { role.membershipChanges }

    mutating func stepRaft(_ input: Raft.Input) -> [Raft.Effect] { raft.step(input) }

    /// Everybody who takes part, as far as it is known where they are.
    package var otherMembers: [ClusterMember] {
        let directory = shared.withContent { $0.applied.directory }
        // Who leaves has to hear so from the leader.
        let all = Set(raft.configuration.members + raft.peers.map(\.member)).subtracting([member])
        return all.sorted().map { directory[$0] ?? ClusterMember(id: $0.id) }
    }
    package var identity: StoreIdentity { log.identity }

    /// Takes part from now on; the log must have room for the first entry of a new term.
    package mutating func start(now: Int64) {
        if let refusal = reserveSpace(LogBatch.overhead + LogBatch.entryOverhead, for: .votes) { return stop(refusal) }
        shared.withContent { $0.restartLeases(now: now) }
        measure(shared.withContent { $0.state.bytesHeld })
        step(.started, now: now)
        flush(now: now)
        publish()
    }

    // MARK: Inputs

    /// Takes a message of another member. What comes with a snapshot comes by `snapshotReceived`.
    package mutating func receive(_ message: PeerMessage, from peer: Member, now: Int64) {
        guard failure == nil else { return }
        switch message {
        case .raft(let message): if message.from == peer { receive(message, now: now) }
        case .propose(let proposals): propose(proposals, from: peer, now: now)
        case .refused([], .outOfSpace): space.followerRanOut(peer, now: now)
        case .refused(let numbers, let refusal): refused(numbers, refusal, now: now)
        case .request(let number, let request):
            ask([WaitingRequest(request, .peer(peer, number: number))], now: now)
        case .answer(let number, let answer): answered(number, answer, now: now)
        }
        settle(now: now)
    }

    private mutating func receive(_ message: Message, now: Int64) {
        // The snapshot itself has to come first.
        if case .snapshot = message.body { return }
        var size = Self.smallWrite
        var use = SpaceUse.votes
        if case .append(_, let entries, _) = message.body, !entries.isEmpty {
            size += entries.reduce(0) { $0 + PendingWrite.size($1) }
            use = .relief
        }
        if size + effects.pending.bytes > limits.batchBytes, !effects.pending.isEmpty { flush(now: now) }
        // Without room on the disk nothing can be promised; the leader repeats what matters.
        if let refusal = reserveSpace(size, for: use) {
            if refusal != .outOfSpace { return stop(refusal) }
            if use == .relief { space.entriesIgnored() }
            if space.ignoresEntries { tellLackOfSpace(to: message) }
            return
        }
        if use == .relief { space.entriesTaken() }
        if space.ignoresEntries { tellLackOfSpace(to: message) }
        step(.receive(message), now: now)
    }

    /// What a vote and the first entry of a term take.
    static let smallWrite = 2 * LogBatch.overhead + LogBatch.entryOverhead

    /// Messages to this member were lost, or may have been.
    package mutating func unreachable(_ peer: Member, now: Int64) {
        step(.unreachable(peer), now: now)
        settle(now: now)
    }

    /// Does what is due: Raft's clock, time-outs, leases that ran out, compaction, idle watches. To be called every
    /// `tickMilliseconds`.
    package mutating func tick(now: Int64) {
        guard failure == nil else { return }
        if hasCompany {
            switch reserveSpace(Self.smallWrite, for: .votes) {
            case nil: step(.tick, now: now)
            case .outOfSpace?: break
            case let refusal?: return stop(refusal)
            }
        }
        expire(now: now)
        if periodicWork.isDue(now: now, everyMilliseconds: limits.tickMilliseconds) { doPeriodicWork(now: now) }
        settle(now: now)
    }

    /// How often `tick` is to be called.
    package var tickMilliseconds: Int64 { hasCompany ? limits.raftTickMilliseconds : limits.tickMilliseconds }

    /// Without anybody else, learners included, Raft needs no clock.
    private var hasCompany: Bool { !isAlone || raft.configuration.members != [member] }

    private mutating func doPeriodicWork(now: Int64) {
        let (expired, revision, compacted) = shared.withContent { content in
            (
                !role.isLeading ? [] : content.leaseClock.expired(now: now, limit: 1_000),
                content.state.revision, content.state.compactedRevision
            )
        }
        var commands = expired.map { revocation(of: $0, now: now) }
        if let revision = compactor.next(now: now, revision: revision, compacted: compacted), role.isLeading {
            commands.append(WaitingProposal(.compact(revision), inTerm: raft.term) { _ in })
        }
        propose(commands, now: now)
        promoteLearners(now: now)
        role.peersCounted(raft.peers.count)
        careForSpace(now: now)
        if periodicWork.progressIsDue(now: now) { shared.tellIdleWatches() }
        role.changed()
    }

    /// A lease that could not be revoked has its time again.
    private func revocation(of id: LeaseID, now: Int64) -> WaitingProposal {
        WaitingProposal(.revokeLease(id), inTerm: raft.term) { [shared] result in
            guard case .failure(let error) = result, error is StoreError else { return }
            shared.withContent { content in
                guard let lease = content.state.leases[id] else { return }
                content.leaseClock.start(id, timeToLiveSeconds: lease.timeToLiveSeconds, now: now)
            }
        }
    }

    /// Frees a part of what compaction made unreadable.
    package mutating func collectGarbage() {
        let (hasMore, bytesHeld) = shared.withContent { content in
            (content.state.freeCompacted(limit: limits.freedAtOnce), content.state.bytesHeld)
        }
        compactor.freed(hasMore: hasMore)
        measure(bytesHeld)
    }

    // MARK: Output

    mutating func send(_ message: PeerMessage, to peer: Member) { output.append(.send(message, to: peer)) }

    mutating func send(_ file: SnapshotFile, with message: Message, to peer: Member) {
        output.append(.sendSnapshot(file, message, to: peer))
    }

    /// Takes what is to be carried to others, in order.
    package mutating func takeOutput() -> [EngineOutput] {
        if output.isEmpty { return [] }
        defer { output = [] }
        return output
    }

    /// A message from the output has not left this member.
    package mutating func notSent(_ message: PeerMessage, to peer: Member, now: Int64) {
        switch message {
        case .propose(let proposals): refused(proposals.map(\.number), .notLeader, now: now)
        case .raft: unreachable(peer, now: now)
        case .request(let number, _): notAsked(number)
        case .refused, .answer: break
        }
    }

    // MARK: The end

    /// Nothing works from here on; everybody who waits is told.
    package mutating func stop(_ error: StoreError) {
        guard failure == nil else { return }
        failure = error
        if error != .closed { logger.critical("The store has stopped", metadata: ["reason": "\(error)"]) }
        let (watches, streams) = shared.withContent { content in
            content.failure = error
            defer { content.leadership = [:] }
            return (content.hub.all, Array(content.leadership.values))
        }
        waiting.fail(error)
        for watch in watches { watch.end(error == .closed ? nil : error) }
        for stream in streams { stream.finish() }
        snapshots.cancel()
        snapshots.discardArrived()
    }

    package var isWritingSnapshot: Bool { snapshots.isRunning }

    package func close() { log.close() }
}

extension StoreLimits {
    var raftSettings: Raft.Settings {
        var settings = raft
        settings.electionTicks = electionTicks
        settings.electionSpreadTicks = electionSpreadTicks
        settings.retryTicks = electionRetryTicks
        settings.heartbeatTicks = heartbeatTicks
        return settings
    }
}
