/// # CEL
///
/// The Common Expression Language (cel-spec), as Kubernetes uses it: text is parsed and checked once, then evaluated many
/// times, each time within a limit of cost.
///
/// - `Program`: an expression that was understood; `ExpressionError` says where it was not
/// - `Environment`: which variables, object types and functions an expression may use
/// - `Syntax/`: text to tokens to a tree; macros become nodes of their own
/// - `Values/`: what expressions work with (`Value`), their types, and a type's declared fields
/// - `Evaluation/`: the checker, the evaluator, operators, and what is charged for them
/// - `Libraries/`: functions by name, in tables that an environment is made of; others' own types come with theirs
///
/// **Invariant:** an evaluation ends: comprehensions run over what there is, and every step is charged.
///
/// Absent on purpose: JSON and Kubernetes' own types (whoever owns them hands them in as `MapSource` and `ForeignValue`),
/// protobuf messages, estimates of cost before the run.
public struct Program: Sendable {
    public let text: String
    /// What it gives, as far as can be known before it runs.
    public let type: ValueType
    let root: Node
    let environment: Environment

    /// Parses and checks; the error tells of every fault that was found, in cel-go's form.
    public init(_ text: String, in environment: Environment) throws(ExpressionError) {
        self.text = text
        self.environment = environment
        if text.utf8.count > ExpressionLimits.length {
            throw ExpressionError(text, [.init(at: 0, "expression is longer than \(ExpressionLimits.length) bytes")])
        }
        do throws(SyntaxFault) {
            var parser = try Parser(text)
            root = try parser.whole()
        } catch { throw ExpressionError(text, [error]) }
        var checker = Checker(environment)
        type = checker.type(of: root)
        if !checker.faults.isEmpty { throw ExpressionError(text, checker.faults) }
    }

    /// `variables` are asked for by name when they are met. Throws what the expression itself throws.
    public func evaluate(
        costLimit: Int = ExpressionLimits.cost, _ variables: @escaping (String) -> Value?
    ) throws(EvaluationError) -> Value {
        var left = costLimit
        return try evaluate(costLimit: costLimit, left: &left, variables)
    }
    /// The same, taken from what several evaluations may cost together; `left` is what is left of that, not below zero.
    public func evaluate(
        costLimit: Int = ExpressionLimits.cost, left: inout Int, _ variables: @escaping (String) -> Value?
    ) throws(EvaluationError) -> Value {
        var evaluator = Evaluator(environment, costLimit: min(costLimit, left), variables)
        defer { left = max(0, left - evaluator.cost) }
        return try evaluator.value(of: root)
    }

    /// Whether a variable of this name stands in it.
    public func mentions(_ variable: String) -> Bool { root.mentions(variable) }
}

public enum ExpressionLimits {
    /// In bytes.
    public static let length = 100_000
    /// How deep parts may lie within each other.
    static let depth = 100
    /// So many operators and members one expression has at most.
    static let parts = 1_000
    /// What one evaluation may cost unless its caller says otherwise.
    public static let cost = 1_000_000
    /// So many faults of one expression are told.
    static let faults = 20
}

/// Why a text is no expression of its environment.
public struct ExpressionError: Error, CustomStringConvertible {
    public let faults: [SyntaxFault]
    private let text: String
    init(_ text: String, _ faults: [SyntaxFault]) {
        self.text = text
        self.faults = Array(faults.prefix(ExpressionLimits.faults))
    }

    /// As cel-go shows it: the place, the line, and an arrow to the place.
    public var description: String {
        faults.map { fault in
            let before = text.unicodeScalars.prefix(fault.at)
            let line = before.count { $0 == "\n" }
            let column = before.reversed().prefix { $0 != "\n" }.count
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let shown = line < lines.count ? String(lines[line]).replacing("\t", with: " ") : ""
            let arrow = String(repeating: ".", count: column) + "^"
            return "ERROR: <input>:\(line + 1):\(column + 1): \(fault.sentence)\n | \(shown)\n | \(arrow)"
        }.joined(separator: "\n")
    }
}

/// One fault, at a place counted in Unicode scalars.
public struct SyntaxFault: Error, Sendable, Equatable {
    public let at: Int
    public let sentence: String
    init(at: Int, _ sentence: String) {
        self.at = at
        self.sentence = sentence
    }
}

/// What an expression gave instead of a value.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// It was stopped, which nothing in the expression can make good.
    public let isStop: Bool
    public init(_ description: String) { self.init(description, isStop: false) }
    private init(_ description: String, isStop: Bool) {
        self.description = description
        self.isStop = isStop
    }
    static let overflow = EvaluationError("integer overflow")
    static let noOverload = EvaluationError("no such overload")
    static let tooDear = EvaluationError("operation cancelled: actual cost limit exceeded", isStop: true)
    static func noKey(_ key: String) -> EvaluationError { EvaluationError("no such key: \(key)") }
}
