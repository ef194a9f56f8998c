extension LabelSelector {
    /// From a metav1.LabelSelector object (`matchLabels`, `matchExpressions`): an empty object matches all, null and an
    /// object with an unknown operator match nothing.
    public init(_ json: JSON) {
        var requirements: [Requirement]? = json.isObject ? [] : nil
        for (key, value) in json["matchLabels"]?.stringMap ?? [:] {
            requirements?.append(Requirement(key: key, operator: .equals, values: [value]))
        }
        for expression in json["matchExpressions"]?.elements ?? [] {
            if let requirement = Requirement(expression) {
                requirements?.append(requirement)
            } else {
                requirements = nil
            }
        }
        self.init(requirements: requirements ?? [])
        matchesNothing = requirements == nil
        keep(json)
    }

    public var matchLabels: [String: String] {
        get { json["matchLabels"]?.stringMap ?? [:] }
        set { json["matchLabels"] = newValue.isEmpty ? .none : JSON(newValue) }
    }

    /// What is wrong with a LabelSelector object that stands at `path` (metav1 validation.ValidateLabelSelector).
    public static func errors(_ json: JSON, path: String) -> [FieldError] {
        var errors: [FieldError] = []
        func invalid(_ field: String, _ value: String, _ sentences: [String]) {
            errors += sentences.map { FieldError(.invalid, field, "Invalid value: \(JSON(value).text): \($0)") }
        }
        for (key, value) in (json["matchLabels"]?.members ?? []) {
            invalid("\(path).matchLabels", key, Validation.isQualifiedName(key))
            invalid("\(path).matchLabels", value.string ?? "", Validation.isLabelValue(value.string ?? ""))
        }
        for (index, expression) in (json["matchExpressions"]?.elements ?? []).enumerated() {
            let place = "\(path).matchExpressions[\(index)]"
            let values = expression["values"]?.strings ?? []
            switch expression["operator"]?.string ?? "" {
            case "In", "NotIn":
                if values.isEmpty {
                    let sentence = "Required value: must be specified when `operator` is 'In' or 'NotIn'"
                    errors.append(FieldError(.required, "\(place).values", sentence))
                }
            case "Exists", "DoesNotExist":
                if !values.isEmpty {
                    let sentence = "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                    errors.append(FieldError(.forbidden, "\(place).values", sentence))
                }
            case let other: invalid("\(place).operator", other, ["not a valid selector operator"])
            }
            let key = expression["key"]?.string ?? ""
            invalid("\(place).key", key, Validation.isQualifiedName(key))
            for (position, value) in values.enumerated() {
                invalid("\(place).values[\(position)]", value, Validation.isLabelValue(value))
            }
        }
        return errors
    }

    /// The LabelSelector object for these requirements; what it has no operator for (`>`, `<`) is left out.
    static func object(_ requirements: [Requirement]) -> JSON {
        var labels: [String: String] = [:]
        var expressions: [JSON] = []
        for requirement in requirements {
            if [.equals, .doubleEquals].contains(requirement.operator), let value = requirement.values.first,
                labels[requirement.key] == nil
            {
                labels[requirement.key] = value
                continue
            }
            guard let name = requirement.objectOperator else { continue }
            var expression: JSON = ["key": JSON(requirement.key), "operator": JSON(name)]
            if !requirement.values.isEmpty { expression["values"] = JSON(requirement.values) }
            expressions.append(expression)
        }
        var object: JSON = .object
        if !labels.isEmpty { object["matchLabels"] = JSON(labels) }
        if !expressions.isEmpty { object["matchExpressions"] = JSON(expressions) }
        return object
    }
}

extension LabelSelector.Requirement {
    /// From one of `matchExpressions`; nil if its operator is not known.
    init?(_ json: JSON) {
        let key = json["key"]?.string ?? ""
        let values = json["values"]?.strings ?? []
        switch json["operator"]?.string {
        case "In": self.init(key: key, operator: .in, values: values)
        case "NotIn": self.init(key: key, operator: .notIn, values: values)
        case "Exists": self.init(key: key, operator: .exists)
        case "DoesNotExist": self.init(key: key, operator: .doesNotExist)
        default: return nil
        }
    }

    var objectOperator: String? {
        switch `operator` {
        case .equals, .doubleEquals, .in: "In"
        case .notEquals, .notIn: "NotIn"
        case .exists: "Exists"
        case .doesNotExist: "DoesNotExist"
        case .greaterThan, .lessThan: nil
        }
    }
}
