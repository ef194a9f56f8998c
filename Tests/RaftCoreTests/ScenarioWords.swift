import RaftCore

/// How scenarios show what a member orders.
extension ScenarioPlayer {
    func show(_ effect: Raft.Effect, _ member: Member) -> String {
        let name = "\(member.id)"
        switch effect {
        case .remember(let state): return "\(name) remembers term \(state.term) vote \(state.vote?.id ?? 0)"
        case .write(let entries, _): return "\(name) writes \(show(entries))"
        case .send(let message, let target):
            return "\(name) > \(target.id) in term \(message.term): \(show(message.body))"
        case .apply(let entries): return "\(name) applies \(show(entries))"
        case .refuse(let places, let reason): return "\(name) refuses proposals \(places): \(show(reason))"
        case .readable(let reads, let index): return "\(name) answers reads \(reads.map(\.id)) at \(index)"
        case .refuseReads(let reads, let leader):
            return "\(name) refuses reads \(reads.map(\.id)), leader \(show(leader))"
        case .sendSnapshot(let target, let index):
            return "\(name) sends a snapshot to \(target.id), at least \(index)"
        case .installSnapshot(let position, let configuration):
            return "\(name) installs the snapshot \(show(position)) \(show(configuration))"
        case .became(let role, let term, let leader):
            return "\(name) became \(role) in term \(term), leader \(show(leader))"
        case .membership(let configuration): return "\(name) has the configuration \(show(configuration))"
        case .refuseMembershipChange(let reason): return "\(name) refuses the change: \(words(reason))"
        case .refuseTransfer(let reason): return "\(name) refuses to hand over: \(words(reason))"
        }
    }

    func show(_ position: LogPosition) -> String { "\(position.index)/\(position.term)" }

    func show(_ configuration: Configuration) -> String {
        func list(_ members: [Member]) -> String { members.map { "\($0.id)" }.joined(separator: " ") }
        var text = "[\(list(configuration.voters))]"
        if configuration.isJoint { text += " from [\(list(configuration.outgoing))]" }
        if !configuration.learners.isEmpty { text += " learning [\(list(configuration.learners))]" }
        if !configuration.learnersNext.isEmpty { text += " then learning [\(list(configuration.learnersNext))]" }
        return text
    }

    private func show(_ leader: Member?) -> String { leader.map { "\($0.id)" } ?? "unknown" }

    /// Without the types' names.
    private func words(_ value: some Any) -> String {
        "\(value)".replacing("RaftCore.Member(id: ", with: "(").replacing("RaftCore.Raft.", with: "")
    }

    private func show(_ reason: Raft.Refusal) -> String { words(reason) }

    private func show(_ entries: [Entry]) -> String {
        entries.map { entry in
            switch entry.kind {
            case .empty: show(entry.position) + " empty"
            case .command: show(entry.position) + " " + String(decoding: entry.command, as: UTF8.self)
            case .configuration: show(entry.position) + " " + (entry.configuration.map { show($0) } ?? "unreadable")
            }
        }.joined(separator: ", ")
    }

    private func show(_ body: Message.Body) -> String {
        switch body {
        case .requestPreVote(let last, let term): "would you vote in term \(term), last \(show(last))"
        case .preVote(let granted, let term): granted ? "would vote in term \(term)" : "would not vote in term \(term)"
        case .requestVote(let last, let isTransfer): "vote, last \(show(last))\(isTransfer ? ", by transfer" : "")"
        case .vote(let granted): granted ? "voted" : "not voted"
        case .append(let previous, let entries, let committed):
            "append after \(show(previous)) [\(show(entries))] committed \(committed)"
        case .appended(let index): "appended up to \(index)"
        case .rejected(let previous, let hint): "rejected after \(previous), try \(show(hint))"
        case .heartbeat(let committed, let round): "heartbeat committed \(committed) round \(round)"
        case .heartbeatAnswer(let round): "heard round \(round)"
        case .commit(let index): "committed \(index)"
        case .snapshot(let position, let configuration): "snapshot \(show(position)) \(show(configuration))"
        case .requestRead: "read"
        case .readable(_, let index): "readable at \(index)"
        case .timeoutNow: "campaign now"
        }
    }
}
