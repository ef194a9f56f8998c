/// A leader's linearizable reads (§6.4): the commit index is noted, and a quorum that still follows says that it was
/// the newest. One round asks for all reads that came during the one before.
struct ReadRounds: Sendable {
    enum Reader: Sendable {
        case own(ReadID)
        case peer(Member, number: UInt64)
    }
    /// The last round that was begun.
    private(set) var round: UInt64 = 0
    /// The reads of this round, and the index it found.
    private(set) var asking: [Reader] = []
    private(set) var index: Index = 0
    private(set) var waiting: [Reader] = []

    var count: Int { asking.count + waiting.count }
    var isAsking: Bool { !asking.isEmpty }
    var ownReads: [ReadID] {
        (asking + waiting).compactMap { if case .own(let read) = $0 { read } else { nil } }
    }

    mutating func add(_ reader: Reader) { waiting.append(reader) }

    mutating func begin(at committed: Index) {
        round += 1
        index = committed
        (asking, waiting) = (waiting, [])
    }

    mutating func finish() -> [Reader] {
        defer { asking = [] }
        return asking
    }
}

/// A follower's reads, which its leader answers.
struct ForwardedReads: Sendable {
    private(set) var waiting: [(number: UInt64, read: ReadID, ticks: Int)] = []
    /// Begins somewhere, so that an answer to an earlier run of this member fits no read of this one.
    private var number: UInt64

    init(number: UInt64) { self.number = number }

    mutating func add(_ read: ReadID) -> UInt64 {
        number &+= 1
        waiting.append((number, read, 0))
        return number
    }

    mutating func take(_ number: UInt64) -> ReadID? {
        guard let place = waiting.firstIndex(where: { $0.number == number }) else { return nil }
        return waiting.remove(at: place).read
    }

    mutating func takeAll() -> [ReadID] {
        defer { waiting = [] }
        return waiting.map(\.read)
    }

    /// A tick passes. Question or answer of these were lost, or the leader is.
    mutating func expired(_ limit: Int) -> [ReadID] {
        for place in waiting.indices { waiting[place].ticks += 1 }
        let old = waiting.prefix { $0.ticks >= limit }.map(\.read)
        waiting.removeFirst(old.count)
        return old
    }
}

extension Raft {
    mutating func read(_ read: ReadID) {
        if isLeader { return add(.own(read)) }
        guard let leader, forwardedReads.waiting.count < settings.waitingReads else { return refuseReads([read]) }
        send(.requestRead(number: forwardedReads.add(read)), to: leader)
    }

    mutating func readRequested(by peer: Member, number: UInt64) {
        if isLeader { add(.peer(peer, number: number)) }
    }

    mutating func forwardedReadAnswered(number: UInt64, at index: Index) {
        if let read = forwardedReads.take(number) { effects.append(.readable([read], at: index)) }
    }

    mutating func refuseReads(_ reads: [ReadID]) {
        if !reads.isEmpty { effects.append(.refuseReads(reads, leader: leader)) }
    }

    /// Nobody is left who would answer them.
    mutating func refuseForwardedReads() { refuseReads(forwardedReads.takeAll()) }

    // MARK: The leader's rounds

    private mutating func add(_ reader: ReadRounds.Reader) {
        if settings.fault == .readsWithoutRound { return answer([reader], at: log.committed) }
        guard let count = leadership?.reads.count, count < settings.waitingReads else {
            if case .own(let read) = reader { refuseReads([read]) }
            return
        }
        leadership?.reads.add(reader)
        startRound()
    }

    /// Only once the leader has committed an entry of its own term does it know the commit index (§6.4).
    mutating func startRound() {
        guard case .leader(let leadership) = state, log.committed >= leadership.since else { return }
        guard !leadership.reads.isAsking, !leadership.reads.waiting.isEmpty else { return }
        let committed = log.committed
        self.leadership?.reads.begin(at: committed)
        if membership.isQuorum([member]) { return finishRound() }
        sendHeartbeats()
    }

    mutating func finishRound() {
        guard case .leader(let leadership) = state, leadership.reads.isAsking else { return }
        let round = leadership.reads.round
        let isConfirmed = membership.isQuorum { voter in
            voter == member || leadership.peer(voter)?.answeredRound == round
        }
        guard isConfirmed else { return }
        let readers = self.leadership?.reads.finish() ?? []
        answer(readers, at: leadership.reads.index)
        startRound()
    }

    private mutating func answer(_ readers: [ReadRounds.Reader], at index: Index) {
        var own: [ReadID] = []
        for reader in readers {
            switch reader {
            case .own(let read): own.append(read)
            case .peer(let peer, let number): send(.readable(number: number, at: index), to: peer)
            }
        }
        if !own.isEmpty { effects.append(.readable(own, at: index)) }
    }
}
