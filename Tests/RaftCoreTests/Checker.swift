import RaftCore

/// Holds a run against Raft's promises (thesis figure 3.2); the first that is broken is kept.
struct Checker {
    private(set) var violation: String?
    /// What was applied anywhere, from index 1 on.
    private(set) var history: [Entry] = []
    private var leaders: [Term: Member] = [:]
    /// Reads that are open, with what was committed anywhere when they were asked.
    private var reads: [ReadID: Index] = [:]
    private(set) var answeredReads = 0

    mutating func violated(_ sentence: String) {
        if violation == nil { violation = sentence }
    }

    /// State machine safety: no two members apply different entries at an index; each applies all in order.
    mutating func applied(_ entry: Entry, by machine: Machine) {
        let name = "member \(machine.member.id)"
        if entry.index != machine.applied.index + 1 {
            violated("\(name) applied \(entry.index) after \(machine.applied.index)")
        }
        if machine.disk.last < entry.index || machine.disk.term(at: entry.index) != entry.term {
            violated("\(name) applied \(entry.index) and has it not on its disk")
        }
        let place = Int(entry.index) - 1
        if place < history.count {
            if history[place] != entry { violated("\(name) applied another entry at \(entry.index)") }
        } else if place == history.count {
            history.append(entry)
        } else {
            violated("\(name) applied \(entry.index) when nobody had applied the one before")
        }
    }

    /// Election safety, and leader completeness: a leader has every entry that is committed.
    mutating func elected(_ raft: Raft) {
        if let other = leaders[raft.term], other != raft.member {
            violated("members \(other.id) and \(raft.member.id) led term \(raft.term)")
        }
        leaders[raft.term] = raft.member
        let isComplete = history.allSatisfy { entry in
            entry.term > raft.term || entry.index < raft.applied
                || (raft.term(at: entry.index) ?? entry.term) == entry.term && entry.index <= raft.lastIndex
        }
        if !isComplete { violated("the leader \(raft.member.id) of term \(raft.term) lacks a committed entry") }
    }

    /// Log matching: logs with the same entry agree in everything before.
    mutating func compare(_ left: Raft, _ right: Raft) {
        var isSame = false
        var index = min(left.lastIndex, right.lastIndex)
        while index > 0, let one = left.term(at: index), let other = right.term(at: index) {
            if isSame, one != other { violated("logs of \(left.member.id) and \(right.member.id) part at \(index)") }
            isSame = isSame || one == other
            index -= 1
        }
    }

    mutating func asked(_ read: ReadID) { reads[read] = Index(history.count) }

    /// A read sees everything that was committed before it was asked.
    mutating func answered(_ read: ReadID, at index: Index) {
        guard let least = reads.removeValue(forKey: read) else { return violated("read \(read.id) was answered twice") }
        answeredReads += 1
        if index < least { violated("a read saw \(index), and \(least) was committed before") }
    }

    mutating func refused(_ read: ReadID) {
        if reads.removeValue(forKey: read) == nil { violated("read \(read.id) was answered before it was refused") }
    }
}
