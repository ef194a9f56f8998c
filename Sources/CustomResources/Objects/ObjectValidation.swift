import APIMachinery
import CEL
import Foundation
import KubeAPI

/// Everything in a value that its schema forbids, in the words of kube-openapi's validator.
struct ObjectValidation {
    /// So many faults of one object are told.
    static let mostFaults = 100

    private(set) var errors: [FieldError] = []
    private var path = ""
    /// How many checks were made; among alternatives, the one with the most is told of.
    private var matches = 0

    static func errors(_ object: JSON, _ schema: StructuralSchema) -> [FieldError] {
        var validation = ObjectValidation()
        validation.check(object, schema)
        return validation.errors
    }

    private mutating func check(_ value: JSON, _ schema: StructuralSchema) {
        guard errors.count < Self.mostFaults else { return }
        guard checkType(value, schema) else { return }
        checkAlternatives(value, schema)
        switch value.kind {
        case .string: checkString(value.string ?? "", schema)
        case .number: checkNumber(value, schema.limits)
        case .array: checkList(value, schema)
        case .object: checkObject(value, schema)
        case .null, .bool: break
        }
        if let allowed = schema.limits.allowed, !allowed.contains(value), !(value.isNull && schema.isNullable) {
            let names = allowed.map { $0.string.map { JSON($0).text } ?? JSON($0.text).text }.joined(separator: ", ")
            add(.notSupported, "Unsupported value: \(value.text): supported values: \(names)")
        }
    }

    // MARK: Types

    /// What JSON has for a type's name.
    private static func typeName(_ value: JSON) -> String {
        switch value.kind {
        case .null: "null"
        case .bool: "boolean"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        case .number: value.int == nil && value.number.flatMap { Int64($0) } == nil ? "number" : "integer"
        }
    }

    /// Whether the value is of the type; what follows makes no sense of one that is not.
    private mutating func checkType(_ value: JSON, _ schema: StructuralSchema) -> Bool {
        let wanted = schema.isIntOrString ? ["integer", "string"] : schema.type.isEmpty ? [] : [schema.type]
        matches += 1
        let name = Self.typeName(value)
        if wanted.isEmpty || name == "null" && schema.isNullable { return true }
        if wanted.contains(name) { return true }
        if wanted == ["number"], name == "integer" { return true }
        // A number without a fraction is a whole one, however it is written.
        if name == "number", wanted.contains("integer"), let number = value.double, number == number.rounded() {
            return true
        }
        let types = wanted.joined(separator: ",")
        add(
            .typeInvalid,
            "Invalid value: \(JSON(name).text): \(subject) must be of type \(types): \(JSON(name).text)")
        return false
    }

    private mutating func checkString(_ text: String, _ schema: StructuralSchema) {
        let limits = schema.limits
        matches += 1
        let length = text.unicodeScalars.count
        if let most = limits.maximumLength, length > most {
            add(.tooLong, "Too long: may not be more than \(most) \(most == 1 ? "byte" : "bytes")")
        }
        if let least = limits.minimumLength, length < least {
            invalid(JSON(text), "\(subject) should be at least \(least) chars long")
        }
        if let pattern = limits.compiledPattern, !pattern.matches(text) {
            invalid(JSON(text), "\(subject) should match '\(limits.pattern ?? "")'")
        }
        if ["", "string"].contains(schema.type), let format = ValueFormat(schema.format), !format.accepts(text) {
            add(
                .typeInvalid,
                "Invalid value: \(JSON(text).text): \(subject) must be of type \(schema.format): \(JSON(text).text)")
        }
    }

    private mutating func checkNumber(_ value: JSON, _ limits: ValueLimits) {
        guard let number = value.double else { return }
        matches += 1
        if let most = limits.maximum, limits.isMaximumExclusive ? number >= most : number > most {
            let words = limits.isMaximumExclusive ? "less than" : "less than or equal to"
            invalid(value, "\(subject) should be \(words) \(Self.text(most))")
        }
        if let least = limits.minimum, limits.isMinimumExclusive ? number <= least : number < least {
            let words = limits.isMinimumExclusive ? "greater than" : "greater than or equal to"
            invalid(value, "\(subject) should be \(words) \(Self.text(least))")
        }
        if let factor = limits.multipleOf, factor > 0, (number / factor).rounded() != number / factor {
            invalid(value, "\(subject) should be a multiple of \(Self.text(factor))")
        }
    }
    private static func text(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? JSON(number).text
    }

