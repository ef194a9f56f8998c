/// The members that a new cluster begins with, and the numbers that follow from their names and addresses; they are
/// etcd's for the same input (etcd 3.4, `server/etcdserver/api/membership`).
public struct InitialCluster: Sendable, Equatable {
    public var members: [ClusterMember]
    /// Tells clusters apart whose members have the same addresses.
    public var token: String

    /// `addresses` has each member's name with its peer addresses.
    public init(_ addresses: [String: [String]], token: String) {
        self.token = token
        members = addresses.map { name, urls in
            ClusterMember(id: Self.memberID(peerURLs: urls, token: token), name: name, peerURLs: urls)
        }
        .sorted { $0.id < $1.id }
    }

    /// Reads `name=https://host:port,name=…`; a name may come more than once, with another address each time.
    public init(parsing text: String, token: String) throws(StoreError) {
        var addresses: [String: [String]] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else {
                throw .invalidMember("\(part.prefix(200)) is not of the form name=https://host:port")
            }
            _ = try PeerAddress(url: String(pair[1]))
            addresses[String(pair[0]), default: []].append(String(pair[1]))
        }
        guard !addresses.isEmpty else { throw .invalidMember("the initial cluster has no member") }
        self.init(addresses, token: token)
    }

    /// The cluster's number.
    public var id: UInt64 {
        SHA1.prefix(
            of: members.flatMap { member in (0..<8).map { UInt8(truncatingIfNeeded: member.id >> (56 - $0 * 8)) } })
    }

    /// A member's number. `second` (of the time of joining) sets one apart that comes back under an old address.
    public static func memberID(peerURLs: [String], token: String, second: Int64? = nil) -> UInt64 {
        let text = peerURLs.sorted().joined() + token + (second.map { String($0) } ?? "")
        return max(1, SHA1.prefix(of: Array(text.utf8)))
    }
}
