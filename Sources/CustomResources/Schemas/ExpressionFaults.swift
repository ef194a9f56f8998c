import APIMachinery
import KubeAPI

/// What is wrong with the expressions of a schema that is sound otherwise.
enum ExpressionFaults {
    static func check(_ checker: inout FieldChecker, _ schema: StructuralSchema) {
        let expressions = SchemaExpressions(schema)
        let places = self.places(schema)
        for fault in expressions.faults {
            let place = places[ObjectIdentifier(fault.schema)]?.path ?? ""
            checker.invalid(
                join(place, "x-kubernetes-validations[\(fault.index)].\(fault.field)"), fault.schema.rules[fault.index],
                fault.sentence)
        }
        for part in schema.parts {
            guard let place = places[ObjectIdentifier(part)] else { continue }
            for rule in expressions.rules[ObjectIdentifier(part)] ?? [] {
                let path = join(place.path, "x-kubernetes-validations[\(rule.index)]")
                let optional = part.rules[rule.index]["optionalOldSelf"]
                if rule.usesOldSelf, let origin = place.uncorrelated {
                    checker.invalid(
                        "\(path).rule", JSON(rule.text),
                        "oldSelf cannot be used on the uncorrelatable portion of the schema within \(origin)")
                } else if !rule.usesOldSelf, let optional {
                    checker.invalid(
                        "\(path).optionalOldSelf", optional, "may not be set if oldSelf is not used in rule")
                }
            }
        }
    }

    private typealias Place = (path: String, uncorrelated: String?)

    /// Where each part stands, and the first list or map above it whose elements cannot be told apart from one version to
    /// the next.
    private static func places(_ schema: StructuralSchema) -> [ObjectIdentifier: Place] {
        var places: [ObjectIdentifier: Place] = [:]
        func visit(_ part: StructuralSchema, _ place: Place) {
            places[ObjectIdentifier(part)] = place
            let ofMembers = place.uncorrelated ?? (part.mapType == "atomic" ? place.path : nil)
            for name in part.names {
                if let inner = part.properties[name] {
                    visit(inner, (join(place.path, "properties[\(name)]"), ofMembers))
                }
            }
            if let additional = part.additional.schema {
                visit(additional, (join(place.path, "additionalProperties"), place.uncorrelated))
            }
            if let items = part.items {
                visit(
                    items,
                    (join(place.path, "items"), place.uncorrelated ?? (part.listType == "map" ? nil : place.path)))
            }
        }
        visit(schema, ("", nil))
        return places
    }

    private static func join(_ path: String, _ step: String) -> String { path.isEmpty ? step : "\(path).\(step)" }
}