    // MARK: What holds others

    private mutating func checkList(_ value: JSON, _ schema: StructuralSchema) {
        let count = value.count
        matches += 1
        if let most = schema.limits.maximumItems, count > most {
            add(.tooMany, "Too many: \(count): must have at most \(most) \(most == 1 ? "item" : "items")")
        }
        if let least = schema.limits.minimumItems, count < least {
            invalid(JSON(count), "\(subject) should have at least \(least) items")
        }
        guard let items = schema.items else { return }
        for (position, element) in value.elements.enumerated() { within("[\(position)]") { $0.check(element, items) } }
    }

    private mutating func checkObject(_ value: JSON, _ schema: StructuralSchema) {
        let count = value.count
        matches += 1
        if let least = schema.limits.minimumMembers, count < least {
            invalid(JSON(count), "\(subject) should have at least \(least) properties")
        }
        if let most = schema.limits.maximumMembers, count > most {
            add(.tooMany, "Too many: \(count): must have at most \(most) \(most == 1 ? "item" : "items")")
        }
        for member in value.members {
            if let property = schema.properties[member.name] {
                within(".\(member.name)") { $0.check(member.value, property) }
                continue
            }
            switch schema.additional {
            case .schema(let additional): within(".\(member.name)") { $0.check(member.value, additional) }
            case .nothing: invalid("", "\(path).\(member.name) in body is a forbidden property")
            case .absent, .anything: break
            }
        }
        for name in schema.required where value[name] == nil {
            within(".\(name)") { $0.add(.required, "Required value") }
        }
    }

    // MARK: Alternatives

    private mutating func checkAlternatives(_ value: JSON, _ schema: StructuralSchema) {
        if !schema.anyOf.isEmpty {
            let attempts = schema.anyOf.map { attempt(value, $0) }
            if !attempts.contains(where: \.errors.isEmpty) {
                invalid("", "\(JSON(path).text) must validate at least one schema (anyOf)")
                tellBest(attempts)
            }
        }
        if !schema.oneOf.isEmpty {
            let attempts = schema.oneOf.map { attempt(value, $0) }
            let valid = attempts.count { $0.errors.isEmpty }
            if valid != 1 {
                let found = valid == 0 ? "Found none valid" : "Found \(valid) valid alternatives"
                invalid("", "\(JSON(path).text) must validate one and only one schema (oneOf). \(found)")
                if valid == 0 { tellBest(attempts) }
            }
        }
        if !schema.allOf.isEmpty {
            let attempts = schema.allOf.map { attempt(value, $0) }
            for attempt in attempts { errors += attempt.errors }
            let valid = attempts.count { $0.errors.isEmpty }
            if valid != attempts.count {
                let none = valid == 0 ? ". None validated" : ""
                invalid("", "\(JSON(path).text) must validate all the schemas (allOf)\(none)")
            }
        }
        if let not = schema.not, attempt(value, not).errors.isEmpty {
            invalid("", "\(JSON(path).text) must not validate the schema (not)")
        }
    }

    private func attempt(_ value: JSON, _ schema: StructuralSchema) -> ObjectValidation {
        var attempt = ObjectValidation()
        attempt.path = path
        attempt.check(value, schema)
        return attempt
    }
    private mutating func tellBest(_ attempts: [ObjectValidation]) {
        var best: ObjectValidation?
        for attempt in attempts where best == nil || attempt.matches > best?.matches ?? 0 { best = attempt }
        errors += best?.errors ?? []
    }

    // MARK: Telling

    private var subject: String {
        path.isEmpty ? "in body" : "\(path.first == "." ? String(path.dropFirst()) : path) in body"
    }

    private mutating func within(_ step: String, _ check: (inout ObjectValidation) -> Void) {
        let outer = path
        path += path.isEmpty && step.hasPrefix(".") ? String(step.dropFirst()) : step
        check(&self)
        path = outer
    }
    private mutating func add(_ reason: FieldError.Reason, _ message: String) {
        errors.append(FieldError(reason, path.isEmpty ? "<nil>" : path, message))
    }
    private mutating func invalid(_ value: JSON, _ detail: String) {
        add(.invalid, "Invalid value: \(value.text): \(detail)")
    }
}
