import APIMachinery
import KubeAPI

/// Lists that are sets or maps hold nothing twice (`x-kubernetes-list-type`).
enum ListRules {
    static func errors(_ object: JSON, _ schema: StructuralSchema) -> [FieldError] {
        var errors: [FieldError] = []
        check(object, schema, "", &errors)
        return errors
    }

    private static func check(_ value: JSON, _ schema: StructuralSchema, _ path: String, _ errors: inout [FieldError]) {
        guard errors.count < ObjectValidation.mostFaults else { return }
        switch value.kind {
        case .array:
            switch schema.listType {
            case "set": checkUnique(value.elements, path, &errors)
            case "map": checkKeys(value.elements, schema.listMapKeys, path, &errors)
            default: break
            }
            guard let items = schema.items else { return }
            for (position, element) in value.elements.enumerated() {
                check(element, items, "\(path)[\(position)]", &errors)
            }
        case .object:
            for member in value.members {
                if let property = schema.properties[member.name] {
                    check(member.value, property, path.isEmpty ? member.name : "\(path).\(member.name)", &errors)
                } else if let additional = schema.additional.schema {
                    check(member.value, additional, "\(path)[\(member.name)]", &errors)
                }
            }
        default: break
        }
    }

    private static func checkKeys(_ elements: [JSON], _ keys: [String], _ path: String, _ errors: inout [FieldError]) {
        for (position, element) in elements.enumerated() where !element.isObject && !element.isNull {
            errors.append(
                FieldError(
                    .invalid, "\(path)[\(position)]",
                    "Invalid value: \(element.text): must be an object for an array of list-type map"))
            return
        }
        let keyed = elements.map { element in
            JSON(members: keys.sorted().compactMap { key in element[key].map { (name: key, value: $0) } })
        }
        checkUnique(keyed, path, &errors)
    }

    private static func checkUnique(_ elements: [JSON], _ path: String, _ errors: inout [FieldError]) {
        var seen: [JSON: Int] = [:]
        for (position, element) in elements.enumerated() {
            seen[element, default: 0] += 1
            guard seen[element] == 2 else { continue }
            errors.append(FieldError(.duplicate, "\(path)[\(position)]", "Duplicate value: \(element.text)"))
        }
    }
}
