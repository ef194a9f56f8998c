import DequeModule
import RaftCore

/// Everybody who waits for something, by what they wait for. It answers nobody itself unless all is lost.
struct WaitList {
    private struct Appended {
        var position: LogPosition
        var proposal: WaitingProposal
    }
    private let limits: StoreLimits
    /// Proposals in this member's log and not applied yet, in order of their index.
    private var appended: Deque<Appended> = []
    /// Proposals that were sent to the leader, by their number.
    private var forwarded: [UInt64: WaitingProposal] = [:]
    /// Requests that were sent to the leader.
    private var asked: [UInt64: WaitingRequest] = [:]
    /// What waits for a leader.
    private(set) var held: Deque<WaitingProposal> = []
    private(set) var heldRequests: [WaitingRequest] = []
    private(set) var heldReads: [WaitingRead] = []
    /// Reads that Raft has been asked for, and since when.
    private var reads: [ReadID: (since: Int64, reads: [WaitingRead])] = [:]
    /// Reads that may be answered when the index is applied; in order of the index.
    private var confirmedReads: Deque<(index: Index, reads: [WaitingRead])> = []
    private var nextNumber: UInt64
    private var nextRead: UInt64 = 1
    /// The change of members, and the transfer of leadership, that are under way at this leader.
    private(set) var change: WaitingRequest?
    private(set) var transfer: WaitingRequest?
    /// There may be a leader now for what is held. Exits: `takeRetry`.
    private(set) var retryIsDue = false

    init(firstNumber: UInt64, limits: StoreLimits) {
        nextNumber = firstNumber
        self.limits = limits
    }

    /// What is held is to be tried again.
    mutating func retryLater() { retryIsDue = true }

    mutating func takeRetry() -> Bool {
        defer { retryIsDue = false }
        return retryIsDue
    }

    var isFull: Bool { appended.count + forwarded.count + held.count >= limits.requestsUnderWay }
    private var isFullOfRequests: Bool { asked.count + heldRequests.count >= limits.requestsUnderWay }
    private var isFullOfReads: Bool {
        reads.count + confirmedReads.count + heldReads.count >= limits.requestsUnderWay
    }

    private mutating func takeNumber() -> UInt64 {
        nextNumber &+= 1
        return nextNumber
    }

    // MARK: Proposals

    mutating func append(_ proposal: WaitingProposal, at position: LogPosition) {
        appended.append(Appended(position: position, proposal: proposal))
    }

    /// The proposal that stands at this place of the log, which is being applied. One of another term that had this
    /// place, or one before it, will never be applied: it is held, to be proposed again.
    mutating func take(_ position: LogPosition) -> WaitingProposal? {
        while let first = appended.first, first.position.index <= position.index {
            appended.removeFirst()
            if first.position == position { return first.proposal }
            hold(first.proposal)
            retryIsDue = true
        }
        return nil
    }

    mutating func forward(_ proposal: WaitingProposal) -> UInt64 {
        let number = takeNumber()
        forwarded[number] = proposal
        return number
    }

    mutating func takeForwarded(_ number: UInt64) -> WaitingProposal? { forwarded.removeValue(forKey: number) }

    /// A deliberate bug: nobody knows what became of them.
    mutating func holdForwarded() {
        for number in forwarded.keys.sorted() { if let proposal = takeForwarded(number) { hold(proposal) } }
    }

    mutating func hold(_ proposal: WaitingProposal) { held.append(proposal) }

    mutating func takeHeld() -> [WaitingProposal] {
        defer { held = [] }
        return Array(held)
    }

    /// A snapshot took the place of these entries; nobody here knows what became of them.
    mutating func takeAppended(upTo index: Index) -> [WaitingProposal] {
        var taken: [WaitingProposal] = []
        while let first = appended.first, first.position.index <= index {
            taken.append(first.proposal)
            appended.removeFirst()
        }
        return taken
    }

    // MARK: Requests

    /// Nil if too many are under way.
    mutating func ask(_ request: WaitingRequest) -> UInt64? {
        if isFullOfRequests { return nil }
        let number = takeNumber()
        asked[number] = request
        return number
    }

    mutating func takeAsked(_ number: UInt64) -> WaitingRequest? { asked.removeValue(forKey: number) }

    mutating func hold(_ request: WaitingRequest) { heldRequests.append(request) }

    mutating func takeHeldRequests() -> [WaitingRequest] {
        defer { heldRequests = [] }
        return heldRequests
    }

    // MARK: Changes of members and of the leader

    mutating func beginChange(_ request: WaitingRequest) { change = request }

    mutating func takeChange() -> WaitingRequest? {
        defer { change = nil }
        return change
    }

