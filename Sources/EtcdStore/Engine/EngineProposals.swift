import KeyValueCore
import RaftCore

/// Writes that callers want, here or at another member.
extension StoreEngine {
    /// Takes writes. The leader appends them, with as few synchronizations as limits allow; another member sends them
    /// to the leader; without a leader they wait for one. Each is answered once: by its result when it is applied
    /// here, by an error that says that it is not and will not be, or by `unknownOutcome`.
    package mutating func propose(_ proposals: [WaitingProposal], now: Int64) {
        offer(proposals, now: now)
        settle(now: now)
    }

    mutating func offer(_ proposals: [WaitingProposal], now: Int64) {
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
        if waiting.isFull { return batch.forEach { $0.answer(.failure(StoreError.tooManyRequests)) } }
        if raft.isLeader { return append(batch, now: now) }
        guard let leader = raft.leader else { return batch.forEach { waiting.hold($0) } }
        var proposals: [ForwardedProposal] = []
        for proposal in batch {
            if let term = proposal.term, term != raft.term {
                proposal.answer(.failure(StoreError.termPassed(current: raft.term)))
                continue
            }
            proposals.append(
                ForwardedProposal(number: waiting.forward(proposal), term: proposal.term, bytes: proposal.bytes))
        }
        if !proposals.isEmpty { send(.propose(proposals), to: leader) }
    }

    private mutating func append(_ batch: [WaitingProposal], now: Int64) {
        let refusals = reserveSpace(for: batch, now: now)
        for (place, refusal) in refusals.sorted(by: { $0.key < $1.key }) {
            batch[place].answer(.failure(refusal))
        }
        let batch = refusals.isEmpty ? batch : batch.indices.filter { refusals[$0] == nil }.map { batch[$0] }
        if batch.isEmpty { return }
        let first = raft.lastIndex + 1
        let new = stepRaft(.propose(batch.map { Proposal($0.bytes, inTerm: $0.term) }))
        var refused: Set<Int> = []
        for case .refuse(let places, let refusal) in new {
            refused.formUnion(places)
            for place in places { refuse(batch[place], refusal) }
        }
        var index = first
        for (place, proposal) in batch.enumerated() where !refused.contains(place) {
            waiting.append(proposal, at: LogPosition(index: index, term: raft.term))
            index += 1
        }
        carryOut(new, now: now)
    }

    /// Raft has not appended it.
    private mutating func refuse(_ proposal: WaitingProposal, _ refusal: Raft.Refusal) {
        switch refusal {
        case .termPassed(let term): proposal.answer(.failure(StoreError.termPassed(current: term)))
        case .tooManyUncommitted: proposal.answer(.failure(StoreError.tooManyRequests))
        case .notLeader, .transferring: waiting.hold(proposal)
        }
    }

    /// Another member's proposals. What they do is found out by the member itself when they are applied there.
    mutating func propose(_ proposals: [ForwardedProposal], from peer: Member, now: Int64) {
        guard raft.isLeader else { return refuse(proposals.map(\.number), .notLeader, to: peer) }
        if waiting.isFull { return refuse(proposals.map(\.number), .tooManyRequests, to: peer) }
        var batch: [WaitingProposal] = []
        var refused = Refusals()
        for proposal in proposals {
            guard proposal.bytes.count <= limits.requestBytes,
                let command = try? LogCommand(decoding: proposal.bytes), command.origin == nil
            else {
                refused.add(proposal.number, .malformed)
                continue
            }
            let origin = LogCommand.Origin(member: peer.id, number: proposal.number)
            batch.append(
                WaitingProposal(
                    command.content, bytes: LogCommand.bytes(proposal.bytes, from: origin), inTerm: proposal.term,
                    answer: { _ in }))
        }
        append(batch, from: peer, &refused, now: now)
        for (refusal, numbers) in refused.all { refuse(numbers, refusal, to: peer) }
    }

    private mutating func append(
        _ batch: [WaitingProposal], from peer: Member, _ refused: inout Refusals, now: Int64
    ) {
        let refusals = reserveSpace(for: batch, now: now)
        let origins = batch.compactMap { try? LogCommand(decoding: $0.bytes).origin }
        for (place, refusal) in refusals.sorted(by: { $0.key < $1.key }) {
            refused.add(origins[place].number, PeerRefusal(refusal))
        }
        let places = batch.indices.filter { refusals[$0] == nil }
        if places.isEmpty { return }
        let new = stepRaft(.propose(places.map { Proposal(batch[$0].bytes, inTerm: batch[$0].term) }))
        for case .refuse(let refusedPlaces, let refusal) in new {
            for place in refusedPlaces { refused.add(origins[places[place]].number, PeerRefusal(refusal)) }
        }
        carryOut(new, now: now)
    }

    /// The leader has refused these: they are not in its log. If another may take them, they wait for it.
    mutating func refused(_ numbers: [UInt64], _ refusal: PeerRefusal, now: Int64) {
        for number in numbers {
            guard let proposal = waiting.takeForwarded(number) else { continue }
            switch refusal {
            case .notLeader, .noLeader: waiting.hold(proposal)
            default: proposal.answer(.failure(refusal.error))
            }
        }
    }

    private mutating func refuse(_ numbers: [UInt64], _ refusal: PeerRefusal, to peer: Member) {
        send(.refused(numbers, refusal), to: peer)
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
