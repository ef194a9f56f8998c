import DequeModule
import Logging
import NIOCore
import RaftCore
import Synchronization

/// The way to one peer: a connection that is made again whenever it is lost, and a bounded queue before it. The queue
/// is emptied as fast as the peer reads; what does not fit is dropped, and the engine is told.
final class PeerLink: Sendable {
    let peer: Member
    private let context: PeerContext
    private struct State {
        var addresses: [PeerAddress]
        var queue: Deque<[UInt8]> = []
        var bytes = 0
        /// The peer has accepted us.
        var channel: (any Channel)?
        var isDraining = false
        var isClosed = false
        var failures = 0
        var lastRefusal: PeerHandshake.Refusal?
    }
    private let state: Mutex<State>

    init(_ peer: Member, at addresses: [PeerAddress], _ context: PeerContext) {
        self.peer = peer
        self.context = context
        state = Mutex(State(addresses: addresses))
    }

    /// Why the peer turned this member away the last time; nil if it did not.
    var lastRefusal: PeerHandshake.Refusal? { state.withLock { $0.lastRefusal } }

    /// The peer is there now; the next connection goes there.
    func move(to addresses: [PeerAddress]) {
        let lost = state.withLock { state -> (any Channel)? in
            guard !addresses.isEmpty, state.addresses != addresses else { return nil }
            state.addresses = addresses
            return state.channel
        }
        lost?.close(promise: nil)
    }

    // MARK: Sending

    /// Takes a message for the peer; false if it will not get there.
    func send(_ message: [UInt8]) -> Bool {
        let limits = context.limits
        let (isTaken, drained) = state.withLock { state -> (Bool, (any Channel)?) in
            guard let channel = state.channel, state.queue.count < limits.peerQueueMessages,
                state.bytes + message.count <= limits.peerQueueBytes || state.queue.isEmpty
            else { return (false, nil) }
            state.queue.append(message)
            state.bytes += message.count
            if state.isDraining { return (true, nil) }
            state.isDraining = true
            return (true, channel)
        }
        if let drained { drained.eventLoop.execute { self.drain(drained) } }
        return isTaken
    }

    /// Writes what waits, as long as the peer reads it.
    fileprivate func drain(_ channel: any Channel) {
        while channel.isWritable {
            let messages = state.withLock { state -> [[UInt8]] in
                guard state.channel === channel, !state.queue.isEmpty else {
                    state.isDraining = false
                    return []
                }
                let count = min(64, state.queue.count)
                let taken = Array(state.queue.prefix(count))
                state.queue.removeFirst(count)
                for message in taken { state.bytes -= message.count }
                return taken
            }
            if messages.isEmpty { return }
            var buffer = channel.allocator.buffer(capacity: messages.reduce(0) { $0 + 5 + $1.count })
            for message in messages { PeerFrame.message(message).encode(into: &buffer) }
            channel.writeAndFlush(buffer, promise: nil)
        }
        // It goes on when the channel can be written to again.
        state.withLock { $0.isDraining = false }
    }

    fileprivate func writabilityChanged(_ channel: any Channel) {
        guard channel.isWritable else { return }
        let mustDrain = state.withLock { state in
            guard state.channel === channel, !state.isDraining, !state.queue.isEmpty else { return false }
            state.isDraining = true
            return true
        }
        if mustDrain { drain(channel) }
    }

    // MARK: Connecting

    func connect() {
        let address: PeerAddress? = state.withLock { state in
            if state.isClosed || state.addresses.isEmpty { return nil }
            return state.addresses[state.failures % state.addresses.count]
        }
        guard let address else { return }
        let handshake = PeerHandshake(
            from: context.identity, to: peer.id, purpose: .messages, peerURLs: context.settings.peerURLs)
        context.call(address) { LinkHandler(self, handshake) }.whenFailure { error in
            self.lost(nil, "\(error)")
        }
    }

    fileprivate func accepted(_ channel: any Channel) {
        let isClosed = state.withLock { state in
            state.failures = 0
            state.lastRefusal = nil
            if !state.isClosed { state.channel = channel }
            return state.isClosed
        }
        if isClosed { return channel.close(promise: nil) }
        context.logger.info("A peer is connected", metadata: ["peer": "\(String(peer.id, radix: 16))"])
    }

    fileprivate func refused(_ refusal: PeerHandshake.Refusal) {
        let isNew = state.withLock { state in
            defer { state.lastRefusal = refusal }
            return state.lastRefusal != refusal
        }
        guard isNew else { return }
        context.logger.error(
            "A peer has turned this member away",
            metadata: ["peer": "\(String(peer.id, radix: 16))", "reason": "\(refusal)"])
    }

    /// The connection is gone, or was never made; a new one is tried later.
    fileprivate func lost(_ channel: (any Channel)?, _ reason: String) {
        let (delay, wasConnected) = state.withLock { state -> (TimeAmount?, Bool) in
            let wasConnected = state.channel != nil && state.channel === channel
            state.channel = nil
            state.queue = []
            state.bytes = 0
            state.isDraining = false
            if state.isClosed { return (nil, false) }
            defer { state.failures += 1 }
            return (context.retryDelay(after: state.failures), wasConnected)
        }
        guard let delay else { return }
        context.queue.post(.unreachable(peer))
        if wasConnected {
            context.logger.info(
                "A peer's connection is lost",
                metadata: ["peer": "\(String(peer.id, radix: 16))", "reason": "\(reason)"])
        }
        _ = context.group.next().scheduleTask(in: delay) { self.connect() }
    }

    func close() {
        let channel = state.withLock { state in
            state.isClosed = true
            return state.channel
        }
        channel?.close(promise: nil)
    }
}

/// A link's connection: shakes hands, waits until it is accepted, and from then on only writes.
private final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = PeerFrame
    private let link: PeerLink
    private let handshake: PeerHandshake
    private var reason = "closed by the peer"
    private var isAccepted = false
    private var isOver = false

    init(_ link: PeerLink, _ handshake: PeerHandshake) {
        self.link = link
        self.handshake = handshake
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        PeerFrame.handshake(handshake).encode(into: &buffer)
        context.writeAndFlush(NIOAny(buffer), promise: nil)
        let channel = context.channel
        // A peer that says nothing is as good as none.
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(link.handshakeMilliseconds)) {
            if !bound.value.isAccepted { channel.close(promise: nil) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .accepted(let identity)
        where identity.member == handshake.to && identity.cluster == handshake.from.cluster:
            isAccepted = true
            link.accepted(context.channel)
        case .refusal(let refusal):
            reason = "\(refusal)"
            link.refused(refusal)
            context.close(promise: nil)
        default:
            reason = "the peer broke the protocol"
            context.close(promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { link.writabilityChanged(context.channel) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        reason = "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isOver { link.lost(context.channel, reason) }
        isOver = true
    }
}

extension PeerLink {
    fileprivate var handshakeMilliseconds: Int64 { context.limits.peerConnectMilliseconds }
}
