import Logging
import NIOCore
import NIOPosix
import RaftCore

/// Asks members of a cluster which number they have given to a new one, by its addresses.
struct PeerInquiry {
    private let settings: ClusterSettings
    private let limits: StoreLimits
    private let logger: Logger
    private static let pause = Duration.milliseconds(200)

    init(_ settings: ClusterSettings, _ limits: StoreLimits, _ logger: Logger) {
        self.settings = settings
        self.limits = limits
        self.logger = logger
    }

    /// Asks one after the other, again and again for as long as a request may wait. Throws
    /// `StoreError.invalidMember` with the last reason if nobody tells.
    func bootstrap(_ urls: [String]) async throws -> StoreBootstrap {
        let addresses = try urls.map { try PeerAddress(url: $0) }
        let call = PeerCall(tls: try settings.security.clientContext(), limits: limits)
        let end = ContinuousClock.now + .milliseconds(limits.requestMilliseconds)
        var reason = "there is nobody to ask"
        repeat {
            for address in addresses {
                do {
                    let identity = try await ask(address, call)
                    return .join(cluster: identity.cluster, member: identity.member)
                } catch {
                    reason = "\(address.url): \(error)"
                }
            }
            try await Task.sleep(for: Self.pause)
        } while ContinuousClock.now < end
        throw StoreError.invalidMember("no member says that this one was added: \(reason)")
    }

    private func ask(_ address: PeerAddress, _ call: PeerCall) async throws -> StoreIdentity {
        let answer = PeerCall.group.next().makePromise(of: StoreIdentity.self)
        let handshake = PeerHandshake(
            from: StoreIdentity(cluster: 0, member: 0), to: 0, purpose: .inquiry, peerURLs: settings.peerURLs)
        let timeout = PeerCall.group.next().scheduleTask(in: .milliseconds(limits.peerConnectMilliseconds)) {
            answer.fail(StoreError.noLeader)
        }
        defer { timeout.cancel() }
        let connection = call.connect(to: address) { InquiryHandler(handshake, answer) }
        connection.whenFailure { answer.fail($0) }
        let identity = try await answer.futureResult.get()
        try? await connection.get().close()
        return identity
    }
}

/// Shakes hands, and passes the first answer on.
private final class InquiryHandler: ChannelInboundHandler {
    typealias InboundIn = PeerFrame
    typealias OutboundOut = ByteBuffer
    private let handshake: PeerHandshake
    private let answer: EventLoopPromise<StoreIdentity>

    init(_ handshake: PeerHandshake, _ answer: EventLoopPromise<StoreIdentity>) {
        self.handshake = handshake
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 256)
        PeerFrame.handshake(handshake).encode(into: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .accepted(let identity): answer.succeed(identity)
        case .refusal(let refusal): answer.fail(StoreError.invalidMember("\(refusal)"))
        default: answer.fail(StoreError.invalidMember("it broke the protocol"))
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(ChannelError.eof) }
}
