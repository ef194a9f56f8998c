import EtcdMessages
import EtcdStore
import KeyValueCore
import Synchronization

/// The store that all services serve, with what they share.
struct ServedStore: Sendable {
    let store: EmbeddedStore
    let limits: EtcdLimits
    let counters: EtcdCounters
    let advertised = AdvertisedAddresses()

    /// The header of an answer that knows its revision.
    func header(revision: Revision) throws -> Etcdserverpb_ResponseHeader {
        header(revision: revision, term: try store.term)
    }

    /// The header of an answer at the member's newest revision.
    func header() async throws -> Etcdserverpb_ResponseHeader {
        let status = try await store.status()
        return header(revision: status.revision, status)
    }

    func header(revision: Revision, _ status: StoreStatus) -> Etcdserverpb_ResponseHeader {
        header(revision: revision, term: status.term)
    }

    func header(revision: Revision, term: UInt64) -> Etcdserverpb_ResponseHeader {
        var header = Etcdserverpb_ResponseHeader()
        header.clusterID = store.identity.cluster
        header.memberID = store.identity.member
        header.revision = revision
        header.raftTerm = term
        return header
    }
}

/// Where the server is reached, once it listens.
final class AdvertisedAddresses: Sendable {
    private let content = Mutex<[String]>([])
    var urls: [String] { content.withLock { $0 } }
    func set(_ urls: [String]) { content.withLock { $0 = urls } }
}
