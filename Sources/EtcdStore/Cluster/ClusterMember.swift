import Basics
import KeyValueCore
import RaftCore

/// What everybody in the cluster knows of one member: its name and where it is reached. Whether it votes is the
/// configuration's matter.
public struct ClusterMember: Sendable, Equatable {
    public var id: UInt64
    /// Empty until the member has started once.
    public var name: String
    /// `https://host:port` of its listener for other members.
    public var peerURLs: [String]
    /// Where clients reach it; the store only passes these on.
    public var clientURLs: [String]
    /// A learner with this becomes a voter as soon as it has caught up.
    public var becomesVoter: Bool

    public init(
        id: UInt64, name: String = "", peerURLs: [String] = [], clientURLs: [String] = [], becomesVoter: Bool = false
    ) {
        self.becomesVoter = becomesVoter
        self.id = id
        self.name = name
        self.peerURLs = peerURLs
        self.clientURLs = clientURLs
    }

    /// A name or an address longer than this, or more addresses than this, are refused.
    static let textLimit = 1_024
    static let addressLimit = 16

    /// Throws for what no member can be.
    func validate() throws(StoreError) {
        let addresses = peerURLs + clientURLs
        guard id != 0, addresses.count <= Self.addressLimit else {
            throw .invalidMember("a member has a number and at most \(Self.addressLimit) addresses")
        }
        for text in addresses + [name] where text.utf8.count > Self.textLimit {
            throw .invalidMember("a name or address is longer than \(Self.textLimit) bytes")
        }
        for url in peerURLs { _ = try PeerAddress(url: url) }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(id)
        writer.write(Array(name.utf8))
        for list in [peerURLs, clientURLs] {
            writer.write(UInt32(list.count))
            for url in list { writer.write(Array(url.utf8)) }
        }
        writer.write(becomesVoter)
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        id = try reader.read()
        name = String(decoding: try reader.readBytes(), as: UTF8.self)
        var lists: [[String]] = []
        for _ in 0..<2 {
            var list: [String] = []
            for _ in 0..<(try reader.readCount(ofAtLeast: 4)) {
                list.append(String(decoding: try reader.readBytes(), as: UTF8.self))
            }
            lists.append(list)
        }
        peerURLs = lists[0]
        clientURLs = lists[1]
        becomesVoter = try reader.readFlag()
    }
}

/// Where a member listens for the others: the host and port of `https://host:port`.
public struct PeerAddress: Sendable, Hashable {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Throws `StoreError.invalidMember` unless the text is `https://host:port`, with brackets around an IPv6 host.
    public init(url: String) throws(StoreError) {
        let refusal = StoreError.invalidMember("\(url.prefix(200)) is not of the form https://host:port")
        let scheme = "https://"
        guard url.hasPrefix(scheme), let colon = url.lastIndex(of: ":") else { throw refusal }
        var tail = url[url.index(after: colon)...]
        if tail.last == "/" { tail.removeLast() }
        guard let port = UInt16(tail), port > 0, colon > url.startIndex else { throw refusal }
        let start = url.index(url.startIndex, offsetBy: scheme.count)
        guard start < colon else { throw refusal }
        var host = url[start..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("/"), !host.contains("@") else { throw refusal }
        self.init(host: String(host), port: Int(port))
    }

    public var url: String { host.contains(":") ? "https://[\(host)]:\(port)" : "https://\(host):\(port)" }
}

/// The members by number; replicated by entries of the log, and part of snapshots.
struct MemberDirectory: Sendable, Equatable {
    private(set) var members: [UInt64: ClusterMember] = [:]

    init(_ members: [ClusterMember] = []) {
        for member in members { self.members[member.id] = member }
    }

    subscript(_ member: Member) -> ClusterMember? { members[member.id] }

    /// In order of their numbers.
    var all: [ClusterMember] { members.values.sorted { $0.id < $1.id } }

    mutating func set(_ member: ClusterMember) { members[member.id] = member }

    /// Forgets who was in the cluster before a change of its configuration and is not any more.
    mutating func configurationChanged(from old: Set<Member>, to new: Set<Member>) {
        for gone in old.subtracting(new) { members[gone.id] = nil }
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(UInt32(members.count))
        for member in all { member.encode(into: &writer) }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        for _ in 0..<(try reader.readCount(ofAtLeast: 21)) { set(try ClusterMember(from: &reader)) }
    }
}
