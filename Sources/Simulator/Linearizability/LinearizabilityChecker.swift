/// Decides whether a recorded history is linearizable: whether there is one order of its calls that respects real time
/// (a call that ended before another began comes first) and in which each call, done alone, answers what it answered
/// (Herlihy and Wing, "Linearizability: A Correctness Condition for Concurrent Objects", 1990).
///
/// Keys that no transaction ties together are checked apart (locality, §3.2 there; "P-compositionality" in Horn and
/// Kroening, 2015); within a group of keys, `LinearizationSearch` looks for the order.
public struct LinearizabilityChecker: Sendable {
    public enum Verdict: Sendable, Equatable {
        case linearizable
        case violated(Counterexample)
        /// The search was given up after `steps`.
        case undecided(keys: [String])
    }

    /// Calls tried before a group of keys is given up.
    public var stepLimit: Int
    /// Whether the order that the calls' places suggest is looked at first. An order that is found so is as good as any:
    /// each call fits, and time is respected. That there is none says nothing, and all orders are looked at.
    var usesPlaces = true

    public init(stepLimit: Int = 5_000_000) { self.stepLimit = stepLimit }

    public func check(_ history: [RecordedCall]) -> Verdict {
        var undecided: Verdict?
        for group in Self.groups(history) {
            let compiled = CompiledHistory(group)
            if usesPlaces, var guided = LinearizationSearch(along: compiled),
                guided.run(stepLimit: stepLimit / 10) == .found
            {
                continue
            }
            var search = LinearizationSearch(compiled)
            switch search.run(stepLimit: stepLimit) {
            case .found: continue
            case .impossible: return .violated(Counterexample(compiled, search))
            case .givenUp: undecided = undecided ?? .undecided(keys: compiled.keys)
            }
        }
        return undecided ?? .linearizable
    }

    /// The history cut into parts that share no key, in order of their first keys.
    static func groups(_ history: [RecordedCall]) -> [[RecordedCall]] {
        let keys = Set(history.flatMap(\.transaction.keys)).sorted()
        var parent = Array(keys.indices)
        var places: [String: Int] = [:]
        for (place, key) in keys.enumerated() { places[key] = place }
        func root(_ place: Int) -> Int {
            var place = place
            while parent[place] != place {
                parent[place] = parent[parent[place]]
                place = parent[place]
            }
            return place
        }
        for call in history {
            let touched = call.transaction.keys.compactMap { places[$0] }
            for place in touched.dropFirst() { parent[root(place)] = root(touched[0]) }
        }
        var groups: [Int: [RecordedCall]] = [:]
        for call in history {
            guard let key = call.transaction.keys.first, let place = places[key] else { continue }
            // Without an answer a read says nothing.
            if call.ended == nil, call.transaction.isReadOnly { continue }
            groups[root(place), default: []].append(call)
        }
        return groups.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// Why a history is not linearizable: how far an order could be found, and what fits nowhere after it.
public struct Counterexample: Sendable, Equatable, CustomStringConvertible {
    public var keys: [String]
    /// The longest order that was found.
    public var order: [RecordedCall]
    /// What the keys are after it; nil: not there.
    public var state: [String?]
    /// Calls of which one had to come next, and what each would have been answered.
    public var blocked: [(call: RecordedCall, answer: ModelAnswer)]
    /// Calls of the order that are printed.
    static let shown = 12

    init(_ history: CompiledHistory, _ search: LinearizationSearch) {
        keys = history.keys
        order = search.longest.map { history.recorded[$0] }
        state = search.longestCells.map { history.name($0) }
        let done = Set(search.longest)
        let open = history.calls.indices.filter { !done.contains($0) && history.calls[$0].succeeded != nil }
        let firstEnd = open.map { history.calls[$0].ended }.min() ?? .max
        blocked = open.filter { history.calls[$0].begun <= firstEnd }.map {
            (call: history.recorded[$0], answer: history.answer($0, on: search.longestCells))
        }
    }

    public static func == (left: Self, right: Self) -> Bool { left.description == right.description }

    public var description: String {
        var lines = ["no order explains the calls on \(keys.joined(separator: ", "))"]
        if order.count > Self.shown { lines.append("  … \(order.count - Self.shown) calls before") }
        for call in order.suffix(Self.shown) { lines.append("  fits:    \(call)") }
        let cells = zip(keys, state).map { "\($0)=\($1 ?? "absent")" }.joined(separator: ", ")
        lines.append("  then:    \(cells)")
        for (call, answer) in blocked { lines.append("  fits not: \(call), would be \(answer)") }
        return lines.joined(separator: "\n")
    }
}
