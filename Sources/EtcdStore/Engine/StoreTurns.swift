import Basics
import KeyValueCore
import RaftCore

/// What a store is opened with.
struct StoreOpening: Sendable {
    typealias Connect = @Sendable (StoreIdentity, EngineQueue, SharedState) throws -> any Transporter
    typealias Spawn = @Sendable (@escaping @Sendable () -> Result<SnapshotFile?, StoreError>) -> Bool
    let environment: StoreEnvironment
    let bootstrap: StoreBootstrap
    let clock: any TimeSource
    /// The way to other members; nil for a store without.
    let connect: Connect?

    /// Recovers the store; `spawn` does work that waits for the disk elsewhere. After a failure the disk is free again.
    func begin(_ queue: EngineQueue, spawn: @escaping Spawn) throws -> (StoreTurns, EmbeddedStore) {
        try lock()
        do { return try recover(queue, spawn) } catch {
            environment.disk.unlock()
            throw error
        }
    }

    private func recover(_ queue: EngineQueue, _ spawn: @escaping Spawn) throws -> (StoreTurns, EmbeddedStore) {
        let recovered = try StoreRecovery(environment, bootstrap: bootstrap).run()
        let shared = SharedState(recovered, limits: environment.limits)
        let transporter = try connect?(recovered.identity, queue, shared)
        var engine = StoreEngine(recovered, shared: shared, environment: environment, spawn: spawn)
        engine.start(now: clock.uptimeMilliseconds)
        if let failure = engine.failure {
            engine.close()
            transporter?.close()
            throw failure
        }
        let ending = Gate<Void>()
        let store = EmbeddedStore(
            shared: shared, queue: queue, environment: environment, clock: clock, ending: ending,
            identity: recovered.identity, transporter: transporter)
        return (StoreTurns(engine, queue, transporter, environment.disk, clock, ending), store)
    }

    private func lock() throws(StoreError) {
        do throws(DiskError) {
            if try environment.disk.lock() { return }
        } catch {
            throw error.storeError
        }
        throw .locked(directory: environment.disk.path)
    }
}

/// A store at work, turn by turn: whoever drives it waits for `idleMilliseconds` or for news in the queue between two.
struct StoreTurns {
    private var engine: StoreEngine
    private let queue: EngineQueue
    private let transporter: (any Transporter)?
    private let disk: any Disk
    private let clock: any TimeSource
    private let ending: Gate<Void>
    private var nextTick: Int64
    private var seenChanges = -1
    /// Proposals of the last turn.
    private(set) var answered = 0

    init(
        _ engine: StoreEngine, _ queue: EngineQueue, _ transporter: (any Transporter)?, _ disk: any Disk,
        _ clock: any TimeSource, _ ending: Gate<Void>
    ) {
        self.engine = engine
        self.queue = queue
        self.transporter = transporter
        self.disk = disk
        self.clock = clock
        self.ending = ending
        nextTick = clock.uptimeMilliseconds
    }

    /// How long nothing has to be done without news.
    var idleMilliseconds: Int64 {
        // What the last turn's end has left to be written, an alarm say, waits for nobody.
        if engine.hasGarbage || engine.needsFlush { return 0 }
        return max(0, min(nextTick - clock.uptimeMilliseconds, engine.tickMilliseconds))
    }

    /// Does all that waits; returns whether the store is to be closed.
    mutating func turn() -> Bool {
        let tick = engine.tickMilliseconds
        let content = queue.take()
        let now = clock.uptimeMilliseconds
        let isClosing = give(content.messages, now: now)
        if !content.proposals.isEmpty { engine.propose(content.proposals, now: now) }
        if !content.reads.isEmpty { engine.read(content.reads, now: now) }
        answered = content.proposals.count
        if now >= nextTick {
            engine.tick(now: now)
            nextTick = now + tick
        }
        send(now: now)
        engine.flush(now: now)
        send(now: now)
        if let transporter, seenChanges != engine.membershipChanges {
            seenChanges = engine.membershipChanges
            transporter.updateMembers(engine.otherMembers)
        }
        if engine.hasGarbage { engine.collectGarbage() }
        return isClosing
    }

    private mutating func send(now: Int64) {
        let output = engine.takeOutput()
        guard !output.isEmpty, let transporter else { return }
        for (message, peer) in transporter.send(output) { engine.notSent(message, to: peer, now: now) }
    }

    /// Returns whether the store is to be closed.
    private mutating func give(_ messages: [EngineQueue.Message], now: Int64) -> Bool {
        var isClosing = false
        for message in messages {
            switch message {
            case .peer(let message, let peer): engine.receive(message, from: peer, now: now)
            case .request(let request): engine.ask([request], now: now)
            case .unreachable(let peer): engine.unreachable(peer, now: now)
            case .snapshotSent(let peer, let index): engine.snapshotSent(to: peer, upTo: index, now: now)
            case .snapshotReceived(let received, let message): engine.snapshotReceived(received, message, now: now)
            case .snapshotFinished(let result): engine.snapshotFinished(result, now: now)
            case .close: isClosing = true
            }
        }
        return isClosing
    }

    // MARK: The end

    /// Nothing more is accepted; who waits is told.
    mutating func stop() {
        let rest = queue.close()
        let now = clock.uptimeMilliseconds
        engine.propose(rest.proposals, now: now)
        engine.flush(now: now)
        engine.stop(.closed)
        engine.read(rest.reads, now: now)
        _ = give(rest.messages, now: now)
    }

    var isWritingSnapshot: Bool { engine.isWritingSnapshot }

    /// For what still comes after `stop`.
    mutating func takeMessages() { _ = give(queue.take().messages, now: clock.uptimeMilliseconds) }

    mutating func close() {
        engine.close()
        transporter?.close()
        disk.unlock()
        ending.open()
    }
}
