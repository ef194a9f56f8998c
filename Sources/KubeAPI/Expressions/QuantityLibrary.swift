import APIMachinery
import CEL

/// A quantity in an expression.
public struct QuantityValue: ForeignValue, CustomStringConvertible {
    public static let type = ValueType.named("kubernetes.Quantity")
    public let quantity: Quantity
    public init(_ quantity: Quantity) { self.quantity = quantity }
    public func isEqual(to other: any ForeignValue) -> Bool { (other as? QuantityValue)?.quantity == quantity }
    public var description: String { quantity.text }
}

/// Kubernetes' library for quantities.
public enum QuantityLibrary {
    private static let type = QuantityValue.type

    public static let functions: [Function] = [
        Function("quantity", [.string], type) { arguments throws(EvaluationError) in
            guard let quantity = read(arguments[0]) else {
                // As ParseQuantity words it.
                throw EvaluationError(
                    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
            }
            return .foreign(QuantityValue(quantity))
        },
        Function("isQuantity", [.string], .bool) { .bool(read($0[0]) != nil) },
        .member("sign", [type], .int) { arguments throws(EvaluationError) in
            let quantity = try quantity(arguments[0])
            return .int(quantity.isZero ? 0 : quantity.isNegative ? -1 : 1)
        },
        .member("isInteger", [type], .bool) { arguments throws(EvaluationError) in
            .bool(try quantity(arguments[0]).isWhole)
        },
        .member("asInteger", [type], .int) { arguments throws(EvaluationError) in
            let quantity = try quantity(arguments[0])
            if !quantity.isWhole { throw EvaluationError("cannot convert value to integer") }
            return .int(Int64(quantity.value))
        },
        .member("asApproximateFloat", [type], .double) { arguments throws(EvaluationError) in
            let quantity = try quantity(arguments[0])
            if quantity.isWhole { return .double(Double(quantity.value)) }
            return .double(Double(quantity.milliValue) / 1_000)
        },
        compare("isGreaterThan") { $0 > $1 }, compare("isLessThan") { $0 < $1 },
        .member("compareTo", [type, type], .int) { arguments throws(EvaluationError) in
            let (left, right) = (try quantity(arguments[0]), try quantity(arguments[1]))
            return .int(left == right ? 0 : left < right ? -1 : 1)
        },
        combine("add", type, quantity) { $0 + $1 }, combine("add", .int, whole) { $0 + $1 },
        combine("sub", type, quantity) { $0 - $1 }, combine("sub", .int, whole) { $0 - $1 },
    ]

    private static func read(_ value: Value) -> Quantity? { value.string.flatMap { try? Quantity($0) } }
    @Sendable private static func quantity(_ value: Value) throws(EvaluationError) -> Quantity {
        guard case .foreign(let foreign) = value, let found = foreign as? QuantityValue else {
            throw EvaluationError("no such overload")
        }
        return found.quantity
    }
    @Sendable private static func whole(_ value: Value) throws(EvaluationError) -> Quantity {
        guard case .int(let number) = value else { throw EvaluationError("no such overload") }
        return Quantity(Int(number))
    }
    private static func compare(
        _ name: String, _ holds: @escaping @Sendable (Quantity, Quantity) -> Bool
    ) -> Function {
        .member(name, [type, type], .bool) { arguments throws(EvaluationError) in
            .bool(holds(try quantity(arguments[0]), try quantity(arguments[1])))
        }
    }
    private static func combine(
        _ name: String, _ other: ValueType, _ read: @escaping @Sendable (Value) throws(EvaluationError) -> Quantity,
        _ body: @escaping @Sendable (Quantity, Quantity) -> Quantity
    ) -> Function {
        .member(name, [type, other], type) { arguments throws(EvaluationError) in
            .foreign(QuantityValue(body(try quantity(arguments[0]), try read(arguments[1]))))
        }
    }
}
