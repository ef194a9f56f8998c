import NIOCore
import NIOPosix

/// Takes UDP datagrams at one address and leads each client's to one backend, and the answers back.
struct DatagramListener: Sendable {
    let target: TrafficTarget

    func bind(_ listener: Listener, on group: any EventLoopGroup) async throws -> any Channel {
        try await DatagramBootstrap(group: group)
            .channelOption(.recvAllocator, value: FlowTable.allocator)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FlowTable(target: target))
                }
            }
            .bind(host: listener.address, port: listener.port).get()
    }
}

/// The clients of one UDP listener: each has a socket of its own to its backend, so that answers find their way.
final class FlowTable: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private struct Flow {
        var backend: Backend
        /// nil until its socket is there; what comes before waits.
        var channel: (any Channel)?
        var waiting: [ByteBuffer] = []
        var lastUsed: NIODeadline
    }
    static let allocator = FixedSizeRecvByteBufferAllocator(capacity: Limits.datagramBytes)
    private let target: TrafficTarget
    private var flows: [SocketAddress: Flow] = [:]
    private var context: ChannelHandlerContext?
    private var sweep: RepeatedTask?

    init(target: TrafficTarget) { self.target = target }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        sweep = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(10), delay: .seconds(10)) { _ in
            bound.value.endFlows { $0.lastUsed + .seconds(Limits.flowIdleSeconds) < .now() }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        sweep?.cancel()
        endFlows { _ in true }
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        endFlows { _ in true }
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is BackendsChanged { endFlows { !target.leads(to: $0.backend) } }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data)
        let client = datagram.remoteAddress
        if flows[client] == nil { begin(client, context) }
        guard var flow = flows[client] else { return }
        flow.lastUsed = .now()
        if let channel = flow.channel, let address = channel.remoteAddress {
            channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: datagram.data), promise: nil)
        } else if flow.waiting.count < Limits.flowWaitingDatagrams {
            flow.waiting.append(datagram.data)
        }
        flows[client] = flow
    }

    /// UDP tells of an unreachable peer by an error on the next call; the listener goes on.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    private func begin(_ client: SocketAddress, _ context: ChannelHandlerContext) {
        let source = client.ipAddress ?? ""
        guard target.admits(source), let backend = target.choose(for: source),
            let address = try? SocketAddress(ipAddress: backend.address, port: backend.port)
        else { return }
        if flows.count >= Limits.flows, let oldest = flows.min(by: { $0.value.lastUsed < $1.value.lastUsed })?.key {
            end(oldest)
        }
        flows[client] = Flow(backend: backend, channel: nil, lastUsed: .now())
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        DatagramBootstrap(group: context.eventLoop)
            .channelOption(.recvAllocator, value: Self.allocator)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FlowAnswers(table: bound, client: client))
                }
            }
            .connect(to: address)
            .whenComplete { result in bound.value.connected(client, backend, result) }
    }

    private func connected(_ client: SocketAddress, _ backend: Backend, _ result: Result<any Channel, any Error>) {
        guard case .success(let channel) = result, let address = channel.remoteAddress else {
            flows[client] = nil
            return
        }
        guard flows[client]?.backend == backend, flows[client]?.channel == nil else {
            return channel.close(promise: nil)
        }
        for data in flows[client]?.waiting ?? [] {
            channel.write(AddressedEnvelope(remoteAddress: address, data: data), promise: nil)
        }
        channel.flush()
        flows[client]?.channel = channel
        flows[client]?.waiting = []
    }

    fileprivate func answer(_ data: ByteBuffer, to client: SocketAddress) {
        guard let context, flows[client] != nil else { return }
        flows[client]?.lastUsed = .now()
        // A client that is slower than its backend loses datagrams, as on any network.
        guard context.channel.isWritable else { return }
        context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: client, data: data)), promise: nil)
    }

    fileprivate func end(_ client: SocketAddress) { flows.removeValue(forKey: client)?.channel?.close(promise: nil) }

    private func endFlows(where isOver: (Flow) -> Bool) {
        for (client, flow) in flows where isOver(flow) { end(client) }
    }
}

/// The backend's side of one flow.
private final class FlowAnswers: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let table: NIOLoopBound<FlowTable>
    private let client: SocketAddress

    init(table: NIOLoopBound<FlowTable>, client: SocketAddress) {
        self.table = table
        self.client = client
    }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        table.value.answer(unwrapInboundIn(data).data, to: client)
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Refused by the backend: the next datagram of this client chooses again.
        table.value.end(client)
    }
}
