import APIMachinery
import KubeAPI

/// Unknown, doubled and wrongly typed fields: dropped, warned of, or refused, as fieldValidation says.
enum SchemaCheck {
    static func apply(_ object: inout JSON, _ resource: Resource, duplicates: DuplicateFields, _ call: inout Call)
        throws
    {
        guard let schema = resource.schema else { return }
        let (read, warnings) = try schema.readRequest(
            object, as: resource.groupVersionKind, duplicateFields: duplicates, validation: call.fieldValidation)
        object = read
        call.warnings += warnings
    }
}
