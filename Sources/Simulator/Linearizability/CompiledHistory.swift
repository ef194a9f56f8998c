/// A history of keys that belong together, in numbers: cells for keys, integers for values (0: not there). Searching
/// through millions of orders needs no strings.
struct CompiledHistory {
    struct Step {
        enum Kind { case get, put, delete }
        var kind: Kind
        var cell: Int
        /// What a put writes.
        var value: Int32 = 0
        /// What a get must find, or 1 and 0 for whether a delete must find the key.
        var expected: Int32 = 0
    }
    struct Call {
        var conditions: [(cell: Int, value: Int32)] = []
        var then: [Step] = []
        var otherwise: [Step] = []
        /// Whether the conditions held; nil if there was no answer, so that anything may have happened.
        var succeeded: Bool?
        var begun: UInt64
        /// `.max` without an answer.
        var ended: UInt64
        /// Whether the answer says that nothing was changed.
        var changesNothing = false
        /// See `RecordedCall.place`.
        var place: Int64?
        /// Whether a put is part of whatever it may have changed.
        var alwaysPuts: Bool {
            [then, otherwise].allSatisfy { steps in
                steps.allSatisfy { $0.kind == .get } || steps.contains { $0.kind == .put }
            }
        }
    }

    /// Calls in order of their beginnings.
    private(set) var calls: [Call] = []
    /// The calls as they were recorded, in the same order.
    let recorded: [RecordedCall]
    let keys: [String]
    private var cells: [String: Int] = [:]
    private var numbers: [String: Int32] = [:]
    private(set) var values = ["absent"]

    init(_ history: [RecordedCall]) {
        recorded = history.enumerated()
            .sorted { ($0.element.begun, $0.offset) < ($1.element.begun, $1.offset) }.map(\.element)
        keys = Set(history.flatMap(\.transaction.keys)).sorted()
        for (cell, key) in keys.enumerated() { cells[key] = cell }
        calls = recorded.map { compile($0) }
    }

    private mutating func compile(_ call: RecordedCall) -> Call {
        var compiled = Call(begun: call.begun, ended: call.ended?.time ?? .max)
        compiled.succeeded = call.ended?.answer.succeeded
        compiled.place = call.place
        compiled.conditions = call.transaction.conditions.map { (cells[$0.key] ?? 0, number($0.value)) }
        let results = call.ended?.answer.results ?? []
        let succeeded = call.ended?.answer.succeeded
        compiled.then = steps(call.transaction.then, succeeded == true ? results : [])
        compiled.otherwise = steps(call.transaction.otherwise, succeeded == false ? results : [])
        if let succeeded {
            compiled.changesNothing = (succeeded ? compiled.then : compiled.otherwise).allSatisfy { step in
                step.kind == .get || step.kind == .delete && step.expected == 0
            }
        }
        return compiled
    }

    private mutating func steps(_ steps: [ModelTransaction.Step], _ results: [ModelAnswer.Result]) -> [Step] {
        steps.enumerated().map { place, step in
            let result = place < results.count ? results[place] : nil
            var compiled = Step(kind: .get, cell: cells[step.key] ?? 0)
            switch (step, result) {
            case (.get, .found(let value)): compiled.expected = number(value)
            case (.put(_, let value), _):
                compiled.kind = .put
                compiled.value = number(value)
            case (.delete, .deleted(let wasThere)):
                compiled.kind = .delete
                compiled.expected = wasThere ? 1 : 0
            case (.delete, _): compiled.kind = .delete
            case (.get, _): break
            }
            return compiled
        }
    }

    private mutating func number(_ value: String?) -> Int32 {
        guard let value else { return 0 }
        if let number = numbers[value] { return number }
        let number = Int32(values.count)
        numbers[value] = number
        values.append(value)
        return number
    }

    /// Carries a call out on the cells. Returns false if its answer would have been another; then the cells mean
    /// nothing any more.
    func step(_ call: Int, on cells: inout [Int32]) -> Bool {
        let call = calls[call]
        let succeeded = call.conditions.allSatisfy { cells[$0.cell] == $0.value }
        if let expected = call.succeeded, expected != succeeded { return false }
        let isKnown = call.succeeded != nil
        for step in succeeded ? call.then : call.otherwise {
            switch step.kind {
            case .get:
                if isKnown, cells[step.cell] != step.expected { return false }
            case .put:
                cells[step.cell] = step.value
            case .delete:
                if isKnown, (cells[step.cell] == 0 ? 0 : 1) != step.expected { return false }
                cells[step.cell] = 0
            }
        }
        return true
    }

    /// What a call would have been answered on these cells.
    func answer(_ call: Int, on cells: [Int32]) -> ModelAnswer {
        var cells = cells
        let compiled = calls[call]
        let succeeded = compiled.conditions.allSatisfy { cells[$0.cell] == $0.value }
        return ModelAnswer(
            succeeded: succeeded,
            (succeeded ? compiled.then : compiled.otherwise).map { step in
                let old = cells[step.cell]
                switch step.kind {
                case .get: return .found(name(old))
                case .put:
                    cells[step.cell] = step.value
                    return .put
                case .delete:
                    cells[step.cell] = 0
                    return .deleted(old != 0)
                }
            })
    }

    func name(_ value: Int32) -> String? { value == 0 ? nil : values[Int(value)] }
}
