import APIMachinery

/// Collects what is wrong with an object, in the order of the checks. Checks speak of fields relative to where they are;
/// `inside` and `each` put the path in front, and only of what was found, so that sound objects pay nothing for paths.
package struct FieldChecker {
    package private(set) var errors: [FieldError] = []

    package init() {}

    // MARK: Places

    /// Runs checks of a member that is there; `name` may be a path.
    package mutating func inside(_ name: String, _ value: JSON?, _ check: (inout FieldChecker, JSON) -> Void) {
        guard let value, !value.isNull else { return }
        inside(name) { check(&$0, value) }
    }
    /// Runs checks whose fields are below `name`.
    package mutating func inside(_ name: String, _ check: (inout FieldChecker) -> Void) {
        let start = errors.count
        check(&self)
        for index in start..<errors.count { prefix(name, index) }
    }
    /// Runs checks of every element of a list that is a member of `holder`.
    package mutating func each(_ name: String, of holder: JSON, _ check: (inout FieldChecker, JSON) -> Void) {
        guard let list = holder[name] else { return }
        for (position, element) in list.elements.enumerated() {
            let start = errors.count
            check(&self, element)
            for index in start..<errors.count { prefix("\(name)[\(position)]", index) }
        }
    }

    private mutating func prefix(_ name: String, _ index: Int) {
        let field = errors[index].field
        if name.isEmpty { return }
        errors[index].field = field.isEmpty ? name : field.hasPrefix("[") ? name + field : "\(name).\(field)"
    }

    // MARK: Findings

    package mutating func add(_ reason: FieldError.Reason, _ field: String, _ message: String) {
        errors.append(FieldError(reason, field, message))
    }
    package mutating func required(_ field: String, _ detail: String = "") {
        add(.required, field, detail.isEmpty ? "Required value" : "Required value: \(detail)")
    }
    package mutating func invalid(_ field: String, _ value: JSON?, _ detail: String) {
        add(.invalid, field, "Invalid value: \((value ?? .null).text): \(detail)")
    }
    /// A value that is shown in the form of an internal type.
    package mutating func invalid(_ field: String, _ value: JSON?, as type: String, _ detail: String) {
        invalid(field, InternalForms.of(value, type), detail)
    }
    package mutating func notSupported(_ field: String, _ value: JSON?, _ supported: [String]) {
        let names = supported.map { JSON($0).text }.joined(separator: ", ")
        add(.notSupported, field, "Unsupported value: \((value ?? "").text): supported values: \(names)")
    }
    package mutating func duplicate(_ field: String, _ value: JSON?) {
        add(.duplicate, field, "Duplicate value: \((value ?? .null).text)")
    }
    package mutating func forbidden(_ field: String, _ detail: String) {
        add(.forbidden, field, "Forbidden: \(detail)")
    }
    package mutating func notFound(_ field: String, _ value: JSON?, _ detail: String = "") {
        add(.notFound, field, "Not found: \((value ?? .null).text)" + (detail.isEmpty ? "" : ": \(detail)"))
    }
    package mutating func tooLong(_ field: String, _ maximum: Int) {
        add(.tooLong, field, "Too long: may not be more than \(maximum) \(maximum == 1 ? "byte" : "bytes")")
    }
    package mutating func tooMany(_ field: String, _ count: Int, _ maximum: Int) {
        add(.tooMany, field, "Too many: \(count): must have at most \(maximum) \(maximum == 1 ? "item" : "items")")
    }

    // MARK: Common rules

    /// A string by a rule that answers sentences; absent strings are the caller's business.
    package mutating func check(_ field: String, _ value: String, _ rule: (String) -> [String]) {
        for sentence in rule(value) { invalid(field, JSON(value), sentence) }
    }
    /// A string member by a rule, if it is there and not empty.
    package mutating func check(_ field: String, of holder: JSON, _ rule: (String) -> [String]) {
        if let value = holder[field]?.string, !value.isEmpty { check(field, value, rule) }
    }
    /// A string member that must be there and follow a rule.
    package mutating func requireText(_ field: String, of holder: JSON, _ rule: (String) -> [String] = { _ in [] }) {
        guard let value = holder[field]?.string, !value.isEmpty else { return required(field) }
        check(field, value, rule)
    }
    /// A string member that must be one of these; absent is required unless it may be empty.
    package mutating func oneOf(_ field: String, of holder: JSON, _ values: [String], mayBeAbsent: Bool = false) {
        guard let value = holder[field]?.string, !value.isEmpty else {
            if !mayBeAbsent { required(field) }
            return
        }
        if !values.contains(value) { notSupported(field, JSON(value), values) }
    }
    package mutating func nonNegative(_ field: String, of holder: JSON) {
        if let value = holder[field], let number = value.int, number < 0 {
            invalid(field, value, "must be greater than or equal to 0")
        }
    }
    package mutating func portNumber(_ field: String, _ value: JSON?) {
        for sentence in Validation.isPortNumber(value?.int ?? 0) { invalid(field, value ?? 0, sentence) }
    }
    /// A port by its number or name.
    package mutating func port(_ field: String, _ value: JSON?) {
        if let name = value?.string {
            check(field, name, Validation.isPortName)
        } else {
            portNumber(field, value)
        }
    }
    package mutating func immutable(_ field: String, _ new: JSON?, _ old: JSON?) {
        if (new ?? .null) != (old ?? .null) { invalid(field, new, "field is immutable") }
    }
    /// A count in a status that only grows.
    package mutating func notDecremented(_ field: String, _ new: JSON, _ old: JSON) {
        guard let before = old[field]?.int, new[field]?.int ?? 0 < before else { return }
        invalid(field, new[field] ?? 0, "cannot be decremented")
    }
    /// The labels in a map: keys and values.
    package mutating func labels(_ field: String, _ labels: JSON?) {
        guard let labels else { return }
        for member in labels.members {
            check(field, member.name, Validation.isQualifiedName)
            check(field, member.value.string ?? "", Validation.isLabelValue)
        }
    }
    /// A label selector (metav1.LabelSelector).
    package mutating func labelSelector(_ field: String, _ selector: JSON?) {
        inside(field, selector) { checker, selector in
            checker.labels("matchLabels", selector["matchLabels"])
            checker.each("matchExpressions", of: selector) { $0.labelRequirement($1) }
        }
    }
    /// One requirement of a selector: key, operator, values.
    package mutating func labelRequirement(_ requirement: JSON, _ numeric: Bool = false) {
        let count = requirement["values"]?.count ?? 0
        switch requirement["operator"]?.string ?? "" {
        case "In", "NotIn":
            if count == 0 { required("values", "must be specified when `operator` is 'In' or 'NotIn'") }
        case "Exists", "DoesNotExist":
            if count > 0 {
                forbidden("values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
            }
        case "Gt" where numeric, "Lt" where numeric:
            if count != 1 {
                required("values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
            }
        default: invalid("operator", requirement["operator"] ?? "", "not a valid selector operator")
        }
        check("key", requirement["key"]?.string ?? "", Validation.isQualifiedName)
        each("values", of: requirement) { checker, value in
            checker.check("", value.string ?? "", Validation.isLabelValue)
        }
    }
}
