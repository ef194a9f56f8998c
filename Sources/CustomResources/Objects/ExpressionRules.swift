import APIMachinery
import CEL
import KubeAPI

/// Asks an object's expressions whether it is sound.
struct ExpressionRules {
    /// What one expression may cost (PerCallLimit), and all of one object's together (RuntimeCELCostBudget).
    private static let costOfOne = 1_000_000
    private static let costOfAll = 10_000_000
    /// A message that an expression makes has at most so many bytes.
    private static let messageBytes = 5 * 1024

    private let expressions: SchemaExpressions
    private var left = Self.costOfAll
    private var errors: [FieldError] = []

    /// `old` is what an update replaces.
    static func errors(_ object: JSON, old: JSON?, _ schema: StructuralSchema, _ expressions: SchemaExpressions)
        -> [FieldError]
    {
        if expressions.rules.isEmpty { return [] }
        var rules = ExpressionRules(expressions: expressions)
        rules.check(object, old, schema, "")
        return rules.errors
    }
    private init(expressions: SchemaExpressions) { self.expressions = expressions }

    private mutating func check(_ value: JSON, _ old: JSON?, _ schema: StructuralSchema, _ path: String) {
        guard left > 0, errors.count < ObjectValidation.mostFaults else { return }
        if value.isNull { return }
        for rule in expressions.rules[ObjectIdentifier(schema)] ?? [] { ask(rule, value, old, schema, path) }
        switch value.kind {
        case .object:
            for member in value.members {
                let before = old?.isObject == true && schema.mapType != "atomic" ? old?[member.name] : nil
                if let property = schema.properties[member.name] {
                    check(member.value, before, property, path.isEmpty ? member.name : "\(path).\(member.name)")
                } else if let additional = schema.additional.schema {
                    check(member.value, before, additional, "\(path)[\(member.name)]")
                }
            }
        case .array:
            guard let items = schema.items else { return }
            let before = Self.byKeys(old, schema)
            for (position, element) in value.elements.enumerated() {
                check(element, before?[Self.key(element, schema)], items, "\(path)[\(position)]")
            }
        default: break
        }
    }

    /// The elements of a list that is a map, by what tells them apart.
    private static func byKeys(_ list: JSON?, _ schema: StructuralSchema) -> [JSON: JSON]? {
        guard schema.listType == "map", let list, list.isArray else { return nil }
        return Dictionary(list.elements.map { (key($0, schema), $0) }) { first, _ in first }
    }
    private static func key(_ element: JSON, _ schema: StructuralSchema) -> JSON {
        JSON(
            members: schema.listMapKeys.map {
                (name: $0, value: element[$0] ?? schema.items?.properties[$0]?.defaultValue ?? .null)
            })
    }

    private mutating func ask(
        _ rule: SchemaExpressions.Rule, _ value: JSON, _ old: JSON?, _ schema: StructuralSchema, _ path: String
    ) {
        if rule.usesOldSelf, old == nil, !rule.takesOptionalOldSelf { return }
        guard left > 0 else { return }
        let types = expressions.types
        let variables: (String) -> Value? = { name in
            switch name {
            case "self": return types.value(value, schema)
            case "oldSelf":
                let before = old.map { types.value($0, schema) }
                return rule.takesOptionalOldSelf ? .optional(before) : before
            default: return nil
            }
        }
        do throws(EvaluationError) {
            let answer = try rule.program.evaluate(costLimit: Self.costOfOne, left: &left, variables)
            if answer == .bool(true) { return }
            add(rule, schema, path, message(rule, variables))
        } catch {
            if error.isStop {
                let isWhole = left == 0
                tell(
                    path, schema,
                    isWhole
                        ? "validation failed due to running out of cost budget, no further validation rules will be run"
                        : "'\(error)': no further validation rules will be run due to call cost exceeds limit for rule: \(rule.text)"
                )
                left = 0
            } else if error.description.hasPrefix("no such overload") {
                tell(
                    path, schema,
                    "'\(error)': call arguments did not match a supported operator, function or macro signature for rule: "
                        + rule.text)
            } else {
                tell(path, schema, "\(error) evaluating rule: \(rule.text)")
            }
        }
    }

    private mutating func message(_ rule: SchemaExpressions.Rule, _ variables: @escaping (String) -> Value?) -> String {
        if let program = rule.messageProgram,
            let made = try? program.evaluate(costLimit: Self.costOfOne, left: &left, variables).string
        {
            let text = made.trimmed
            if !text.isEmpty, text.utf8.count <= Self.messageBytes, !text.contains(where: \.isNewline) { return text }
        }
        return rule.message.isEmpty ? "failed rule: \(rule.text)" : rule.message
    }

    private mutating func add(
        _ rule: SchemaExpressions.Rule, _ schema: StructuralSchema, _ path: String, _ detail: String
    ) {
        var place = path
        if !rule.fieldPath.isEmpty {
            place +=
                place.isEmpty && rule.fieldPath.hasPrefix(".") ? String(rule.fieldPath.dropFirst()) : rule.fieldPath
        }
        let field = place.isEmpty ? "<nil>" : place
        let value = JSON(schema.type).text
        switch rule.reason {
        case .required: errors.append(FieldError(.required, field, "Required value: \(detail)"))
        case .forbidden: errors.append(FieldError(.forbidden, field, "Forbidden: \(detail)"))
        case .duplicate: errors.append(FieldError(.duplicate, field, "Duplicate value: \(value)"))
        default: errors.append(FieldError(.invalid, field, "Invalid value: \(value): \(detail)"))
        }
    }
    private mutating func tell(_ path: String, _ schema: StructuralSchema, _ detail: String) {
        errors.append(
            FieldError(.invalid, path.isEmpty ? "<nil>" : path, "Invalid value: \(JSON(schema.type).text): \(detail)"))
    }
}
