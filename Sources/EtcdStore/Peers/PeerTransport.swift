import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RaftCore
import Synchronization

/// The network between members: a listener, and a link to each of the others, all over mutual TLS.
final class PeerTransport: Transporter {
    private let context: PeerContext
    private struct State {
        var links: [Member: PeerLink] = [:]
        var addresses: [Member: [PeerAddress]] = [:]
        var listener: (any Channel)?
        var sessions: [ObjectIdentifier: any Channel] = [:]
        /// The newest connection of each peer that sends messages.
        var callers: [Member: any Channel] = [:]
        var isClosed = false

        mutating func forget(_ channel: any Channel) {
            sessions[ObjectIdentifier(channel)] = nil
            for (peer, caller) in callers where caller === channel { callers[peer] = nil }
        }

        mutating func add(_ peer: Member, _ addresses: [PeerAddress], _ context: PeerContext) -> PeerLink {
            let link = PeerLink(peer, at: addresses, context)
            links[peer] = link
            self.addresses[peer] = addresses
            return link
        }
    }
    private let state = Mutex(State())

    /// Checks certificates and keys, and returns what starts the transport for a member. Listening begins then.
    static func connect(_ settings: ClusterSettings, _ environment: StoreEnvironment) throws -> StoreOpening.Connect {
        let tls: PeerIdentity
        do {
            tls = try PeerIdentity(settings.security)
        } catch {
            throw StoreError.stopped("the certificate, key or roots for other members are of no use: \(error)")
        }
        return { identity, queue, shared in
            let transport = PeerTransport(
                PeerContext(
                    identity: identity, settings: settings, limits: environment.limits, disk: environment.disk,
                    random: environment.random, logger: environment.logger, group: PeerCall.group, tls: tls,
                    queue: queue, shared: shared, isolation: Isolation(),
                    incomingSnapshots: IncomingSnapshots()))
            do {
                try transport.listen()
            } catch {
                transport.close()
                throw StoreError.stopped("cannot listen for other members at \(settings.listen.url): \(error)")
            }
            return transport
        }
    }

    private init(_ context: PeerContext) { self.context = context }

    private func listen() throws {
        let tls = context.tls
        let limit = context.limits.peerMessageBytes + 1
        let listener = try ServerBootstrap(group: context.group)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard admit(channel) else { throw ChannelError.ioOnClosedChannel }
                    let sync = channel.pipeline.syncOperations
                    try sync.addHandler(NIOSSLServerHandler(context: tls.server))
                    try sync.addHandler(ByteToMessageHandler(PeerFrameDecoder(limit: limit)))
                    try sync.addHandler(PeerSession(context) { [weak self] in self?.connected($0, on: $1, at: $2) })
                }
            }
            .bind(host: context.settings.listen.host, port: context.settings.listen.port).wait()
        state.withLock { $0.listener = listener }
    }

    /// Takes note of a caller; false if there are too many.
    private func admit(_ channel: any Channel) -> Bool {
        let isAdmitted = state.withLock { state in
            guard !state.isClosed, state.sessions.count < context.limits.peerConnections else { return false }
            state.sessions[ObjectIdentifier(channel)] = channel
            return true
        }
        if isAdmitted {
            channel.closeFuture.whenComplete { [weak self] _ in
                self?.state.withLock { $0.forget(channel) }
            }
        }
        return isAdmitted
    }

    // MARK: Peers

    /// A member that called has said where it is called. That is believed only while the directory does not know it,
    /// which it does not at a new member.
    /// Its earlier connection is dead, or it would not have made another.
    private func connected(_ peer: Member, on channel: any Channel, at addresses: [PeerAddress]) {
        let old = state.withLock { $0.callers.updateValue(channel, forKey: peer) }
        old?.close(promise: nil)
        let link = state.withLock { state -> PeerLink? in
            guard !state.isClosed, state.links[peer] == nil, !addresses.isEmpty,
                state.links.count < Configuration.memberLimit
            else { return nil }
            return state.add(peer, addresses, context)
        }
        link?.connect()
    }

    func updateMembers(_ members: [ClusterMember]) {
        let (new, gone) = state.withLock { state -> ([PeerLink], [PeerLink]) in
            if state.isClosed { return ([], []) }
            var new: [PeerLink] = []
            for member in members {
                let addresses = member.peerURLs.compactMap { try? PeerAddress(url: $0) }
                if addresses.isEmpty { continue }
                if let link = state.links[Member(member.id)] {
                    state.addresses[Member(member.id)] = addresses
                    link.move(to: addresses)
                } else {
                    new.append(state.add(Member(member.id), addresses, context))
                }
            }
            // A new member knows nobody yet, and answers who called it.
            if members.isEmpty { return (new, []) }
            let kept = Set(members.map { Member($0.id) })
            let gone = state.links.filter { !kept.contains($0.key) }
            for peer in gone.keys {
                state.links[peer] = nil
                state.addresses[peer] = nil
            }
            return (new, Array(gone.values))
        }
        for link in new { link.connect() }
        for link in gone { link.close() }
    }

    // MARK: Sending

    func send(_ output: [EngineOutput]) -> [(PeerMessage, Member)] {
        let (links, addresses) = state.withLock { ($0.links, $0.addresses) }
        var failed: [(PeerMessage, Member)] = []
        for output in output {
            switch output {
            case .send(let message, let peer):
                // What is cut off on purpose is lost on the way, as far as the engine knows.
                if context.isolation.contains(peer) { continue }
                if links[peer]?.send(message.encoded) != true { failed.append((message, peer)) }
            case .sendSnapshot(let file, let message, let peer):
                OutgoingSnapshot(file, message, to: peer, at: addresses[peer] ?? [], context).start()
            }
        }
        return failed
    }

    // MARK: What tests and people ask

    /// Throws, and changes nothing, when the materials cannot be used.
    func change(to security: PeerSecurity) throws { try context.tls.change(to: security) }

    /// Cuts these members off from this one, as a network would that is broken.
    func isolate(_ members: Set<Member>) { context.isolation.set(members) }

    /// Why peers have turned this member away.
    var refusals: [Member: PeerHandshake.Refusal] {
        state.withLock { $0.links }.compactMapValues(\.lastRefusal)
    }

    func close() {
        let (links, sessions, listener) = state.withLock { state -> ([PeerLink], [any Channel], (any Channel)?) in
            defer {
                state.links = [:]
                state.listener = nil
                state.isClosed = true
            }
            return (Array(state.links.values), Array(state.sessions.values), state.listener)
        }
        for link in links { link.close() }
        for channel in sessions { channel.close(promise: nil) }
        // The port is free for the next one when this returns.
        try? listener?.close().wait()
    }
}
