import Logging
import NIOCore
import RaftCore

/// A connection that a peer has made to this member. What it brings goes to the engine; while the engine has too much
/// of it, nothing more is read.
final class PeerSession: ChannelDuplexHandler {
    typealias InboundIn = PeerFrame
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case waiting
        case messages(Member)
        case snapshot(IncomingSnapshot)
        case over
    }
    private let context: PeerContext
    /// Told of a caller that sends messages, on which connection, and of where it is called.
    private let onPeer: @Sendable (Member, any Channel, [PeerAddress]) -> Void
    private var state = State.waiting
    /// A message that the engine had no room for.
    private var delayed: (PeerMessage, Member, Int)?
    private var unread: [PeerFrame] = []
    private static let retryDelay = TimeAmount.milliseconds(2)

    init(_ context: PeerContext, onPeer: @escaping @Sendable (Member, any Channel, [PeerAddress]) -> Void) {
        self.context = context
        self.onPeer = onPeer
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .milliseconds(self.context.limits.peerConnectMilliseconds)) {
            if case .waiting = bound.value.state { channel.close(promise: nil) }
        }
    }

    /// Nothing is asked of the network while the engine has no room.
    func read(context: ChannelHandlerContext) {
        if delayed == nil { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if delayed != nil { unread.append(frame) } else { take(frame, context) }
    }

    private func take(_ frame: PeerFrame, _ context: ChannelHandlerContext) {
        switch (state, frame) {
        case (.waiting, .handshake(let handshake)): shookHands(handshake, context)
        case (.messages(let peer), .message(let bytes)): take(bytes, from: peer, context)
        case (.snapshot(let snapshot), .snapshotChunk(let bytes)):
            if !snapshot.add(.chunk(bytes)) { context.close(promise: nil) }
        case (.snapshot(let snapshot), .snapshotEnd(let bytes)):
            if !snapshot.add(.end(bytes)) { context.close(promise: nil) }
        case (.over, _): break
        default: context.close(promise: nil)
        }
    }

    private func shookHands(_ handshake: PeerHandshake, _ context: ChannelHandlerContext) {
        var refusal = handshake.refusal(by: self.context.identity)
        if refusal == nil, handshake.purpose == .snapshot, !self.context.incomingSnapshots.begin() { refusal = .busy }
        if let refusal {
            if refusal != .busy {
                self.context.logger.error(
                    "A caller is turned away",
                    metadata: [
                        "cluster": "\(String(handshake.from.cluster, radix: 16))",
                        "member": "\(String(handshake.from.member, radix: 16))", "reason": "\(refusal)",
                    ])
            }
            state = .over
            send(.refusal(refusal), context)
            return context.close(promise: nil)
        }
        let peer = Member(handshake.from.member)
        switch handshake.purpose {
        case .inquiry:
            state = .over
            send(answer(to: handshake), context)
            return context.close(promise: nil)
        case .messages:
            state = .messages(peer)
            onPeer(peer, context.channel, handshake.peerURLs.compactMap { try? PeerAddress(url: $0) })
        case .snapshot:
            let snapshot = IncomingSnapshot(from: peer, context.channel, self.context)
            guard snapshot.start() else { return context.close(promise: nil) }
            state = .snapshot(snapshot)
        }
        send(.accepted(self.context.identity), context)
    }

    /// Which number was given to the member with the caller's addresses.
    private func answer(to handshake: PeerHandshake) -> PeerFrame {
        let directory = context.shared.withContent { $0.applied.directory }
        guard let added = directory.all.first(where: { Set($0.peerURLs) == Set(handshake.peerURLs) }) else {
            return .refusal(.notAdded)
        }
        return .accepted(StoreIdentity(cluster: context.identity.cluster, member: added.id))
    }

    private func send(_ frame: PeerFrame, _ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 64)
        frame.encode(into: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func take(_ bytes: [UInt8], from peer: Member, _ context: ChannelHandlerContext) {
        guard let message = try? PeerMessage(decoding: bytes) else {
            self.context.logger.error("A peer's message makes no sense", metadata: ["peer": "\(peer.id)"])
            return context.close(promise: nil)
        }
        if self.context.isolation.contains(peer) { return }
        if self.context.queue.post(message, from: peer, bytes: bytes.count) { return }
        delayed = (message, peer, bytes.count)
        retryLater(context)
    }

    private func retryLater(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.retryDelay) {
            let (session, context) = bound.value
            session.retry(context)
        }
    }

    private func retry(_ context: ChannelHandlerContext) {
        guard let (message, peer, bytes) = delayed else { return }
        guard self.context.queue.post(message, from: peer, bytes: bytes) else { return retryLater(context) }
        delayed = nil
        let frames = unread
        unread = []
        for frame in frames {
            if delayed != nil { unread.append(frame) } else { take(frame, context) }
        }
        if delayed == nil { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.context.logger.debug("A peer's connection failed", metadata: ["reason": "\(error)"])
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .snapshot(let snapshot) = state { snapshot.cancel() }
        state = .over
        delayed = nil
        unread = []
    }
}
