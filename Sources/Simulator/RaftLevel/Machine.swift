import RaftCore

/// The state that a simulated member of Raft keeps: values by key, made by the calls whose numbers are in the log.
struct Machine {
    private(set) var applied = LogPosition()
    /// The configuration that was applied last.
    private(set) var configuration: Configuration
    private var values: [String: String] = [:]
    /// Of everything that was applied, in order, and what it answered.
    private(set) var hash: UInt64 = 0

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// What the transaction answers, and how it changes the state.
    mutating func run(_ transaction: ModelTransaction) -> ModelAnswer {
        let succeeded = transaction.conditions.allSatisfy { values[$0.key] == $0.value }
        var results: [ModelAnswer.Result] = []
        for step in succeeded ? transaction.then : transaction.otherwise {
            switch step {
            case .get(let key): results.append(.found(values[key]))
            case .put(let key, let value):
                values[key] = value
                results.append(.put)
            case .delete(let key): results.append(.deleted(values.removeValue(forKey: key) != nil))
            }
        }
        return ModelAnswer(succeeded: succeeded, results)
    }

    /// Returns the number of the entry's call and what it answers.
    mutating func apply(_ entry: Entry, _ calls: CallTable) -> (call: Int, answer: ModelAnswer)? {
        applied = entry.position
        var fingerprint = Fingerprint()
        for word in [hash, entry.index, entry.term, UInt64(entry.kind.rawValue)] { fingerprint.add(word) }
        defer { hash = fingerprint.value }
        if let configuration = entry.configuration { self.configuration = configuration }
        guard entry.kind == .command, let call = Self.call(in: entry.command), call < calls.count else { return nil }
        let answer = run(calls[call].transaction)
        fingerprint.add(UInt64(call))
        for result in answer.results {
            if case .found(let value) = result { fingerprint.add((value ?? "").utf8) }
        }
        return (call, answer)
    }

    /// The bytes of a call's command: its number, and something to make it long.
    static func command(_ call: Int, padding: Int) -> [UInt8] {
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: call >> ($0 * 8)) }
        bytes.append(contentsOf: repeatElement(0, count: padding))
        return bytes
    }

    static func call(in command: [UInt8]) -> Int? {
        guard command.count >= 8 else { return nil }
        return command.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
