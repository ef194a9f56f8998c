import Basics
import KeyValueCore
import RaftCore

/// Carries the engine's output to other members.
protocol PeerCarrier: Sendable {
    /// Returns those messages that will not leave, with whom they were for.
    func carry(_ output: [EngineOutput]) -> [(PeerMessage, Member)]
    /// These are the members now.
    func meet(_ members: [ClusterMember])
    func close()
}

/// The thread of a store: recovers it, then works until it is closed. Group commit is here: all that came in while
/// the disk was busy goes into the log together.
struct StoreThread: Sendable {
    typealias Connect = @Sendable (StoreIdentity, Inbox, SharedState) throws -> any PeerCarrier
    private let environment: StoreEnvironment
    private let founding: StoreFounding
    private let clock: any TimeSource
    private let connect: Connect?
    /// How long those who were answered together are waited for, so that they can come back together.
    private static let gatherMicroseconds = 300

    /// With `connect` the store talks to other members.
    init(_ environment: StoreEnvironment, _ founding: StoreFounding, _ clock: any TimeSource, _ connect: Connect?) {
        self.environment = environment
        self.founding = founding
        self.clock = clock
        self.connect = connect
    }

    func run(_ opened: (Result<EmbeddedStore, any Error>) -> Void) {
        do throws(StoreError) {
            try lock()
        } catch {
            return opened(.failure(error))
        }
        defer { environment.disk.unlock() }
        let recovered: RecoveredStore
        do throws(StoreError) {
            recovered = try StoreRecovery(environment, founding: founding).run()
        } catch {
            return opened(.failure(error))
        }
        let inbox = Inbox(limits: environment.limits)
        let shared = SharedState(recovered, limits: environment.limits)
        let carrier: (any PeerCarrier)?
        do { carrier = try connect?(recovered.identity, inbox, shared) } catch { return opened(.failure(error)) }
        defer { carrier?.close() }
        var engine = StoreEngine(recovered, shared: shared, environment: environment) { work in
            WorkerThread.start { inbox.post(.snapshotFinished(work())) }
        }
        engine.start(now: clock.uptimeMilliseconds)
        if let failure = engine.failure {
            engine.close()
            return opened(.failure(failure))
        }
        let ending = Gate<Void>()
        opened(
            .success(
                EmbeddedStore(
                    shared: shared, inbox: inbox, environment: environment, clock: clock, ending: ending,
                    identity: recovered.identity, carrier: carrier)))
        work(&engine, inbox, carrier)
        carrier?.close()
        environment.disk.unlock()
        ending.open()
    }

    private func lock() throws(StoreError) {
        do throws(DiskError) {
            if try environment.disk.lock() { return }
        } catch {
            throw error.storeError
        }
        throw .locked(directory: environment.disk.path)
    }

    private func work(_ engine: inout StoreEngine, _ inbox: Inbox, _ carrier: (any PeerCarrier)?) {
        var nextTick = clock.uptimeMilliseconds
        var answered = 0
        var met = -1
        while true {
            // Whoever was just answered is likely to come back at once: better wait a moment for them than
            // synchronize for the first few.
            if answered > 8 { inbox.wait(for: answered / 2, microseconds: Self.gatherMicroseconds) }
            let tick = engine.tickMilliseconds
            // What the last turn's end has left to be written, an alarm say, waits for nobody.
            let isBusy = engine.hasGarbage || engine.needsFlush
            let timeout = isBusy ? 0 : max(0, min(nextTick - clock.uptimeMilliseconds, tick))
            inbox.wait(for: 1, microseconds: Int(timeout) * 1_000)
            let content = inbox.take()
            let now = clock.uptimeMilliseconds
            let isClosing = give(content.messages, to: &engine, now: now)
            if !content.proposals.isEmpty { engine.propose(content.proposals, now: now) }
            if !content.reads.isEmpty { engine.read(content.reads, now: now) }
            answered = content.proposals.count
            if now >= nextTick {
                engine.tick(now: now)
                nextTick = now + tick
            }
            carry(&engine, carrier, now: now)
            engine.flush(now: now)
            carry(&engine, carrier, now: now)
            if let carrier, met != engine.membershipChanges {
                met = engine.membershipChanges
                carrier.meet(engine.membersToMeet)
            }
            if engine.hasGarbage { engine.collectGarbage() }
            if isClosing { return finish(&engine, inbox) }
        }
    }

    private func carry(_ engine: inout StoreEngine, _ carrier: (any PeerCarrier)?, now: Int64) {
        let output = engine.takeOutput()
        guard !output.isEmpty, let carrier else { return }
        for (message, peer) in carrier.carry(output) { engine.notSent(message, to: peer, now: now) }
    }

    /// Returns whether the store is to be closed.
    private func give(_ messages: [Inbox.Message], to engine: inout StoreEngine, now: Int64) -> Bool {
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

    private func finish(_ engine: inout StoreEngine, _ inbox: Inbox) {
        let rest = inbox.close()
        let now = clock.uptimeMilliseconds
        engine.propose(rest.proposals, now: now)
        engine.flush(now: now)
        engine.stop(.closed)
        engine.read(rest.reads, now: now)
        _ = give(rest.messages, to: &engine, now: now)
        // A snapshot that is being written notices soon that it is not wanted.
        while engine.isWritingSnapshot {
            inbox.wait(for: .max, microseconds: 1_000_000)
            _ = give(inbox.take().messages, to: &engine, now: now)
        }
        engine.close()
    }
}
