import KeyValueCore
import RaftCore

/// What callers want, here or at another member.
extension StoreEngine {
    // MARK: Proposals

    /// Takes writes. The leader appends them, with as few synchronizations as limits allow; another member sends them
    /// to the leader; without a leader they wait for one. Each is answered once: by its result when it is applied
    /// here, by an error that says that it is not and will not be, or by `unknownOutcome`.
    package mutating func propose(_ proposals: [WaitingProposal], now: Int64) {
        offer(proposals, now: now)
        settle(now: now)
    }

    private mutating func offer(_ proposals: [WaitingProposal], now: Int64) {
        var batch: [WaitingProposal] = []
        var bytes = 0
        for proposal in proposals {
            if !batch.isEmpty, bytes + proposal.bytes.count > limits.batchBytes {
                offer(batch: batch, now: now)
                batch = []
                bytes = 0
            }
            batch.append(proposal)
            if proposal.deadline == .max { batch[batch.count - 1].deadline = now + limits.requestMilliseconds }
            bytes += proposal.bytes.count + LogBatch.entryOverhead
        }
        if !batch.isEmpty { offer(batch: batch, now: now) }
    }

    private mutating func offer(batch: [WaitingProposal], now: Int64) {
        if let failure { return batch.forEach { $0.answer(.failure(failure)) } }
        if desk.isFull { return batch.forEach { $0.answer(.failure(StoreError.tooManyRequests)) } }
        if raft.isLeader { return append(batch, now: now) }
        guard let leader = raft.leader else { return batch.forEach { desk.hold($0) } }
        var proposals: [ForwardedProposal] = []
        for proposal in batch {
            if let term = proposal.term, term != raft.term {
                proposal.answer(.failure(StoreError.termPassed(current: raft.term)))
                continue
            }
            proposals.append(
                ForwardedProposal(number: desk.forward(proposal), term: proposal.term, bytes: proposal.bytes))
        }
        if !proposals.isEmpty { output.append(.send(.propose(proposals), to: leader)) }
    }

    private mutating func append(_ batch: [WaitingProposal], now: Int64) {
        let refusals = makeRoom(for: batch, now: now)
        for (place, refusal) in refusals.sorted(by: { $0.key < $1.key }) {
            batch[place].answer(.failure(refusal))
        }
        let batch = refusals.isEmpty ? batch : batch.indices.filter { refusals[$0] == nil }.map { batch[$0] }
        if batch.isEmpty { return }
        let first = raft.lastIndex + 1
        let new = raft.step(.propose(batch.map { Proposal($0.bytes, inTerm: $0.term) }))
        var refused: Set<Int> = []
        for case .refuse(let places, let refusal) in new {
            refused.formUnion(places)
            for place in places { refuse(batch[place], refusal) }
        }
        var index = first
        for (place, proposal) in batch.enumerated() where !refused.contains(place) {
            desk.append(proposal, at: LogPosition(index: index, term: raft.term))
            index += 1
        }
        carryOut(new, now: now)
    }

    /// Raft has not appended it.
    private mutating func refuse(_ proposal: WaitingProposal, _ refusal: Raft.Refusal) {
        switch refusal {
        case .termPassed(let term): proposal.answer(.failure(StoreError.termPassed(current: term)))
        case .tooManyUncommitted: proposal.answer(.failure(StoreError.tooManyRequests))
        case .notLeader, .transferring: desk.hold(proposal)
        }
    }

    /// Another member's proposals. What they do is found out by the member itself when they are applied there.
    mutating func propose(_ proposals: [ForwardedProposal], from peer: Member, now: Int64) {
        guard raft.isLeader else { return refuse(proposals.map(\.number), .notLeader, to: peer) }
        if desk.isFull { return refuse(proposals.map(\.number), .tooManyRequests, to: peer) }
        var waiting: [WaitingProposal] = []
        var refused = Refusals()
        for proposal in proposals {
            guard proposal.bytes.count <= limits.requestBytes,
                let command = try? LogCommand(decoding: proposal.bytes), command.origin == nil
            else {
                refused.add(proposal.number, .malformed)
                continue
            }
            let origin = LogCommand.Origin(member: peer.id, number: proposal.number)
            waiting.append(
                WaitingProposal(
                    command.content, bytes: LogCommand.bytes(proposal.bytes, from: origin), inTerm: proposal.term,
                    answer: { _ in }))
        }
        append(waiting, from: peer, &refused, now: now)
        for (refusal, numbers) in refused.all { refuse(numbers, refusal, to: peer) }
    }

