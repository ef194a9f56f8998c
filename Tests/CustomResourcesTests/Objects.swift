import APIMachinery
import KubeAPI

@testable import CustomResources

/// A schema that has one of everything, and what it makes of objects, as text.
enum Objects {
    /// From YAML.
    static func json(_ text: String) throws -> JSON { try YAML.document(Array(text.utf8)).value }
    static func schema(_ text: String) throws -> StructuralSchema { StructuralSchema(try json(text)) }

    /// Everything that is wrong, a line each.
    static func faults(_ object: JSON, old: JSON? = nil, _ schema: StructuralSchema) -> [String] {
        let errors =
            ObjectValidation.errors(object, schema) + ListRules.errors(object, schema)
            + ExpressionRules.errors(object, old: old, schema, SchemaExpressions(schema))
        return errors.map { "\($0.field): \($0.message)" }
    }
}
