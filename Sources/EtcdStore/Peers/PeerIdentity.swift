import NIOSSL
import Synchronization

/// Who a member is to the others. It may become another while the store serves: connections that are made from then on
/// show and ask for the new certificates, those that there are go on.
final class PeerIdentity: Sendable {
    private struct Contexts {
        var client: NIOSSLContext
        var server: NIOSSLContext
        init(_ security: PeerSecurity) throws {
            client = try security.clientContext()
            server = try security.serverContext()
        }
    }
    private let contexts: Mutex<Contexts>

    /// Throws when the materials cannot be used.
    init(_ security: PeerSecurity) throws { contexts = Mutex(try Contexts(security)) }

    /// Throws, and changes nothing, when the materials cannot be used.
    func change(to security: PeerSecurity) throws {
        let new = try Contexts(security)
        contexts.withLock { $0 = new }
    }

    /// For connections to others.
    var client: NIOSSLContext { contexts.withLock { $0.client } }
    /// For connections of others.
    var server: NIOSSLContext { contexts.withLock { $0.server } }
}
