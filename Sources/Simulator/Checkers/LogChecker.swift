import RaftCore

/// Watches all logs from above: what no member can see alone (Raft's guarantees, thesis figure 3.2).
struct LogChecker {
    /// An entry that was in some log.
    private struct Name: Hashable {
        var index: Index
        var term: Term
    }
    private struct Content: Equatable {
        var previousTerm: Term
        var hash: UInt64
    }
    private struct Applied: Equatable {
        var term: Term
        var hash: UInt64
    }

    private(set) var violation: Violation?
    private var leaders: [Term: Int] = [:]
    private struct Ballot: Hashable {
        var member: Int
        var term: Term
    }
    private var ballots: [Ballot: Member] = [:]
    /// The last entry that the leader of each term counted as committed.
    private var commits: [Term: LogPosition] = [:]
    private var contents: [Name: Content] = [:]
    /// What was applied, from index 1 on.
    private var history: [Applied] = []
    /// Changes of the store by revision.
    var changes = ChangeChecker()
    private var stateHashes: [UInt64?] = []
    /// The newest configuration that anybody applied.
    private(set) var configuration: Configuration
    private var configurationIndex: Index = 0

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// The last entry that anybody applied.
    var lastApplied: LogPosition {
        LogPosition(index: UInt64(history.count), term: history.last?.term ?? 0)
    }

    mutating func report(_ rule: Violation.Rule, _ detail: @autoclosure () -> String) {
        if violation == nil { violation = Violation(rule, detail()) }
    }

    /// A member leads. `termAt` tells its log: nil for what is not in its memory any more.
    mutating func leads(_ member: Int, in term: Term, lastIndex: Index, termAt: (Index) -> Term?) {
        if let other = leaders[term] {
            if other != member {
                report(.electionSafety, "members \(other) and \(member) both lead in term \(term)")
            }
            return
        }
        leaders[term] = member
        // Who wins an election of a term that has passed (it slept, and votes were on their way) may lack what later
        // terms committed; it commits nothing.
        let earlier = commits.filter { $0.key < term }.values
        guard let committed = earlier.max(by: { $0.index < $1.index }) else { return }
        let found = termAt(committed.index)
        if lastIndex < committed.index || found != nil && found != committed.term {
            report(
                .leaderCompleteness,
                "member \(member) leads in term \(term); its log ends at \(lastIndex) and has term "
                    + "\(found.map(String.init) ?? "?") at index \(committed.index), where term \(committed.term) "
                    + "was committed")
        }
    }

    /// A member tells a candidate that it votes for it (§3.4).
    mutating func voted(_ member: Int, for candidate: Member, in term: Term) {
        let ballot = Ballot(member: member, term: term)
        if let other = ballots.updateValue(candidate, forKey: ballot), other != candidate {
            report(.oneVote, "member \(member) votes for \(other.id) and \(candidate.id) in term \(term)")
        }
    }

    /// A leader counts an entry as committed (§3.6.2, §4.3). `holds` tells whose disk has it. `configurations` are those
    /// before and after the step; one of them it must have counted with.
    mutating func committed(
        _ leader: Int, _ position: LogPosition, in term: Term, _ configurations: [Configuration],
        holds: (Member) -> Bool
    ) {
        if commits[term].map({ $0.index < position.index }) ?? true { commits[term] = position }
        if position.term != term {
            report(
                .commitment,
                "the leader \(leader) of term \(term) commits entry \(position.index) of term \(position.term)")
        }
        let isOnQuorum = configurations.contains { configuration in
            [configuration.voters, configuration.outgoing].allSatisfy { voters in
                voters.isEmpty || 2 * voters.count(where: holds) > voters.count
            }
        }
        if !isOnQuorum {
            let holders = (configurations.first?.members ?? []).filter(holds).map(\.id)
            report(
                .commitment,
                "the leader \(leader) of term \(term) commits entry \(position.index), which is on the disks of "
                    + "\(holders); the configuration is \(configurations)")
        }
    }

    /// A member writes entries that follow `previousTerm`.
    mutating func wrote(_ member: Int, _ entries: [Entry], after previousTerm: Term?) {
        var previous = previousTerm
        for entry in entries {
            defer { previous = entry.term }
            guard let before = previous else { continue }
            let content = Content(previousTerm: before, hash: Self.hash(entry))
            if let known = contents.updateValue(content, forKey: Name(index: entry.index, term: entry.term)),
                known != content
            {
                report(
                    .logMatching,
                    "member \(member) writes entry \(entry.index) of term \(entry.term) after term \(before), "
                        + "elsewhere it follows term \(known.previousTerm)"
                        + (known.hash == content.hash ? "" : " and says something else"))
            }
        }
    }

    /// A member applied an entry; `expected` is the index that it had to be.
    mutating func applied(_ member: Int, _ entry: Entry, expected: Index) {
        if entry.index != expected {
            report(.applyOrder, "member \(member) applies entry \(entry.index) where \(expected) comes next")
        }
        let applied = Applied(term: entry.term, hash: Self.hash(entry))
        if entry.index <= UInt64(history.count), entry.index > 0 {
            let known = history[Int(entry.index) - 1]
            if known != applied {
                report(
                    .oneHistory,
                    "member \(member) applies an entry of term \(entry.term) at index \(entry.index), where somebody "
                        + "applied \(known.term == entry.term ? "another" : "one of term \(known.term)")")
            }
        } else if entry.index == UInt64(history.count) + 1 {
            history.append(applied)
            if let configuration = entry.configuration, entry.index > configurationIndex {
                self.configuration = configuration
                configurationIndex = entry.index
            }
        } else {
            report(.applyOrder, "member \(member) applies entry \(entry.index); the one before was never applied")
        }
    }

    /// A member applied the entry of this term at this index.
    mutating func applied(_ member: Int, _ index: Index, _ term: Term) {
        while history.count < Int(index) { history.append(Applied(term: 0, hash: 0)) }
        let known = history[Int(index) - 1]
        if known.term == 0 {
            history[Int(index) - 1] = Applied(term: term, hash: 0)
        } else if known.term != term {
            report(
                .oneHistory,
                "member \(member) applies an entry of term \(term) at index \(index), where somebody applied one of term "
                    + "\(known.term)")
        }
    }

    /// A member that has applied everything up to an index has this configuration.
    mutating func appliedConfiguration(_ configuration: Configuration, upTo index: Index) {
        guard index > configurationIndex else { return }
        self.configuration = configuration
        configurationIndex = index
    }

    /// A member's state after everything up to `index`.
    mutating func state(of member: Int, at index: Index, hash: UInt64) {
        guard index > 0 else { return }
        while stateHashes.count < Int(index) { stateHashes.append(nil) }
        if let known = stateHashes[Int(index) - 1] {
            if known != hash { report(.equalStates, "member \(member) differs from others after index \(index)") }
        } else {
            stateHashes[Int(index) - 1] = hash
        }
    }

    private static func hash(_ entry: Entry) -> UInt64 {
        var hash = Fingerprint()
        hash.add(UInt64(entry.kind.rawValue))
        hash.add(entry.command)
        return hash.value
    }
}
