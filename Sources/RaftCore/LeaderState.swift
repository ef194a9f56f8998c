/// What only a leader knows.
struct LeaderState: Sendable {
    /// Entries from here on are of the leader's own term.
    let since: Index
    /// The others who receive the log, in order.
    var peers: [Progress]
    var reads = ReadRounds()
    var transfer: Transfer?
    var heartbeatElapsedTicks = 0

    init(since: Index, peers: [Progress]) {
        self.since = since
        self.peers = peers
    }

    func place(of member: Member) -> Int? { peers.firstIndex { $0.member == member } }
    func peer(_ member: Member) -> Progress? { peers.first { $0.member == member } }

    mutating func withPeer(_ member: Member, _ body: (inout Progress) -> Void) {
        if let place = place(of: member) { body(&peers[place]) }
    }

    /// Peers of the new configuration, which is in the log at `index`, are added; those it leaves out stay until they
    /// know.
    mutating func adopt(_ configuration: Configuration, at index: Index, own: Member) {
        for member in configuration.members where member != own && peer(member) == nil {
            peers.append(Progress(member, next: index))
        }
        peers.sort { $0.member < $1.member }
        for place in peers.indices {
            let isMember = configuration.contains(peers[place].member)
            peers[place].leaving = isMember ? nil : peers[place].leaving ?? index
        }
    }
}

extension Raft {
    mutating func withPeer(_ peer: Member, _ body: (inout Progress) -> Void) {
        leadership?.withPeer(peer, body)
    }
}
