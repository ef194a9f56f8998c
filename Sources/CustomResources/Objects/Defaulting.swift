import APIMachinery

extension StructuralSchema {
    /// Fills in defaults, and drops nulls where none may be.
    func fillIn(_ value: inout JSON) {
        if let changed = filledIn(value) { value = changed }
    }

    /// The value with its defaults; nil for "as it was".
    private func filledIn(_ value: JSON) -> JSON? {
        switch value.kind {
        case .object:
            var result: JSON?
            func put(_ name: String, _ new: JSON?) {
                if result == nil { result = value }
                result?[name] = new
            }
            for name in names {
                guard let property = properties[name] else { continue }
                let member = value[name]
                if member == nil || member?.isNull == true && !property.isNullable {
                    if let wanted = property.defaultValue {
                        put(name, property.filledIn(wanted) ?? wanted)
                    } else if member != nil {
                        put(name, Optional.none)
                    }
                } else if let member, let changed = property.filledIn(member) {
                    put(name, changed)
                }
            }
            guard let additional = additional.schema else { return result }
            for member in value.members where properties[member.name] == nil {
                if member.value.isNull, !additional.isNullable {
                    put(member.name, additional.defaultValue)
                } else if let changed = additional.filledIn(member.value) {
                    put(member.name, changed)
                }
            }
            return result
        case .array:
            guard let items else { return nil }
            var elements: [JSON]?
            for (position, element) in value.elements.enumerated() {
                let isNull = element.isNull && !items.isNullable
                guard let changed = isNull ? items.defaultValue : items.filledIn(element) else { continue }
                if elements == nil { elements = value.elements }
                elements?[position] = changed
            }
            return elements.map { JSON($0) }
        default: return nil
        }
    }
}
