/// The functions that every environment of Kubernetes has, but for those of types that the language does not know.
public enum Libraries {
    public static let all: [Function] =
        standard + conversions + times + strings + lists + sets + optionals + patterns

    // MARK: Standard (cel-spec)

    private static let standard: [Function] =
        [ValueType.string, .bytes, .list(.dyn), .map(.dyn, .dyn)].flatMap { type in
            [
                Function("size", [type], .int, reads: { _ in 1 }, size),
                .member("size", [type], .int, reads: { _ in 1 }, size),
            ]
        } + [
            .member("contains", [.string, .string], .bool) { arguments throws(EvaluationError) in
                .bool(try Scalars(arguments[0]).index(of: Scalars(arguments[1]), from: 0) != nil)
            },
            .member("startsWith", [.string, .string], .bool) { arguments throws(EvaluationError) in
                .bool(try text(arguments[0]).utf8.starts(with: text(arguments[1]).utf8))
            },
            .member("endsWith", [.string, .string], .bool) { arguments throws(EvaluationError) in
                .bool(try text(arguments[0]).utf8.reversed().starts(with: text(arguments[1]).utf8.reversed()))
            },
            Function("type", [.dyn], .type, reads: { _ in 1 }) { arguments in .type(arguments[0].type) },
            Function("dyn", [.dyn], .dyn, reads: { _ in 1 }) { arguments in arguments[0] },
        ]

    @Sendable private static func size(_ arguments: [Value]) throws(EvaluationError) -> Value {
        switch arguments[0] {
        case .string(let text): .int(Int64(text.unicodeScalars.count))
        default: .int(Int64(arguments[0].size))
        }
    }

    // MARK: Sets

    private static let sets: [Function] = [
        setFunction("sets.contains") { mine, other in other.allSatisfy(mine.contains) },
        setFunction("sets.equivalent") { mine, other in
            other.allSatisfy(mine.contains) && mine.allSatisfy(other.contains)
        },
        setFunction("sets.intersects") { mine, other in mine.contains(where: other.contains) },
    ]
    private static func setFunction(
        _ name: String, _ body: @escaping @Sendable ([Value], [Value]) -> Bool
    ) -> Function {
        let list = ValueType.list(.parameter("A"))
        // Every element is compared with every other.
        return Function(name, [list, list], .bool, reads: { 10 * $0[0].size * $0[1].size }) {
            arguments throws(EvaluationError) in .bool(body(try elements(arguments[0]), try elements(arguments[1])))
        }
    }

    // MARK: Optionals

    private static let holder = ValueType.optional(.parameter("A"))
    private static let optionals: [Function] = [
        Function("optional.of", [.parameter("A")], holder, reads: { _ in 1 }) { .optional($0[0]) },
        Function("optional.ofNonZeroValue", [.parameter("A")], holder, reads: { _ in 1 }) { arguments in
            .optional(arguments[0].isZero ? nil : arguments[0])
        },
        Function("optional.none", [], .optional(.dyn), reads: { _ in 1 }) { _ in .optional(nil) },
        .member("hasValue", [holder], .bool, reads: { _ in 1 }) { arguments throws(EvaluationError) in
            .bool(try held(arguments[0]) != nil)
        },
        .member("value", [holder], .parameter("A"), reads: { _ in 1 }) { arguments throws(EvaluationError) in
            guard let value = try held(arguments[0]) else { throw EvaluationError("optional.none() dereference") }
            return value
        },
        .member("or", [holder, holder], holder, reads: { _ in 1 }) { arguments throws(EvaluationError) in
            try held(arguments[0]) == nil ? arguments[1] : arguments[0]
        },
        .member("orValue", [holder, .parameter("A")], .parameter("A"), reads: { _ in 1 }) {
            arguments throws(EvaluationError) in try held(arguments[0]) ?? arguments[1]
        },
    ]
    private static func held(_ value: Value) throws(EvaluationError) -> Value? {
        guard case .optional(let inner) = value else { throw .noOverload }
        return inner
    }

    // MARK: Arguments

    static func text(_ value: Value) throws(EvaluationError) -> String {
        guard case .string(let text) = value else { throw .noOverload }
        return text
    }
    static func elements(_ value: Value) throws(EvaluationError) -> [Value] {
        guard case .list(let list) = value else { throw .noOverload }
        return list
    }
    static func number(_ value: Value) throws(EvaluationError) -> Int {
        guard case .int(let number) = value else { throw .noOverload }
        return Int(number)
    }
}

extension Value {
    fileprivate var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let value): !value
        case .int(let value): value == 0
        case .uint(let value): value == 0
        case .double(let value): value == 0
        case .duration(let value): value == 0
        case .string, .bytes, .list, .map: size == 0
        case .optional(let value): value == nil
        case .timestamp, .type, .foreign: false
        }
    }
}