    private mutating func append(
        _ batch: [WaitingProposal], from peer: Member, _ refused: inout Refusals, now: Int64
    ) {
        let refusals = makeRoom(for: batch, now: now)
        let origins = batch.compactMap { try? LogCommand(decoding: $0.bytes).origin }
        for (place, refusal) in refusals.sorted(by: { $0.key < $1.key }) {
            refused.add(origins[place].number, PeerRefusal(refusal))
        }
        let places = batch.indices.filter { refusals[$0] == nil }
        if places.isEmpty { return }
        let new = raft.step(.propose(places.map { Proposal(batch[$0].bytes, inTerm: batch[$0].term) }))
        for case .refuse(let refusedPlaces, let refusal) in new {
            for place in refusedPlaces { refused.add(origins[places[place]].number, PeerRefusal(refusal)) }
        }
        carryOut(new, now: now)
    }

    /// The leader has refused these: they are not in its log. If another may take them, they wait for it.
    mutating func refused(_ numbers: [UInt64], _ refusal: PeerRefusal, now: Int64) {
        for number in numbers {
            guard let proposal = desk.takeForwarded(number) else { continue }
            switch refusal {
            case .notLeader, .noLeader: desk.hold(proposal)
            default: proposal.answer(.failure(refusal.error))
            }
        }
    }

    private mutating func refuse(_ numbers: [UInt64], _ refusal: PeerRefusal, to peer: Member) {
        output.append(.send(.refused(numbers, refusal), to: peer))
    }

    // MARK: Reads

    /// Each is answered when the state has everything that was acknowledged anywhere before this call (§6.4).
    package mutating func read(_ reads: [WaitingRead], now: Int64) {
        if limits.fault == .readsOwnState { return finish(reads, .success(()), now: now) }
        var reads = reads
        for place in reads.indices where reads[place].deadline == .max {
            reads[place].deadline = now + limits.requestMilliseconds
        }
        begin(reads, now: now)
        settle(now: now)
    }

    /// Asks Raft for one read on behalf of all of them.
    private mutating func begin(_ reads: [WaitingRead], now: Int64) {
        if reads.isEmpty { return }
        if let failure { return finish(reads, .failure(failure), now: now) }
        guard let id = desk.ask(reads, now: now) else {
            return finish(reads, .failure(StoreError.tooManyRequests), now: now)
        }
        step(.read(id), now: now)
    }

    mutating func readable(_ ids: [ReadID], at index: Index, now: Int64) {
        finish(desk.readable(ids, at: index, applied: applied.index), .success(()), now: now)
    }

    /// Tells readers how it went, and answers the questions that waited for it.
    mutating func finish(_ reads: [WaitingRead], _ result: Result<Void, any Error>, now: Int64) {
        for read in reads {
            switch (read.reader, result) {
            case (.caller(let answer), _): answer(result)
            case (.request(let request, let since, let term), .success):
                answer(request, askedAt: since, inTerm: term)
            case (.request(let request, _, _), .failure(let error)): answer(request, .failure(error))
            }
        }
    }

    // MARK: Questions for the leader

    /// Takes requests; another member sends them to the leader, without a leader they wait for one.
    package mutating func ask(_ requests: [WaitingRequest], now: Int64) {
        var requests = requests
        for place in requests.indices where requests[place].deadline == .max {
            requests[place].deadline = now + limits.requestMilliseconds
        }
        put(requests, now: now)
        settle(now: now)
    }

    private mutating func put(_ requests: [WaitingRequest], now: Int64) {
        var reads: [WaitingRead] = []
        for request in requests {
            if let failure {
                answer(request, .failure(failure))
            } else if raft.isLeader {
                perform(request, now: now, &reads)
            } else {
                forward(request)
            }
        }
        begin(reads, now: now)
    }

    private mutating func forward(_ request: WaitingRequest) {
        // A request goes on once: who sent it here asks again.
        if case .peer = request.asker { return answer(request, .failure(StoreError.notLeader)) }
        guard let leader = raft.leader else { return desk.hold(request) }
        guard let number = desk.ask(request) else { return answer(request, .failure(StoreError.tooManyRequests)) }
        output.append(.send(.request(number: number, request.request), to: leader))
    }

