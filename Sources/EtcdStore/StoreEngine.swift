import DequeModule
import KeyValueCore
import Logging
import RaftCore

/// Carries out what Raft decides: writes the log, applies what is committed, answers. It belongs to one thread; the
/// outside reaches it through the inbox, and sees its work in the shared state.
struct StoreEngine {
    let shared: SharedState
    private let limits: StoreLimits
    private let logger: Logger
    private var raft: Raft
    private var log: SegmentedLog
    private var snapshots: SnapshotKeeper
    private var history: HistoryKeeper
    /// Proposals in the log and not applied yet, in order of their index.
    private var inFlight: Deque<WaitingProposal> = []
    /// The last entry that the shared state includes.
    private var applied: LogPosition
    /// Compaction left something to free.
    private(set) var hasGarbage = false
    private(set) var failure: StoreError?
    /// The disk had no room at the last attempt.
    private var isFull = false

    init(
        _ recovered: RecoveredStore, shared: SharedState, environment: StoreEnvironment,
        spawn: @escaping SnapshotKeeper.Spawn
    ) {
        self.shared = shared
        limits = environment.limits
        logger = environment.logger
        log = recovered.log
        applied = recovered.applied
        raft = Raft(
            member: Member(recovered.log.identity.member), hardState: recovered.hardState, applied: recovered.applied,
            entries: recovered.tail)
        snapshots = SnapshotKeeper(recovered.snapshots, environment: environment, spawn: spawn)
        history = HistoryKeeper(seconds: limits.historySeconds, revisions: limits.historyRevisions)
    }

    /// Takes part from now on; the log must have room for the first entry of the new term.
    mutating func start(now: Int64) {
        if let refusal = makeRoom(LogBatch.overhead + LogBatch.entryOverhead) { return stop(refusal) }
        carryOut(raft.step(.started), now: now)
        shared.withContent { content in
            for lease in content.state.leases.values {
                content.leaseClock.start(
                    lease.id, timeToLiveSeconds: lease.timeToLiveSeconds, now: now / 1_000)
            }
        }
        publishStatus()
    }

    // MARK: Proposals

    /// Writes all proposals with as few synchronizations as limits allow, applies and answers them.
    mutating func propose(_ proposals: [WaitingProposal], now: Int64) {
        var batch: [WaitingProposal] = []
        var bytes = 0
        for proposal in proposals {
            if !batch.isEmpty, bytes + proposal.bytes.count > limits.batchBytes {
                write(batch, now: now)
                batch = []
                bytes = 0
            }
            batch.append(proposal)
            bytes += proposal.bytes.count + LogBatch.entryOverhead
        }
        if !batch.isEmpty { write(batch, now: now) }
    }

    private mutating func write(_ batch: [WaitingProposal], now: Int64) {
        if let failure { return batch.forEach { $0.answer(.failure(failure)) } }
        let size = batch.reduce(LogBatch.overhead) { $0 + LogBatch.entryOverhead + $1.bytes.count }
        if let refusal = makeRoom(size) {
            if refusal != .outOfSpace { stop(refusal) }
            return batch.forEach { $0.answer(.failure(refusal)) }
        }
        let effects = raft.step(.propose(batch.map { Proposal($0.bytes, inTerm: $0.term) }))
        var refused: Set<Int> = []
        for case .refuse(let places, let leader, let term) in effects {
            refused.formUnion(places)
            let error: StoreError = leader == raft.member ? .termPassed(current: term) : .notLeader
            for place in places { batch[place].answer(.failure(error)) }
        }
        for (place, proposal) in batch.enumerated() where !refused.contains(place) { inFlight.append(proposal) }
        carryOut(effects, now: now)
    }

    /// Reserves room in the log. Without space on the disk nothing has been written or decided, so the store only
    /// refuses writes until there is some. Returns why there is no room.
    private mutating func makeRoom(_ size: Int) -> StoreError? {
        do {
            try log.reserve(size)
            if isFull {
                isFull = false
                logger.notice("The disk has space again; writes are accepted")
            }
            return nil
        } catch {
            if error.storeError == .outOfSpace, !isFull {
                isFull = true
                logger.error("The disk is full; the store only answers reads")
            }
            return error.storeError
        }
    }

    // MARK: Effects

    private mutating func carryOut(_ first: [Raft.Effect], now: Int64) {
        var effects = Deque(first)
        while failure == nil, let effect = effects.popFirst() {
            switch effect {
            case .remember(let state):
                // A write that follows carries the hard state with it.
                if case .write? = effects.first { continue }
                persist(state, [])
            case .write(let entries):
                persist(raft.hardState, entries)
                guard failure == nil, let last = entries.last else { continue }
                effects.append(contentsOf: raft.step(.persisted(last.index)))
            case .apply(let entries):
                apply(entries, now: now)
            case .send, .refuse:
                // A single member has no peers; refusals are answered where they come from.
                continue
            }
        }
        snapshots.consider(shared, log, applied)
    }

