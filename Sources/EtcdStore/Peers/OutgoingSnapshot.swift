import Dispatch
import KeyValueCore
import Logging
import NIOCore
import RaftCore
import Synchronization

/// A snapshot file on its way to a peer, on a connection and a thread of its own: chunk after chunk, no faster than
/// the limit, and with only a few under way that the peer has not taken.
final class OutgoingSnapshot: Sendable {
    private let file: SnapshotFile
    private let message: Message
    private let peer: Member
    private let addresses: [PeerAddress]
    private let context: PeerContext
    private struct Answers {
        var isAccepted = false
        var taken: UInt64 = 0
        var outcome: Bool?
    }
    private let answers = Mutex(Answers())
    private let semaphore = DispatchSemaphore(value: 0)

    private enum Failure: Error { case noAddress, silence, refused, cancelled }

    init(_ file: SnapshotFile, _ message: Message, to peer: Member, at addresses: [PeerAddress], _ context: PeerContext)
    {
        self.file = file
        self.message = message
        self.peer = peer
        self.addresses = addresses
        self.context = context
    }

    /// Sends, and tells the engine how it went.
    func start() {
        let isRunning = WorkerThread.start { [self] in
            do {
                try send()
                context.queue.post(.snapshotSent(to: peer, upTo: file.position))
            } catch {
                context.logger.warning(
                    "A snapshot did not get to a peer",
                    metadata: ["peer": "\(String(peer.id, radix: 16))", "reason": "\(error)"])
                // Raft asks again at once; the peer may need a moment.
                let pause = context.limits.peerRetryMilliseconds.upperBound / 4
                _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(pause)))
                context.queue.post(.snapshotSent(to: peer, upTo: nil))
            }
        }
        if !isRunning { context.queue.post(.snapshotSent(to: peer, upTo: nil)) }
    }

    private func send() throws {
        guard let address = addresses.first, !context.isolation.contains(peer) else { throw Failure.noAddress }
        let source = try context.disk.open(file.name, creating: false)
        defer { source.close() }
        let handshake = PeerHandshake(
            from: context.identity, to: peer.id, purpose: .snapshot, peerURLs: context.settings.peerURLs)
        let channel = try context.call(address) { OutgoingSnapshotHandler(self) }.wait()
        defer { channel.close(promise: nil) }
        try write(.handshake(handshake), to: channel)
        try wait { $0.isAccepted }
        try sendChunks(of: source, to: channel)
        try write(.snapshotEnd(message.encoded), to: channel)
        try wait { $0.outcome != nil }
        if answers.withLock({ $0.outcome }) != true { throw Failure.refused }
    }

    private func sendChunks(of source: any DiskFile, to channel: any Channel) throws {
        let limits = context.limits
        let start = DispatchTime.now()
        var sent = 0
        while sent < file.bytes {
            if context.isolation.contains(peer) { throw Failure.cancelled }
            let chunk = try source.read(at: sent, count: min(limits.snapshotChunkBytes, file.bytes - sent))
            if chunk.isEmpty { throw Failure.cancelled }
            try write(.snapshotChunk(chunk), to: channel)
            sent += chunk.count
            let underWay = limits.snapshotChunkBytes * limits.snapshotChunksUnderWay
            try wait { sent - Int($0.taken) < underWay }
            let due = start + .milliseconds(sent * 1_000 / max(1, limits.snapshotBytesPerSecond))
            // Nobody signals this: it is the clock that is waited for.
            if due > .now() { _ = DispatchSemaphore(value: 0).wait(timeout: due) }
        }
    }

    private func write(_ frame: PeerFrame, to channel: any Channel) throws {
        var buffer = channel.allocator.buffer(capacity: 64)
        frame.encode(into: &buffer)
        try channel.writeAndFlush(buffer).wait()
    }

    private func wait(_ isSo: (Answers) -> Bool) throws {
        while true {
            let (isReached, isOver) = answers.withLock { (isSo($0), $0.outcome != nil) }
            if isReached { return }
            if isOver { throw Failure.refused }
            let timeout = DispatchTime.now() + .milliseconds(Int(context.limits.snapshotSilenceMilliseconds))
            if semaphore.wait(timeout: timeout) == .timedOut { throw Failure.silence }
        }
    }

    fileprivate func took(_ frame: PeerFrame) {
        answers.withLock { answers in
            switch frame {
            case .accepted: answers.isAccepted = true
            case .snapshotProgress(let bytes): answers.taken = max(answers.taken, bytes)
            case .snapshotTaken(let isTaken): answers.outcome = isTaken
            default: answers.outcome = answers.outcome ?? false
            }
        }
        semaphore.signal()
    }

    fileprivate func lost() {
        answers.withLock { $0.outcome = $0.outcome ?? false }
        semaphore.signal()
    }
}

/// Passes on what the peer says of a snapshot.
private final class OutgoingSnapshotHandler: ChannelInboundHandler {
    typealias InboundIn = PeerFrame
    private let snapshot: OutgoingSnapshot

    init(_ snapshot: OutgoingSnapshot) { self.snapshot = snapshot }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { snapshot.took(unwrapInboundIn(data)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { snapshot.lost() }
}
