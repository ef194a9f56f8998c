import Basics
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import RaftCore
import Synchronization

/// What all connections of a member share.
struct PeerContext: Sendable {
    let identity: StoreIdentity
    let settings: ClusterSettings
    let limits: StoreLimits
    let disk: any Disk
    let random: @Sendable () -> UInt64
    let logger: Logger
    let group: MultiThreadedEventLoopGroup
    let tls: PeerIdentity
    let queue: EngineQueue
    let shared: SharedState
    let isolation: Isolation
    /// Snapshots that are being taken from peers.
    let incomingSnapshots: IncomingSnapshots

    /// Calls a peer: connects, and puts the handlers of a connection of frames into its pipeline.
    func call(
        _ address: PeerAddress, _ handler: @escaping @Sendable () -> some ChannelHandler
    ) -> EventLoopFuture<any Channel> {
        PeerCall(tls: tls.client, limits: limits).connect(to: address, handler)
    }

    /// The wait before the next try, doubling with each, half of it by chance.
    func retryDelay(after failures: Int) -> TimeAmount {
        let range = limits.peerRetryMilliseconds
        let backoff = Backoff(
            base: .milliseconds(range.lowerBound), limit: .milliseconds(range.upperBound), jitter: 0.5)
        return TimeAmount(backoff.delay(afterFailures: failures, chance: Double(random() >> 11) * 0x1p-53))
    }
}

/// How a member calls another.
struct PeerCall: Sendable {
    /// The threads of all members' connections in this process, for as long as it lives. Threads that end with their
    /// member would have to wait for everything that may still want to be done on them.
    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let tls: NIOSSLContext
    let limits: StoreLimits

    /// Linux's TCP_USER_TIMEOUT, in milliseconds (tcp(7)).
    private static let confirmationTime = ChannelOptions.Types.SocketOption(
        level: .tcp, name: NIOBSDSocket.Option(rawValue: 18))

    func connect(
        to address: PeerAddress, _ handler: @escaping @Sendable () -> some ChannelHandler
    ) -> EventLoopFuture<any Channel> {
        let tls = tls
        let limit = limits.peerMessageBytes + 1
        return ClientBootstrap(group: Self.group)
            .connectTimeout(.milliseconds(limits.peerConnectMilliseconds))
            .channelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            // Where nobody confirms what is sent, the connection is given up, as what is sent again into a broken
            // network comes ever later.
            .channelOption(Self.confirmationTime, value: .init(limits.peerConnectMilliseconds))
            .channelOption(ChannelOptions.writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // A name is compared with the certificate's names, an address with its addresses.
                    let isAddress = (try? SocketAddress(ipAddress: address.host, port: address.port)) != nil
                    let sync = channel.pipeline.syncOperations
                    try sync.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : address.host))
                    try sync.addHandler(ByteToMessageHandler(PeerFrameDecoder(limit: limit)))
                    try sync.addHandler(handler())
                }
            }
            .connect(host: address.host, port: address.port)
    }
}

/// Members that are cut off on purpose, which tests do: nothing goes to them or is taken from them.
final class Isolation: Sendable {
    private let members = Mutex<Set<Member>>([])
    func set(_ new: Set<Member>) { members.withLock { $0 = new } }
    func contains(_ member: Member) -> Bool { members.withLock { $0.contains(member) } }
}

/// One snapshot is taken at a time; another caller is told to come again.
final class IncomingSnapshots: Sendable {
    private let isTaken = Mutex(false)
    func begin() -> Bool {
        isTaken.withLock { taken in
            defer { taken = true }
            return !taken
        }
    }
    func end() { isTaken.withLock { $0 = false } }
}

extension PeerSecurity {
    private func parts() throws -> (
        chain: [NIOSSLCertificateSource], key: NIOSSLPrivateKeySource, roots: NIOSSLTrustRoots
    ) {
        let chain = try NIOSSLCertificate.fromPEMBytes(certificateChain).map { NIOSSLCertificateSource.certificate($0) }
        let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: privateKey, format: .pem))
        return (chain, key, .certificates(try NIOSSLCertificate.fromPEMBytes(trustedRoots)))
    }

    func clientContext() throws -> NIOSSLContext {
        let (chain, key, roots) = try parts()
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateChain = chain
        configuration.privateKey = key
        configuration.trustRoots = roots
        configuration.certificateVerification = .fullVerification
        return try NIOSSLContext(configuration: configuration)
    }

    func serverContext() throws -> NIOSSLContext {
        let (chain, key, roots) = try parts()
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.minimumTLSVersion = .tlsv13
        configuration.trustRoots = roots
        // A caller must show a certificate of ours; the name in it is not compared, as callers have no address.
        configuration.certificateVerification = .noHostnameVerification
        return try NIOSSLContext(configuration: configuration)
    }

    /// Reads the three from files in PEM.
    public init(certificateFile: String, keyFile: String, trustedRootsFile: String) throws {
        func read(_ path: String) throws -> [UInt8] {
            let parts = path.split(separator: "/")
            guard let name = parts.last else { throw StoreError.invalidMember("\(path) is no file") }
            let directory = (path.first == "/" ? "/" : "") + parts.dropLast().joined(separator: "/")
            do throws(DiskError) {
                let file = try PosixDisk(path: directory.isEmpty ? "." : directory).open(String(name), creating: false)
                defer { file.close() }
                return try file.read(at: 0, count: try file.size())
            } catch {
                throw error.storeError
            }
        }
        self.init(
            certificateChain: try read(certificateFile), privateKey: try read(keyFile),
            trustedRoots: try read(trustedRootsFile))
    }
}
