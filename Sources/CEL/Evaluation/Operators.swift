import Basics

/// What operators take and give.
enum Operators {
    private static func signature(_ parameters: [ValueType], _ result: ValueType) -> Function {
        Function("", parameters, result) { _ throws(EvaluationError) in throw .noOverload }
    }
    private static let numbers: [ValueType] = [.int, .uint, .double]
    private static let comparisons: [Function] =
        numbers.flatMap { left in numbers.map { signature([left, $0], .bool) } }
        + [ValueType.bool, .string, .bytes, .timestamp, .duration].map { signature([$0, $0], .bool) }

    static let signatures: [Operation: [Function]] = [
        .equal: [signature([.parameter("A"), .parameter("A")], .bool)],
        .notEqual: [signature([.parameter("A"), .parameter("A")], .bool)],
        .less: comparisons, .lessOrEqual: comparisons, .greater: comparisons, .greaterOrEqual: comparisons,
        .contained: [
            signature([.parameter("A"), .list(.parameter("A"))], .bool),
            signature([.parameter("A"), .map(.parameter("A"), .dyn)], .bool),
        ],
        .add: numbers.map { signature([$0, $0], $0) } + [
            signature([.string, .string], .string), signature([.bytes, .bytes], .bytes),
            signature([.list(.parameter("A")), .list(.parameter("A"))], .list(.parameter("A"))),
            signature([.timestamp, .duration], .timestamp), signature([.duration, .timestamp], .timestamp),
            signature([.duration, .duration], .duration),
        ],
        .subtract: numbers.map { signature([$0, $0], $0) } + [
            signature([.timestamp, .duration], .timestamp), signature([.timestamp, .timestamp], .duration),
            signature([.duration, .duration], .duration),
        ],
        .multiply: numbers.map { signature([$0, $0], $0) },
        .divide: numbers.map { signature([$0, $0], $0) },
        .modulo: [signature([.int, .int], .int), signature([.uint, .uint], .uint)],
        .negate: [signature([.int], .int), signature([.double], .double)],
        .not: [signature([.bool], .bool)],
    ]

    /// How much an operator looks at.
    static func reads(_ operation: Operation, _ operands: [Value]) -> Int {
        switch operation {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            min(operands[0].size, operands[1].size)
        case .add: operands[0].size + operands[1].size
        case .contained: if case .list(let list) = operands[1] { 10 * list.count } else { 1 }
        default: 1
        }
    }

    static func apply(_ operation: Operation, _ operands: [Value]) throws(EvaluationError) -> Value {
        let first = operands[0]
        guard operands.count == 2 else { return try apply(operation, first) }
        let second = operands[1]
        switch operation {
        case .equal: return .bool(first == second)
        case .notEqual: return .bool(first != second)
        case .less: return .bool(try order(first, second) == .before)
        case .lessOrEqual: return .bool([.before, .same].contains(try order(first, second)))
        case .greater: return .bool(try order(first, second) == .after)
        case .greaterOrEqual: return .bool([.after, .same].contains(try order(first, second)))
        case .contained:
            switch second {
            case .list(let list): return .bool(list.contains(first))
            case .map(let map): return .bool(map.contains(first))
            default: throw .noOverload
            }
        default: return try combine(operation, first, second)
        }
    }

    private static func apply(_ operation: Operation, _ value: Value) throws(EvaluationError) -> Value {
        switch (operation, value) {
        case (.not, .bool(let value)): return .bool(!value)
        case (.negate, .int(let value)): return .int(try kept(Int64(0).subtractingReportingOverflow(value)))
        case (.negate, .double(let value)): return .double(-value)
        default: throw .noOverload
        }
    }

    static func order(_ left: Value, _ right: Value) throws(EvaluationError) -> Order {
        if let order = Numbers.compare(left, right) { return order }
        func order<T: Comparable>(_ a: T, _ b: T) -> Order { a < b ? .before : a == b ? .same : .after }
        switch (left, right) {
        case (.bool(let a), .bool(let b)): return order(a ? 1 : 0, b ? 1 : 0)
        case (.string(let a), .string(let b)):
            return a.utf8.lexicographicallyPrecedes(b.utf8) ? .before : a.utf8.elementsEqual(b.utf8) ? .same : .after
        case (.bytes(let a), .bytes(let b)): return a.lexicographicallyPrecedes(b) ? .before : a == b ? .same : .after
        case (.timestamp(let a), .timestamp(let b)): return order(a, b)
        case (.duration(let a), .duration(let b)): return order(a, b)
        default: throw .noOverload
        }
    }

    private static func kept<T>(_ result: (partialValue: T, overflow: Bool)) throws(EvaluationError) -> T {
        if result.overflow { throw .overflow }
        return result.partialValue
    }

    private static func combine(
        _ operation: Operation, _ left: Value, _ right: Value
    ) throws(EvaluationError) -> Value {
        switch (left, right) {
        case (.int(let a), .int(let b)): return .int(try whole(operation, a, b))
        case (.uint(let a), .uint(let b)): return .uint(try whole(operation, a, b))
        case (.double(let a), .double(let b)):
            switch operation {
            case .add: return .double(a + b)
            case .subtract: return .double(a - b)
            case .multiply: return .double(a * b)
            case .divide: return .double(a / b)
            default: throw .noOverload
            }
        default: break
        }
        switch (operation, left, right) {
        case (.add, .string(let a), .string(let b)): return .string(a + b)
        case (.add, .bytes(let a), .bytes(let b)): return .bytes(a + b)
        case (.add, .list(let a), .list(let b)): return .list(a + b)
        case (.add, .duration(let a), .duration(let b)): return .duration(try kept(a.addingReportingOverflow(b)))
        case (.subtract, .duration(let a), .duration(let b)):
            return .duration(try kept(a.subtractingReportingOverflow(b)))
        case (.add, .timestamp(let a), .duration(let b)), (.add, .duration(let b), .timestamp(let a)):
            return .timestamp(try moved(a, b))
        case (.subtract, .timestamp(let a), .duration(let b)):
            return .timestamp(try moved(a, try kept(Int64(0).subtractingReportingOverflow(b))))
        case (.subtract, .timestamp(let a), .timestamp(let b)):
            let seconds = try kept(
                (a.secondsSince1970 - b.secondsSince1970).multipliedReportingOverflow(by: 1_000_000_000))
            return .duration(try kept(seconds.addingReportingOverflow(Int64(a.nanosecond) - Int64(b.nanosecond))))
        default: throw .noOverload
        }
    }

    private static func moved(_ instant: Instant, _ nanoseconds: Int64) throws(EvaluationError) -> Instant {
        let result = instant + .nanoseconds(nanoseconds)
        guard Instant.bounds.contains(result.secondsSince1970) else { throw EvaluationError("timestamp overflow") }
        return result
    }

    private static func whole<T: FixedWidthInteger>(
        _ operation: Operation, _ a: T, _ b: T
    ) throws(EvaluationError) -> T {
        switch operation {
        case .add: return try kept(a.addingReportingOverflow(b))
        case .subtract: return try kept(a.subtractingReportingOverflow(b))
        case .multiply: return try kept(a.multipliedReportingOverflow(by: b))
        case .divide:
            if b == 0 { throw EvaluationError("division by zero") }
            return try kept(a.dividedReportingOverflow(by: b))
        case .modulo:
            if b == 0 { throw EvaluationError("modulus by zero") }
            return try kept(a.remainderReportingOverflow(dividingBy: b))
        default: throw .noOverload
        }
    }
}
