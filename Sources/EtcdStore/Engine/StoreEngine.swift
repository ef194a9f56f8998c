import DequeModule
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
    package internal(set) var raft: Raft
    var log: SegmentedLog
    var snapshots: SnapshotKeeper
    var history: HistoryKeeper
    /// The last entry that the shared state includes.
    var applied: LogPosition

    // What Raft wants done, in order, and what of it waits for the disk.
    var effects: Deque<Raft.Effect> = []
    var pending = PendingWrite()
    var output: [EngineOutput] = []

    /// Who waits for what.
    var desk: RequestDesk
    /// A snapshot that has arrived and of which Raft has not said yet whether it is wanted.
    var arrived: ReceivedSnapshot?
    /// Compaction left something to free.
    package internal(set) var hasGarbage = false
    package internal(set) var failure: StoreError?
    /// Room on the own disk and within the quota.
    var space: SpaceWatch
    /// The alarms that are on, as of `applied`.
    var alarms: AlarmList {
        didSet { if alarms.contains(ownAlarm) { space.alarmRaised() } }
    }
    /// The disk has run full, or the quota: the cluster is to be told before more is on its way.
    var spaceNeedsCare = false
    /// This member had no room for the leader's last entries, not even the spared one.
    var ignoresEntries = false
    /// When the followers of this leader last told that it is so with them.
    var peersWithoutRoom: [Member: Int64] = [:]
    /// This member leads and has applied an entry of its own term, so everything that was committed before.
    var isLeading = false
    var standingChanged = true
    /// Counts changes of who takes part and where they are.
    package internal(set) var membershipChanges = 0
    /// Whom this member, if it leads, sent to when it last looked.
    private var peerCount = 0
    private var nextChores = Int64.min
    private var nextProgress = Int64.min
    /// Idle watches are told how far the store is after so many milliseconds.
    private static let progressMilliseconds: Int64 = 5_000

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
        history = HistoryKeeper(seconds: limits.historySeconds, revisions: limits.historyRevisions)
        alarms = recovered.applied.alarms
        // The alarm of an earlier life stays on until the disk is found to have room.
        space = SpaceWatch(
            alarmIsOn: recovered.applied.alarms.isOwn(StoreAlarm(member: recovered.log.identity.member, kind: .noSpace))
        )
        desk = RequestDesk(firstNumber: environment.random(), limits: environment.limits)
    }

    package var member: Member { raft.member }

    /// Everybody who takes part, as far as it is known where they are.
    package var membersToMeet: [ClusterMember] {
        let directory = shared.withContent { $0.applied.directory }
        // Who leaves has to hear so from the leader.
        let all = Set(raft.configuration.members + raft.peers.map(\.member)).subtracting([member])
        return all.sorted().map { directory[$0] ?? ClusterMember(id: $0.id) }
    }
    package var identity: StoreIdentity { log.identity }

    /// Takes part from now on; the log must have room for the first entry of a new term.
    package mutating func start(now: Int64) {
        if let refusal = makeRoom(LogBatch.overhead + LogBatch.entryOverhead, for: .votes) { return stop(refusal) }
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
        case .refused([], .outOfSpace): peersWithoutRoom[peer] = now
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
        var use = RoomUse.votes
        if case .append(_, let entries, _) = message.body, !entries.isEmpty {
            size += entries.reduce(0) { $0 + PendingWrite.size($1) }
            use = .relief
        }
        if size + pending.bytes > limits.batchBytes, !pending.isEmpty { flush(now: now) }
        // Without room on the disk nothing can be promised; the leader repeats what matters.
        if let refusal = makeRoom(size, for: use) {
            if refusal != .outOfSpace { return stop(refusal) }
            if use == .relief { ignoresEntries = true }
            if ignoresEntries { tellLackOfRoom(to: message) }
            return
        }
        if use == .relief { ignoresEntries = false }
        if ignoresEntries { tellLackOfRoom(to: message) }
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
            switch makeRoom(Self.smallWrite, for: .votes) {
            case nil: step(.tick, now: now)
            case .outOfSpace?: break
            case let refusal?: return stop(refusal)
            }
        }
        expire(now: now)
        if now >= nextChores {
            nextChores = now + limits.tickMilliseconds
            doChores(now: now)
        }
        settle(now: now)
    }

    /// How often `tick` is to be called.
    package var tickMilliseconds: Int64 { hasCompany ? limits.raftTickMilliseconds : limits.tickMilliseconds }

    /// Without anybody else, learners included, Raft needs no clock.
    private var hasCompany: Bool { !isAlone || raft.configuration.members != [member] }

    private mutating func doChores(now: Int64) {
        let (expired, revision, compacted) = shared.withContent { content in
            (
                !isLeading ? [] : content.leaseClock.expired(now: now, limit: 1_000),
                content.state.revision, content.state.compactedRevision
            )
        }
        var commands = expired.map { revocation(of: $0, now: now) }
        if let revision = history.next(now: now, revision: revision, compacted: compacted), isLeading {
            commands.append(WaitingProposal(.compact(revision), inTerm: raft.term) { _ in })
        }
        propose(commands, now: now)
        promoteLearners(now: now)
        lookAtPeers()
        careForSpace(now: now)
        if now >= nextProgress {
            nextProgress = now + Self.progressMilliseconds
            shared.tellIdleWatches()
        }
        standingChanged = true
    }

    /// Raft lets go of peers that have left without telling.
    private mutating func lookAtPeers() {
        let count = raft.peers.count
        if count != peerCount { membershipChanges += 1 }
        peerCount = count
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
        let bytesHeld: Int
        (hasGarbage, bytesHeld) = shared.withContent { content in
            (content.state.freeCompacted(limit: limits.freedAtOnce), content.state.bytesHeld)
        }
        measure(bytesHeld)
    }

    // MARK: Output

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
        desk.fail(error)
        for watch in watches { watch.end(error == .closed ? nil : error) }
        for stream in streams { stream.finish() }
        snapshots.cancel()
        arrived?.discard()
        arrived = nil
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
