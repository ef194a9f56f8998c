import Basics

extension SchemaType {
    /// What reading a value as a type gave.
    public struct Reading: Sendable {
        /// The value without unknown fields, in the form that is stored.
        public var value: JSON
        /// Paths such as `spec.containers[0].foo`, in the order of the text.
        public var unknownFields: [String]
        public init(value: JSON, unknownFields: [String]) {
            self.value = value
            self.unknownFields = unknownFields
        }
    }

    /// How `read` treats what is known but says nothing.
    public enum ReadingForm: Sendable {
        /// As a whole object is stored: nulls and zero values go, and fields that are always written are filled in.
        case canonical
        /// As the client wrote it, for patches and applied configurations.
        case asWritten
    }

    /// Checks a value against this type and drops what the type does not know. A value that is already in form comes
    /// back as it is, without a copy. Throws for values of the wrong type, in Go's words.
    public func read(_ value: JSON, form: ReadingForm = .canonical) throws(SchemaTypeError) -> Reading {
        var reader = ConformanceReader(schema: schema, isCanonical: form == .canonical)
        let changed = reader.readObject(value, index)
        if let failure = reader.failure { throw failure }
        return Reading(value: changed ?? value, unknownFields: reader.unknownFields)
    }
}

/// Walks a value beside its type. Every `read` returns nil for "as it was" or the value to put instead; paths are
/// put together only when there is something to tell, from the inside out.
private struct ConformanceReader {
    let schema: Schema
    let isCanonical: Bool
    var unknownFields: [String] = []
    var failure: SchemaTypeError?

    init(schema: Schema, isCanonical: Bool) {
        self.schema = schema
        self.isCanonical = isCanonical
    }

    /// A changed member; a nil value removes it.
    private typealias Change = (name: String, value: JSON?)

    mutating func readObject(_ json: JSON, _ typeIndex: Int) -> JSON? {
        guard json.kind == .object else {
            failure = .mismatch(json, goType: schema.goName(.object(typeIndex)))
            return nil
        }
        if isInForm(json, typeIndex) { return nil }
        let type = schema.records[typeIndex]
        var changes: [Change] = []
        var alwaysWrittenSeen = 0
        for member in json.members {
            guard let fieldIndex = type.fieldIndex(member.name) else {
                unknownFields.append(member.name)
                changes.append((member.name, nil))
                continue
            }
            let field = type.fields[fieldIndex]
            if member.value.isNull {
                if isCanonical { changes.append((member.name, nil)) }
                continue
            }
            if field.isAlwaysWritten { alwaysWrittenSeen += 1 }
            let unknownBefore = unknownFields.count
            let changed = readValue(member.value, field.value)
            if failure != nil {
                failure?.prepend(field: member.name, of: type.shortName)
                return nil
            }
            if unknownFields.count > unknownBefore { prefixUnknown(from: unknownBefore, with: member.name) }
            if let changed {
                changes.append((member.name, isDropped(changed, field) ? nil : changed))
            } else if isDropped(member.value, field) {
                changes.append((member.name, nil))
            }
        }
        let isMissingSome = isCanonical && alwaysWrittenSeen < type.alwaysWritten.count
        guard !changes.isEmpty || isMissingSome else { return nil }
        var result = json
        for change in changes { result[change.name] = change.value }
        if isMissingSome {
            for index in type.alwaysWritten where result[type.fields[index].name] == nil {
                let name = type.fields[index].name
                result[name] = type.zero[name]
            }
        }
        return result
    }

    private func isInForm(_ json: JSON, _ typeIndex: Int) -> Bool {
        guard case .slice(let document, let index) = json.node else { return false }
        return TapeReader.isInForm(
            document, Int(index), CompactSchema.Value(code: .object, inner: Int32(typeIndex)), schema.compact,
            isCanonical: isCanonical)
    }

    /// Whether Go's encoder would leave this value out.
    private func isDropped(_ value: JSON, _ field: FieldRecord) -> Bool {
        guard isCanonical, !field.isPointer, !field.isAlwaysWritten else { return false }
        switch field.value {
        case .string, .bytes, .time, .microTime: return value.string?.isEmpty ?? false
        case .boolean: return value.bool == false
        case .int32, .int64, .double: return value.number == "0"
        case .list, .map: return value.count == 0
        default: return false
        }
    }

    private mutating func readValue(_ json: JSON, _ value: SchemaValue) -> JSON? {
        switch value {
        case .string:
            if json.kind != .string { failure = .mismatch(json, goType: schema.goName(value)) }
        case .boolean:
            if json.kind != .bool { failure = .mismatch(json, goType: "bool") }
        case .int32: return readInteger(json, as: Int32.self, "int32")
        case .int64: return readInteger(json, as: Int64.self, "int64")
        case .double:
            if json.kind != .number { failure = .mismatch(json, goType: "float64") }
        case .bytes: return readBytes(json)
        case .time, .microTime: return readTime(json, value)
        case .duration: return readDuration(json)
        case .quantity: return readQuantity(json)
        case .intOrString:
            if json.kind != .string { return readIntegerOfIntOrString(json) }
        case .any: break
        case .rawObject: break
        case .object(let index): return readObject(json, index)
        case .list(let element): return readList(json, element, value)
        case .map(let element): return readMap(json, element, value)
        }
        return nil
    }

