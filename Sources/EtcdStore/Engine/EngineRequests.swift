import KeyValueCore
import RaftCore

/// Reads and questions for the leader that callers want answered, here or at another member.
extension StoreEngine {
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
        guard let id = waiting.ask(reads, now: now) else {
            return finish(reads, .failure(StoreError.tooManyRequests), now: now)
        }
        step(.read(id), now: now)
    }

    mutating func readable(_ ids: [ReadID], at index: Index, now: Int64) {
        finish(waiting.readable(ids, at: index, applied: applied.index), .success(()), now: now)
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
        guard let leader = raft.leader else { return waiting.hold(request) }
        guard let number = waiting.ask(request) else { return answer(request, .failure(StoreError.tooManyRequests)) }
        send(.request(number: number, request.request), to: leader)
    }

    /// Does what only a leader may, or adds to the reads that have to succeed before.
    private mutating func perform(_ request: WaitingRequest, now: Int64, _ reads: inout [WaitingRead]) {
        switch request.request {
        case .keepAlive, .remaining:
            guard role.isLeading else { return answer(request, .failure(StoreError.noLeader)) }
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
        guard role.isLeading, raft.term == term else {
            if case .peer = request.asker { return answer(request, .failure(StoreError.notLeader)) }
            waiting.hold(request)
            return waiting.retryLater()
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
            send(.answer(number: number, answer), to: peer)
        }
    }

    /// The leader's answer to a request that was sent to it.
    mutating func answered(_ number: UInt64, _ answer: PeerAnswer, now: Int64) {
        guard let request = waiting.takeAsked(number) else { return }
        switch answer {
        case .success(let answer): self.answer(request, .success(answer))
        case .failure(.notLeader), .failure(.noLeader): waiting.hold(request)
        case .failure(let refusal): self.answer(request, .failure(refusal.error))
        }
    }

    /// The request did not get to the leader; it waits for the next try.
    mutating func notAsked(_ number: UInt64) {
        if let request = waiting.takeAsked(number) { waiting.hold(request) }
    }

    // MARK: Waiting

    /// Asks again what waited for a leader.
    mutating func retryHeld(now: Int64) {
        guard raft.leader != nil else { return }
        offer(waiting.takeHeld(), now: now)
        put(waiting.takeHeldRequests(), now: now)
        begin(waiting.takeHeldReads(), now: now)
    }

    /// Answers who has waited too long.
    mutating func expire(now: Int64) {
        let expired = waiting.expire(now: now)
        for proposal in expired.proposals { proposal.answer(.failure(StoreError.noLeader)) }
        for proposal in expired.unknown { proposal.answer(.failure(StoreError.unknownOutcome)) }
        for (request, error) in expired.requests { answer(request, .failure(error)) }
        finish(expired.reads, .failure(StoreError.noLeader), now: now)
    }
}
