/// Looks for an order of the calls of one group of keys: depth first, after Wing and Gong ("Testing and Verifying
/// Concurrent Objects", 1993) with Lowe's memory of what was tried ("Testing for Linearizability", 2017), as Porcupine
/// does. Two things make it quick:
/// - A call whose answer says that it changed nothing is taken at once where it fits, and never taken back: whatever
///   order works with it later works with it here, too.
/// - A call without an answer is tried only after those that have one, only if it changes something, and need not be
///   taken at all: it may never have happened. So what was tried in vain with some of them need not be tried with more
///   of them used up.
struct LinearizationSearch {
    enum Outcome { case found, impossible, givenUp }

    /// What has been done and what came of it: two ways here have the same future.
    private struct Situation: Hashable {
        var answered: PlaceSet
        var cells: [Int32]
    }
    private struct Choice {
        var call: Int
        var cells: [Int32]
        var isForced: Bool
        var isUnanswered: Bool
    }

    private let history: CompiledHistory
    /// A ring of events: 2c is the beginning of call c, 2c + 1 its end, and the last one is the head.
    private var next: [Int]
    private var previous: [Int]
    private let head: Int
    /// Each call's place among those with, or those without an answer.
    private let places: [Int]
    private var answered = PlaceSet()
    private var unanswered = PlaceSet()
    private var cells: [Int32]
    private var choices: [Choice] = []
    /// Unanswered calls with which each situation was tried.
    private var tried: [Situation: [PlaceSet]] = [:]
    /// Answered calls that are not in the order yet.
    private var open: Int
    /// The places that calls have, in order, if calls are to be taken in that order only; and how many of them are.
    private var ranks: [Int64] = []
    private var ranked = 0

    /// The longest order so far, by calls with an answer; for those who want to know what went wrong.
    private(set) var longest: [Int] = []
    private(set) var longestCells: [Int32]
    private var fewestOpen: Int
    private(set) var steps = 0

    init(_ history: CompiledHistory) {
        self.history = history
        let count = history.calls.count
        head = 2 * count
        open = history.calls.count { $0.succeeded != nil }
        fewestOpen = open
        var counts = (answered: 0, unanswered: 0)
        places = history.calls.map { call in
            if call.succeeded == nil { counts.unanswered += 1 } else { counts.answered += 1 }
            return (call.succeeded == nil ? counts.unanswered : counts.answered) - 1
        }
        cells = [Int32](repeating: 0, count: history.keys.count)
        longestCells = cells
        // At one time beginnings come before ends: calls that meet are concurrent.
        var events: [(time: UInt64, isEnd: Bool, event: Int)] = []
        for (call, compiled) in history.calls.enumerated() {
            events.append((compiled.begun, false, 2 * call))
            if compiled.succeeded != nil { events.append((compiled.ended, true, 2 * call + 1)) }
        }
        events.sort { ($0.time, $0.isEnd ? 1 : 0, $0.event) < ($1.time, $1.isEnd ? 1 : 0, $1.event) }
        next = [Int](repeating: head, count: head + 1)
        previous = next
        var last = head
        for (_, _, event) in events {
            next[last] = event
            previous[event] = last
            last = event
        }
        next[last] = head
        previous[head] = last
    }

    /// A search that takes calls only in the order of their places. One without an answer that has none is taken for
    /// one that put nothing. Nil if an answered call has no place.
    init?(along history: CompiledHistory) {
        self.init(history)
        for call in history.calls {
            if let place = call.place { ranks.append(place) } else if call.succeeded != nil { return nil }
        }
        ranks.sort()
    }

    /// Whether the call's turn has come, in a search along places.
    private func isDue(_ call: Int) -> Bool {
        if ranks.isEmpty { return true }
        guard let place = history.calls[call].place else { return !history.calls[call].alwaysPuts }
        return ranked < ranks.count && place == ranks[ranked]
    }

    mutating func run(stepLimit: Int) -> Outcome {
        var event = next[head]
        var wantsUnanswered = false
        while open > 0 {
            if event == head || event % 2 == 1 {
                // Every call that may come next has been looked at.
                if !wantsUnanswered {
                    wantsUnanswered = true
                    event = next[head]
                    continue
                }
                guard let choice = takeBack() else { return .impossible }
                event = next[2 * choice.call]
                wantsUnanswered = choice.isUnanswered
                continue
            }
            steps += 1
            if steps > stepLimit { return .givenUp }
            let isUnanswered = history.calls[event / 2].succeeded == nil
            if isUnanswered == wantsUnanswered, take(event / 2, isUnanswered: isUnanswered) {
                event = next[head]
                wantsUnanswered = false
            } else {
                event = next[event]
            }
        }
        return .found
    }

    /// Puts the call next in the order, if it fits and this has not been tried.
    private mutating func take(_ call: Int, isUnanswered: Bool) -> Bool {
        guard isDue(call) else { return false }
        var after = cells
        guard history.step(call, on: &after) else { return false }
        if isUnanswered, after == cells { return false }
        mark(call, isUnanswered: isUnanswered, isDone: true)
        guard isNew(Situation(answered: answered, cells: after)) else {
            mark(call, isUnanswered: isUnanswered, isDone: false)
            return false
        }
        choices.append(
            Choice(call: call, cells: cells, isForced: history.calls[call].changesNothing, isUnanswered: isUnanswered))
        cells = after
        if history.calls[call].place != nil { ranked += 1 }
        unlink(2 * call)
        if !isUnanswered {
            unlink(2 * call + 1)
            open -= 1
        }
        return true
    }

    /// Takes the last choice back, and with it those before that were none. Returns the one that had alternatives.
    private mutating func takeBack() -> Choice? {
        if open < fewestOpen {
            fewestOpen = open
            longestCells = cells
            longest = choices.map(\.call)
        }
        while let choice = choices.popLast() {
            if !choice.isUnanswered {
                link(2 * choice.call + 1)
                open += 1
            }
            link(2 * choice.call)
            if history.calls[choice.call].place != nil { ranked -= 1 }
            mark(choice.call, isUnanswered: choice.isUnanswered, isDone: false)
            cells = choice.cells
            if !choice.isForced { return choice }
        }
        return nil
    }

    private mutating func isNew(_ situation: Situation) -> Bool {
        let used = unanswered
        return { (before: inout [PlaceSet]) in
            if before.contains(where: { $0.isSubset(of: used) }) { return false }
            before.append(used)
            return true
        }(&tried[situation, default: []])
    }

    private mutating func mark(_ call: Int, isUnanswered: Bool, isDone: Bool) {
        if isUnanswered {
            unanswered.set(places[call], isDone)
        } else {
            answered.set(places[call], isDone)
        }
    }

    private mutating func unlink(_ event: Int) {
        next[previous[event]] = next[event]
        previous[next[event]] = previous[event]
    }

    /// Puts an event back where it was; to be done in the opposite order of `unlink`.
    private mutating func link(_ event: Int) {
        next[previous[event]] = event
        previous[next[event]] = event
    }
}