    /// Does what only a leader may, or adds to the reads that have to succeed before.
    private mutating func perform(_ request: WaitingRequest, now: Int64, _ reads: inout [WaitingRead]) {
        switch request.request {
        case .keepAlive, .remaining:
            guard isLeading else { return answer(request, .failure(StoreError.noLeader)) }
            if isAlone || limits.fault == .renewsUnconfirmed {
                return answer(request, askedAt: now, inTerm: raft.term)
            }
            reads.append(WaitingRead(request, askedAt: now, inTerm: raft.term))
        case .changeMembership(let change):
            changeMembership(change, request, now: now)
        case .transferLeadership(let peer):
            transferLeadership(to: peer, request, now: now)
        }
    }

    /// Answers a question about a lease after a majority has said that this member led when it was asked. Whoever has
    /// taken over since gave all leases their whole time later than that, so what is promised here holds.
    private mutating func answer(_ request: WaitingRequest, askedAt since: Int64, inTerm term: Term) {
        guard isLeading, raft.term == term else {
            if case .peer = request.asker { return answer(request, .failure(StoreError.notLeader)) }
            desk.hold(request)
            return desk.retryIsDue = true
        }
        switch request.request {
        case .keepAlive(let id):
            answer(request, Self.lease(id, shared.withContent { $0.leaseClock.renew(id, now: since) }))
        case .remaining(let id):
            answer(request, Self.lease(id, shared.withContent { $0.leaseClock.remaining(id, now: since) }))
        case .changeMembership, .transferLeadership: break
        }
    }

    private static func lease(_ id: LeaseID, _ seconds: Int64?) -> Result<LeaderAnswer, any Error> {
        seconds.map { .success(.seconds($0)) } ?? .failure(KeyValueError.leaseNotFound(id))
    }

    mutating func answer(_ request: WaitingRequest, _ result: Result<LeaderAnswer, any Error>) {
        switch request.asker {
        case .here(let answer): answer(result)
        case .peer(let peer, let number):
            let answer: PeerAnswer =
                switch result {
                case .success(let answer): .success(answer)
                case .failure(let error): .failure(PeerRefusal(error))
                }
            output.append(.send(.answer(number: number, answer), to: peer))
        }
    }

    /// The leader's answer to a request that was sent to it.
    mutating func answered(_ number: UInt64, _ answer: PeerAnswer, now: Int64) {
        guard let request = desk.takeAsked(number) else { return }
        switch answer {
        case .success(let answer): self.answer(request, .success(answer))
        case .failure(.notLeader), .failure(.noLeader): desk.hold(request)
        case .failure(let refusal): self.answer(request, .failure(refusal.error))
        }
    }

    /// The request did not get to the leader; it waits for the next try.
    mutating func notAsked(_ number: UInt64) {
        if let request = desk.takeAsked(number) { desk.hold(request) }
    }

    // MARK: Waiting

    /// Asks again what waited for a leader.
    mutating func retryHeld(now: Int64) {
        guard raft.leader != nil else { return }
        offer(desk.takeHeld(), now: now)
        put(desk.takeHeldRequests(), now: now)
        begin(desk.takeHeldReads(), now: now)
    }

    /// Answers who has waited too long.
    mutating func expire(now: Int64) {
        let expired = desk.expire(now: now)
        for proposal in expired.proposals { proposal.answer(.failure(StoreError.noLeader)) }
        for proposal in expired.unknown { proposal.answer(.failure(StoreError.unknownOutcome)) }
        for (request, error) in expired.requests { answer(request, .failure(error)) }
        finish(expired.reads, .failure(StoreError.noLeader), now: now)
    }
}

/// Numbers of refused proposals, by the reason.
private struct Refusals {
    private(set) var all: [(PeerRefusal, [UInt64])] = []

    mutating func add(_ number: UInt64, _ refusal: PeerRefusal) {
        if let place = all.firstIndex(where: { $0.0 == refusal }) {
            all[place].1.append(number)
        } else {
            all.append((refusal, [number]))
        }
    }
}

extension PeerRefusal {
    fileprivate init(_ refusal: Raft.Refusal) {
        self =
            switch refusal {
            case .termPassed(let term): .termPassed(current: term)
            case .tooManyUncommitted: .tooManyRequests
            case .notLeader, .transferring: .notLeader
            }
    }
}
