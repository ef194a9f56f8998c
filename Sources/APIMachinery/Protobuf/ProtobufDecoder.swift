/// Turns messages into the JSON that Go's types would be written as: zero values of fields that are not pointers are left
/// out unless the type always writes them.
struct ProtobufDecoder {
    let depth: Int

    private enum Slot {
        case value(JSON)
        case list([JSON])
        case map(MemberTable)
    }

    func message(_ reader: ProtobufReader, _ type: SchemaType) throws(ProtobufError) -> JSON {
        guard depth < Protobuf.maximumDepth else { throw ProtobufError("messages are nested too deep") }
        var slots: [Int: Slot] = [:]
        var order: [Int] = []
        var inlined: [JSON] = []
        var reader = reader
        while let (number, wire) = try reader.next() {
            switch type.protobufMember(number) {
            case .field(let field):
                if slots[number] == nil { order.append(number) }
                slots[number] = try add(wire, to: slots.removeValue(forKey: number), field)
            case .inlined(let inner):
                inlined.append(try ProtobufDecoder(depth: depth + 1).message(try wire.message(), inner))
            case nil: break
            }
        }
        var members: [JSON.Member] = []
        for number in order {
            guard let slot = slots[number], case .field(let field) = type.protobufMember(number) else { continue }
            if let value = finished(slot, field) { members.append((field.name, value)) }
        }
        // Of members with the same name the last one.
        var table = MemberTable(.object)
        for member in members + inlined.flatMap(\.members) { table[member.name] = member.value }
        return table.json
    }

    private func add(
        _ wire: ProtobufReader.Field, to slot: Slot?, _ field: SchemaField
    ) throws(ProtobufError) -> Slot {
        switch field.value {
        case .list(let element):
            var elements: [JSON] = if case .list(let present) = slot { present } else { [] }
            if isPacked(wire, element) {
                var inner = try wire.message()
                while !inner.isAtEnd { elements.append(try scalar(.varint(try inner.varint()), element)) }
            } else {
                elements.append(try value(wire, element, field))
            }
            return .list(elements)
        case .map(let inner):
            var table: MemberTable = if case .map(let present) = slot { present } else { MemberTable(.object) }
            var entry = try wire.message()
            var key = ""
            var content: ProtobufReader.Field?
            while let (number, part) = try entry.next() {
                if number == 1 { key = try part.string() }
                if number == 2 { content = part }
            }
            table[key] = try mapValue(content, inner, field)
            return .map(table)
        default: return .value(try value(wire, field.value, field))
        }
    }

    private func isPacked(_ wire: ProtobufReader.Field, _ element: SchemaValue) -> Bool {
        guard case .delimited = wire else { return false }
        return [.int32, .int64, .boolean].contains(element)
    }

    /// A list as a map's value is a message whose field 1 repeats.
    private func mapValue(
        _ wire: ProtobufReader.Field?, _ value: SchemaValue, _ field: SchemaField
    ) throws(ProtobufError) -> JSON {
        let wire = wire ?? .delimited(ProtobufReader([]))
        guard case .list(let element) = value else {
            // An entry whose value is missing holds the zero value.
            if case .delimited(let inner) = wire, inner.isAtEnd, [.int32, .int64].contains(value) { return 0 }
            if case .delimited(let inner) = wire, inner.isAtEnd, value == .boolean { return false }
            return try self.value(wire, value, field)
        }
        var reader = try wire.message()
        var elements: [JSON] = []
        while let (number, part) = try reader.next() {
            if number == 1 { elements.append(try self.value(part, element, field)) }
        }
        return JSON(elements)
    }

    private func value(
        _ wire: ProtobufReader.Field, _ value: SchemaValue, _ field: SchemaField
    ) throws(ProtobufError) -> JSON {
        if case .object(let index) = value {
            return try ProtobufDecoder(depth: depth + 1).message(try wire.message(), field.schema.type(at: index))
        }
        return try scalar(wire, value)
    }

    /// What is written for a field; nil if it is left out.
    private func finished(_ slot: Slot, _ field: SchemaField) -> JSON? {
        switch slot {
        case .list(let elements): return JSON(elements)
        case .map(let table): return table.json
        case .value(let value):
            if value.isNull { return nil }
            let isZero = value.isEmpty || value == 0 || value == false || value == "" || value == "0"
            return isZero && !field.isPointer && !field.isAlwaysWritten ? nil : value
        }
    }
}
