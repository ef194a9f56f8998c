import Dispatch
import Logging
import NIOCore
import RaftCore
import Synchronization

/// A snapshot on its way here: a thread of its own puts the chunks on the disk, reads the whole back, and hands it to
/// the engine.
final class IncomingSnapshot: Sendable {
    enum Piece: Sendable {
        case chunk([UInt8])
        /// Everything was sent; these are the bytes of the message that belongs to it.
        case end([UInt8])
        case cancelled
    }
    private let peer: Member
    private let channel: any Channel
    private let context: PeerContext
    private let pieces = Mutex<[Piece]>([])
    private let semaphore = DispatchSemaphore(value: 0)

    init(from peer: Member, _ channel: any Channel, _ context: PeerContext) {
        self.peer = peer
        self.channel = channel
        self.context = context
    }

    /// Returns false if there is no thread for it; its place is free then.
    func start() -> Bool {
        let isRunning = WorkerThread.start {
            self.run()
            self.context.incomingSnapshots.end()
        }
        if !isRunning { context.incomingSnapshots.end() }
        return isRunning
    }

    /// Returns false if the sender sends more than it may have under way.
    func add(_ piece: Piece) -> Bool {
        let isTaken = pieces.withLock { pieces in
            guard pieces.count <= context.limits.snapshotChunksUnderWay else { return false }
            pieces.append(piece)
            return true
        }
        if isTaken { semaphore.signal() }
        return isTaken
    }

    func cancel() {
        pieces.withLock { $0 = [.cancelled] }
        semaphore.signal()
    }

    private func next() -> Piece {
        while true {
            let isInTime = semaphore.wait(
                timeout: .now() + .milliseconds(Int(context.limits.snapshotSilenceMilliseconds)))
            if isInTime == .timedOut { return .cancelled }
            // The signal may have been for what was taken away by `cancel`.
            if let piece = pieces.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return piece }
        }
    }

    private func run() {
        var isTaken = false
        do throws(StoreError) {
            isTaken = try take()
        } catch {
            context.logger.warning(
                "A peer's snapshot was not taken", metadata: ["peer": "\(peer.id)", "reason": "\(error)"])
        }
        send(.snapshotTaken(isTaken))
        channel.close(promise: nil)
    }

    private func take() throws(StoreError) -> Bool {
        var receiver = try SnapshotReceiver(disk: context.disk, number: context.random())
        var bytes: UInt64 = 0
        while true {
            switch next() {
            case .chunk(let chunk):
                do throws(StoreError) {
                    try receiver.add(chunk)
                } catch {
                    receiver.cancel()
                    throw error
                }
                bytes += UInt64(chunk.count)
                send(.snapshotProgress(bytes))
            case .end(let encoded):
                guard let message = try? Message(decoding: encoded), message.from == peer else {
                    receiver.cancel()
                    return false
                }
                let received = try receiver.finish()
                context.queue.post(.snapshotReceived(received, message))
                return true
            case .cancelled:
                receiver.cancel()
                return false
            }
        }
    }

    private func send(_ frame: PeerFrame) {
        guard channel.isActive else { return }
        var buffer = channel.allocator.buffer(capacity: 32)
        frame.encode(into: &buffer)
        channel.writeAndFlush(buffer, promise: nil)
    }
}