    private mutating func readInteger<T: FixedWidthInteger>(_ json: JSON, as type: T.Type, _ goType: String) -> JSON? {
        guard json.kind == .number else {
            failure = .mismatch(json, goType: goType)
            return nil
        }
        guard let text = json.number else { return nil }
        guard let value = T(text) else {
            failure = .mismatch("number \(text)", goType: goType)
            return nil
        }
        return wholeNumber(text, isZero: value == 0)
    }

    /// The one whole number that Go writes otherwise: `-0`.
    private func wholeNumber(_ text: String, isZero: Bool) -> JSON? {
        isCanonical && isZero && text != "0" ? 0 : Optional.none
    }

    private mutating func readIntegerOfIntOrString(_ json: JSON) -> JSON? {
        guard let text = json.number else {
            failure = .standalone(json, goType: "int32")
            return nil
        }
        guard let value = Int32(text) else {
            failure = .sentence("json: cannot unmarshal number \(text) into Go value of type int32")
            return nil
        }
        return wholeNumber(text, isZero: value == 0)
    }

    private mutating func readBytes(_ json: JSON) -> JSON? {
        guard let text = json.string else {
            failure = .mismatch(json, goType: "[]uint8")
            return nil
        }
        if let offset = Base64.firstIllegalByte(in: text) {
            failure = .sentence("illegal base64 data at input byte \(offset)")
            return nil
        }
        return changed(text, Base64Text.canonical(text) ?? text)
    }

    private mutating func readDuration(_ json: JSON) -> JSON? {
        guard let text = json.string else {
            failure = .standalone(json, goType: "string")
            return nil
        }
        guard let nanoseconds = GoDuration.nanoseconds(text) else {
            failure = .sentence("time: invalid duration \(JSON(text).text)")
            return nil
        }
        return changed(text, GoDuration.text(nanoseconds: nanoseconds))
    }

    private mutating func readTime(_ json: JSON, _ value: SchemaValue) -> JSON? {
        guard let text = json.string else {
            failure = .standalone(json, goType: "string")
            return nil
        }
        let isMicro = value == .microTime
        guard let canonical = TimeText.canonical(text, microseconds: isMicro) else {
            let layout = isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00"
            failure = .sentence("parsing time \"\(text)\" as \"\(layout)\": cannot parse \"\(text)\" as \"2006\"")
            return nil
        }
        return changed(text, canonical)
    }

    private mutating func readQuantity(_ json: JSON) -> JSON? {
        let read: QuantityText?
        do throws(QuantityError) {
            read = try QuantityText(json)
        } catch {
            failure = .sentence("\(error)")
            return nil
        }
        guard isCanonical, let read, read.isChanged else { return nil }
        return JSON(read.canonical)
    }

    private func changed(_ text: String, _ canonical: String) -> JSON? {
        guard isCanonical, canonical != text else { return Optional.none }
        return JSON(canonical)
    }

    private mutating func readList(_ json: JSON, _ element: SchemaValue, _ list: SchemaValue) -> JSON? {
        guard json.kind == .array else {
            failure = .mismatch(json, goType: schema.goName(list))
            return nil
        }
        if case .any = element { return nil }
        var result: [JSON]?
        for (index, item) in json.elements.enumerated() {
            if item.isNull {
                guard isCanonical, let zero = schema.zero(element) else { continue }
                if result == nil { result = json.elements }
                result?[index] = zero
                continue
            }
            let unknownBefore = unknownFields.count
            let changed = readValue(item, element)
            if failure != nil { return nil }
            if unknownFields.count > unknownBefore { prefixUnknown(from: unknownBefore, with: "[\(index)]") }
            if let changed {
                if result == nil { result = json.elements }
                result?[index] = changed
            }
        }
        return result.map { JSON($0) }
    }

    private mutating func readMap(_ json: JSON, _ element: SchemaValue, _ map: SchemaValue) -> JSON? {
        guard json.kind == .object else {
            failure = .mismatch(json, goType: schema.goName(map))
            return nil
        }
        var result: JSON?
        for member in json.members {
            if member.value.isNull {
                if isCanonical, let zero = schema.zero(element) {
                    result = (result ?? json).setting(member.name, zero)
                }
                continue
            }
            let unknownBefore = unknownFields.count
            let changed = readValue(member.value, element)
            if failure != nil { return nil }
            if unknownFields.count > unknownBefore { prefixUnknown(from: unknownBefore, with: member.name) }
            if let changed { result = (result ?? json).setting(member.name, changed) }
        }
        return result
    }

    private mutating func prefixUnknown(from start: Int, with name: String) {
        for index in start..<unknownFields.count {
            let separator = unknownFields[index].hasPrefix("[") ? "" : "."
            unknownFields[index] = name + separator + unknownFields[index]
        }
    }
}

extension Schema {
    /// What Go's decoder leaves for a null in a list or a map; nil where it stays a null.
    fileprivate func zero(_ element: SchemaValue) -> JSON? {
        switch element {
        case .string, .bytes: ""
        case .boolean: false
        case .int32, .int64, .double, .intOrString: 0
        case .quantity: "0"
        case .duration: "0s"
        case .object(let index): records[index].zero
        case .time, .microTime, .any, .rawObject, .list, .map: Optional.none
        }
    }
}

extension JSON {
    fileprivate func setting(_ name: String, _ value: JSON) -> JSON {
        var copy = self
        copy[name] = value
        return copy
    }
}
