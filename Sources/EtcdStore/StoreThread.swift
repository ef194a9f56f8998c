import KeyValueCore
import RaftCore

/// The thread of a store: recovers it, then works until it is closed. Group commit is here: all that came in while
/// the disk was busy goes into the log together.
struct StoreThread: Sendable {
    private let environment: StoreEnvironment
    private let clock: any StoreClock
    /// Idle watches are told how far the store is after so many milliseconds.
    private static let progressMilliseconds: Int64 = 5_000
    /// How long those who were answered together are waited for, so that they can come back together.
    private static let gatherMicroseconds = 300

    init(_ environment: StoreEnvironment, _ clock: any StoreClock) {
        self.environment = environment
        self.clock = clock
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
            recovered = try StoreRecovery(environment).run()
        } catch {
            return opened(.failure(error))
        }
        let inbox = Inbox(limits: environment.limits)
        let shared = SharedState(recovered.state, catchUpEvents: environment.limits.catchUpEvents)
        var engine = StoreEngine(recovered, shared: shared, environment: environment) { work in
            WorkerThread.start { inbox.post(.snapshotFinished(work())) }
        }
        engine.start(now: clock.milliseconds)
        if let failure = engine.failure {
            engine.close()
            return opened(.failure(failure))
        }
        let ending = Ending()
        opened(
            .success(
                EmbeddedStore(shared: shared, inbox: inbox, environment: environment, clock: clock, ending: ending)))
        work(&engine, inbox)
        environment.disk.unlock()
        ending.come()
    }

    private func lock() throws(StoreError) {
        do throws(DiskError) {
            if try environment.disk.lock() { return }
        } catch {
            throw error.storeError
        }
        throw .locked(directory: environment.disk.path)
    }

    private func work(_ engine: inout StoreEngine, _ inbox: Inbox) {
        var nextTick = clock.milliseconds
        var nextProgress = nextTick + Self.progressMilliseconds
        var answered = 0
        while true {
            // Whoever was just answered is likely to come back at once: better wait a moment for them than
            // synchronize for the first few.
            if answered > 8 { inbox.wait(for: answered / 2, microseconds: Self.gatherMicroseconds) }
            let timeout = engine.hasGarbage ? 0 : max(0, nextTick - clock.milliseconds) * 1_000
            inbox.wait(for: 1, microseconds: Int(min(timeout, environment.limits.tickMilliseconds * 1_000)))
            let (proposals, messages) = inbox.take()
            let now = clock.milliseconds
            if !proposals.isEmpty { engine.propose(proposals, now: now) }
            answered = proposals.count
            if handle(messages, &engine) { return finish(&engine, inbox) }
            if now >= nextTick {
                engine.tick(now: now, tellIdleWatches: now >= nextProgress)
                if now >= nextProgress { nextProgress = now + Self.progressMilliseconds }
                nextTick = now + environment.limits.tickMilliseconds
            }
            if engine.hasGarbage { engine.collectGarbage() }
        }
    }

    /// Returns whether the store is to be closed.
    private func handle(_ messages: [Inbox.Message], _ engine: inout StoreEngine) -> Bool {
        var isClosing = false
        for message in messages {
            switch message {
            case .snapshotFinished(let result): engine.snapshotFinished(result)
            case .close: isClosing = true
            }
        }
        return isClosing
    }

    private func finish(_ engine: inout StoreEngine, _ inbox: Inbox) {
        engine.propose(inbox.close(), now: clock.milliseconds)
        engine.stop(.closed)
        // A snapshot that is being written notices soon that it is not wanted.
        while engine.isWritingSnapshot {
            inbox.wait(for: .max, microseconds: 1_000_000)
            _ = handle(inbox.take().messages, &engine)
        }
        engine.close()
    }
}
