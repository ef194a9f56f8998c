import Basics
import KeyValueCore
import RaftCore

/// Carries the engine's output to other members.
protocol Transporter: Sendable {
    /// Returns those messages that will not leave, with whom they were for.
    func send(_ output: [EngineOutput]) -> [(PeerMessage, Member)]
    /// These are the members now.
    func updateMembers(_ members: [ClusterMember])
    func close()
}

/// The thread of a store: recovers it, then works until it is closed. Group commit is here: all that came in while
/// the disk was busy goes into the log together.
struct StoreThread: Sendable {
    private let opening: StoreOpening
    /// How long those who were answered together are waited for, so that they can come back together.
    private static let gatherMicroseconds = 300

    init(_ opening: StoreOpening) { self.opening = opening }

    func run(_ opened: (Result<EmbeddedStore, any Error>) -> Void) {
        let queue = EngineQueue(limits: opening.environment.limits)
        var turns: StoreTurns
        do {
            let (begun, store) = try opening.begin(queue) { work in
                WorkerThread.start { queue.post(.snapshotFinished(work())) }
            }
            turns = begun
            opened(.success(store))
        } catch {
            return opened(.failure(error))
        }
        while true {
            // Whoever was just answered is likely to come back at once: better wait a moment for them than
            // synchronize for the first few.
            if turns.answered > 8 { queue.wait(for: turns.answered / 2, microseconds: Self.gatherMicroseconds) }
            queue.wait(for: 1, microseconds: Int(turns.idleMilliseconds) * 1_000)
            if turns.turn() { break }
        }
        turns.stop()
        // A snapshot that is being written notices soon that it is not wanted.
        while turns.isWritingSnapshot {
            queue.wait(for: .max, microseconds: 1_000_000)
            turns.takeMessages()
        }
        turns.close()
    }
}
