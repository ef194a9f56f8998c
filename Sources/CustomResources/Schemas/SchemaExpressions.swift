import APIMachinery
import CEL
import KubeAPI

/// The expressions of a schema (`x-kubernetes-validations`), understood once.
struct SchemaExpressions: Sendable {
    struct Rule: Sendable {
        /// Its place among its schema's rules.
        let index: Int
        let text: String
        let program: Program
        let message: String
        let messageProgram: Program?
        let reason: FieldError.Reason
        /// Below the place of its schema, such as `.spec.size`.
        let fieldPath: String
        let usesOldSelf: Bool
        /// Whether it is asked of new values, too, for which `oldSelf` is an empty optional.
        let takesOptionalOldSelf: Bool
    }
    /// What is wrong with one.
    struct Fault: Sendable {
        let schema: StructuralSchema
        let index: Int
        /// "rule" or "messageExpression"
        let field: String
        let sentence: String
    }

    let types: SchemaTypes
    private(set) var rules: [ObjectIdentifier: [Rule]] = [:]
    private(set) var faults: [Fault] = []

    init(_ schema: StructuralSchema) {
        types = SchemaTypes(schema)
        for part in schema.parts where !part.rules.isEmpty { compile(part) }
    }

    private mutating func compile(_ schema: StructuralSchema) {
        let type = types.type(of: schema)
        let fields = types.fields
        var compiled: [Rule] = []
        for (index, rule) in schema.rules.enumerated() {
            let text = rule["rule"]?.string ?? ""
            let takesOptional = rule["optionalOldSelf"]?.bool ?? false
            let environment = Environment(
                variables: ["self": type, "oldSelf": takesOptional ? .optional(type) : type],
                functions: Libraries.all + QuantityLibrary.functions + VersionLibrary.functions, objects: { fields[$0] }
            )
            do throws(ExpressionError) {
                let program = try Program(text, in: environment)
                guard program.type == .bool || program.type == .dyn else {
                    tell(schema, index, "rule", "compilation failed: must evaluate to a bool")
                    continue
                }
                compiled.append(
                    Rule(
                        index: index, text: text.trimmed, program: program,
                        message: (rule["message"]?.string ?? "").trimmed,
                        messageProgram: messageProgram(schema, index, rule["messageExpression"]?.string, environment),
                        reason: rule["reason"]?.string.flatMap { FieldError.Reason(rawValue: $0) } ?? .invalid,
                        fieldPath: rule["fieldPath"]?.string ?? "", usesOldSelf: program.mentions("oldSelf"),
                        takesOptionalOldSelf: takesOptional))
            } catch {
                tell(schema, index, "rule", "compilation failed: \(error)")
            }
        }
        rules[ObjectIdentifier(schema)] = compiled
    }

    private mutating func messageProgram(
        _ schema: StructuralSchema, _ index: Int, _ text: String?, _ environment: Environment
    ) -> Program? {
        guard let text, !text.isEmpty else { return nil }
        do throws(ExpressionError) {
            let program = try Program(text, in: environment)
            if program.type == .string { return program }
            tell(schema, index, "messageExpression", "messageExpression must evaluate to a string")
        } catch {
            tell(schema, index, "messageExpression", "messageExpression compilation failed: \(error)")
        }
        return nil
    }

    private mutating func tell(_ schema: StructuralSchema, _ index: Int, _ field: String, _ sentence: String) {
        faults.append(Fault(schema: schema, index: index, field: field, sentence: sentence))
    }
}

extension String {
    /// Without blanks around it.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