    /// What cannot be made durable is never tried again: nobody can say what is on the disk after a failure.
    private mutating func persist(_ state: HardState, _ entries: [Entry]) {
        do {
            try log.append(state, entries)
        } catch {
            stop(.stopped("the log could not be written: \(error)"))
        }
    }

    private mutating func apply(_ entries: [Entry], now: Int64) {
        var answers: [(WaitingProposal, Result<CommandResult, any Error>)] = []
        let commands = entries.map { command(of: $0) }
        let woken = shared.withContent { content in
            let before = content.state.revision
            for (entry, (command, proposal)) in zip(entries, commands) {
                guard let command else { continue }
                let result = content.apply(command, now: now / 1_000)
                if let proposal { answers.append((proposal, result)) }
                if case .compact = command { hasGarbage = true }
                applied = LogPosition(index: entry.index, term: entry.term)
            }
            return content.publish(after: before)
        }
        if let last = entries.last { applied = LogPosition(index: last.index, term: last.term) }
        for (proposal, result) in answers { proposal.answer(result) }
        for watch in woken { watch.wake() }
    }

    /// The entry's command, from whoever proposed it here if he still waits, which saves reading its bytes.
    private mutating func command(of entry: Entry) -> (Command?, WaitingProposal?) {
        guard entry.kind == .command else { return (nil, nil) }
        if let first = inFlight.first, first.bytes == entry.command {
            inFlight.removeFirst()
            return (first.command, first)
        }
        return (try? Command(decoding: entry.command), nil)
    }

    // MARK: Time

    /// Does what is due: leases that ran out, compaction, idle watches.
    mutating func tick(now: Int64, tellIdleWatches: Bool) {
        guard failure == nil else { return }
        let (expired, revision, compacted) = shared.withContent { content in
            (
                isFull ? [] : content.leaseClock.expired(now: now / 1_000, limit: 1_000), content.state.revision,
                content.state.compactedRevision
            )
        }
        var commands = expired.map { Command.revokeLease($0) }
        if let revision = history.next(now: now, revision: revision, compacted: compacted) {
            commands.append(.compact(revision))
        }
        propose(
            commands.map { WaitingProposal(command: $0, bytes: $0.encoded, term: raft.term, answer: { _ in }) },
            now: now)
        if isFull { _ = makeRoom(limits.requestBytes) }
        if tellIdleWatches { shared.tellIdleWatches() }
        publishStatus()
    }

    /// Frees a part of what compaction made unreadable.
    mutating func collectGarbage() {
        hasGarbage = shared.withContent { $0.state.freeCompacted(limit: limits.freedAtOnce) }
    }

    mutating func snapshotFinished(_ result: Result<SnapshotFile?, StoreError>) {
        do {
            try snapshots.finished(result, &log)
        } catch {
            logger.warning("A snapshot was not finished", metadata: ["reason": "\(error)"])
        }
        publishStatus()
    }

    private func publishStatus() {
        let bytes = log.bytesReserved + snapshots.bytes
        let (term, isLeader) = (raft.term, raft.isLeader)
        shared.withContent { content in
            content.bytesOnDisk = bytes
            content.term = term
            content.isLeader = isLeader
        }
    }

    // MARK: The end

    /// Nothing works from here on; everybody who waits is told.
    mutating func stop(_ error: StoreError) {
        guard failure == nil else { return }
        failure = error
        if error != .closed { logger.critical("The store has stopped", metadata: ["reason": "\(error)"]) }
        let watches = shared.withContent { content in
            content.failure = error
            return content.hub.all
        }
        for proposal in inFlight { proposal.answer(.failure(error)) }
        inFlight = []
        for watch in watches { watch.end(error == .closed ? nil : error) }
        snapshots.cancel()
    }

    var isWritingSnapshot: Bool { snapshots.isRunning }

    func close() { log.close() }
}

extension SharedState.Content {
    /// Applies one command, and keeps the leases' clock in step.
    mutating func apply(_ command: Command, now: Int64) -> Result<CommandResult, any Error> {
        do {
            let result = try state.apply(command)
            switch command {
            case .grantLease(let id, let seconds): leaseClock.start(id, timeToLiveSeconds: seconds, now: now)
            case .revokeLease(let id): leaseClock.remove(id)
            case .transact, .compact: break
            }
            return .success(result)
        } catch {
            return .failure(error)
        }
    }

    /// Gives the changes after a revision to their watches; returns those to wake.
    mutating func publish(after revision: Revision) -> [EmbeddedWatch] {
        guard state.revision > revision, hub.count > 0 else { return [] }
        var events: [HistoryEvent] = []
        // What was applied just now cannot be compacted yet.
        try? state.visitHistory(from: revision + 1) { event in
            events.append(event)
            return true
        }
        return hub.publish(events, upTo: state.revision)
    }
}