    mutating func beginTransfer(_ request: WaitingRequest) { transfer = request }

    mutating func takeTransfer() -> WaitingRequest? {
        defer { transfer = nil }
        return transfer
    }

    // MARK: Reads

    /// One name for all of them; nil if too many wait.
    mutating func ask(_ waiting: [WaitingRead], now: Int64) -> ReadID? {
        if isFullOfReads { return nil }
        let id = ReadID(nextRead)
        nextRead += 1
        reads[id] = (now, waiting)
        return id
    }

    /// Returns those that may be answered at once.
    mutating func readable(_ ids: [ReadID], at index: Index, applied: Index) -> [WaitingRead] {
        let ready = ids.flatMap { reads.removeValue(forKey: $0)?.reads ?? [] }
        if index <= applied { return ready }
        let place = confirmedReads.firstIndex { $0.index > index } ?? confirmedReads.count
        if !ready.isEmpty { confirmedReads.insert((index, ready), at: place) }
        return []
    }

    mutating func takeConfirmedReads(applied index: Index) -> [WaitingRead] {
        if confirmedReads.isEmpty { return [] }
        var ready: [WaitingRead] = []
        while let first = confirmedReads.first, first.index <= index {
            ready += first.reads
            confirmedReads.removeFirst()
        }
        return ready
    }

    mutating func holdReads(_ ids: [ReadID]) {
        for id in ids { heldReads += reads.removeValue(forKey: id)?.reads ?? [] }
    }

    mutating func takeHeldReads() -> [WaitingRead] {
        defer { heldReads = [] }
        return heldReads
    }

    // MARK: Time

    struct Expired {
        /// Certainly not done.
        var proposals: [WaitingProposal] = []
        /// Done or not.
        var unknown: [WaitingProposal] = []
        var requests: [(WaitingRequest, StoreError)] = []
        var reads: [WaitingRead] = []
    }

    /// Takes who has waited too long; reads that have waited a little are held, to be asked for again.
    mutating func expire(now: Int64) -> Expired {
        var expired = Expired()
        expired.proposals = Self.take(from: &held, now: now)
        while let first = appended.first, first.proposal.deadline <= now {
            expired.unknown.append(first.proposal)
            appended.removeFirst()
        }
        // In the order of their numbers, so that a simulation goes the same way each time.
        for number in forwarded.filter({ $0.value.deadline <= now }).keys.sorted() {
            if let proposal = forwarded.removeValue(forKey: number) { expired.unknown.append(proposal) }
        }
        for number in asked.filter({ $0.value.deadline <= now }).keys.sorted() {
            guard let request = asked.removeValue(forKey: number) else { continue }
            expired.requests.append((request, request.request.isRepeatable ? .noLeader : .unknownOutcome))
        }
        expired.requests += heldRequests.filter { $0.deadline <= now }.map { ($0, .noLeader) }
        heldRequests.removeAll { $0.deadline <= now }
        let slow = reads.filter { now - $0.value.since >= limits.readRetryMilliseconds }.keys
        holdReads(slow.sorted { $0.id < $1.id })
        expired.reads = heldReads.filter { $0.deadline <= now }
        heldReads.removeAll { $0.deadline <= now }
        for place in confirmedReads.indices {
            expired.reads += confirmedReads[place].reads.filter { $0.deadline <= now }
            confirmedReads[place].reads.removeAll { $0.deadline <= now }
        }
        retryIsDue = retryIsDue || !held.isEmpty || !heldRequests.isEmpty || !heldReads.isEmpty
        return expired
    }

    private static func take(from waiting: inout Deque<WaitingProposal>, now: Int64) -> [WaitingProposal] {
        guard waiting.contains(where: { $0.deadline <= now }) else { return [] }
        let expired = Array(waiting.filter { $0.deadline <= now })
        waiting.removeAll { $0.deadline <= now }
        return expired
    }

    /// Everybody is told the same.
    mutating func fail(_ error: StoreError) {
        for waiting in appended { waiting.proposal.answer(.failure(error)) }
        for (_, proposal) in forwarded.sorted(by: { $0.key < $1.key }) { proposal.answer(.failure(error)) }
        for proposal in held { proposal.answer(.failure(error)) }
        let requests =
            asked.sorted { $0.key < $1.key }.map(\.value) + heldRequests + [change, transfer].compactMap { $0 }
        for request in requests { request.fail(error) }
        for read in reads.sorted(by: { $0.key.id < $1.key.id }).flatMap(\.value.reads) + heldReads
            + confirmedReads.flatMap(\.reads)
        {
            read.fail(error)
        }
        self = WaitList(firstNumber: nextNumber, limits: limits)
    }
}
