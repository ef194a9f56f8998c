import Basics

/// Turns JSON into messages; fields come in the order of their numbers, members that the type does not know are left out.
struct ProtobufEncoder {
    let depth: Int

    func write(_ json: JSON, _ type: SchemaType, to writer: inout ProtobufWriter) throws(ProtobufError) {
        guard depth < Protobuf.maximumDepth else { throw ProtobufError("messages are nested too deep") }
        guard json.isObject else { throw ProtobufError("\(type.shortName) must be an object") }
        let record = type.record
        var parts: [(number: Int, field: FieldRecord, value: JSON)] = []
        for member in json.members {
            guard let index = record.fieldIndex(member.name), !member.value.isNull else { continue }
            let number = record.numbers[index]
            if number > 0 { parts.append((number, record.fields[index], member.value)) }
        }
        parts.sort { $0.number < $1.number }
        var inlined = record.inlined[...]
        for part in parts {
            while let first = inlined.first, first.number < part.number {
                try writeInlined(json, inlined.removeFirst(), type.schema, to: &writer)
            }
            try write(part.value, SchemaField(schema: type.schema, record: part.field), part.number, to: &writer)
        }
        for rest in inlined { try writeInlined(json, rest, type.schema, to: &writer) }
    }

    /// A message whose fields are members of the object around it; left out when none of them is there.
    private func writeInlined(
        _ json: JSON, _ member: (number: Int, type: Int), _ schema: Schema, to writer: inout ProtobufWriter
    ) throws(ProtobufError) {
        var content = ProtobufWriter()
        try ProtobufEncoder(depth: depth + 1).write(json, schema.type(at: member.type), to: &content)
        if !content.output.isEmpty { writer.bytes(member.number, content.output) }
    }

    private func write(
        _ json: JSON, _ field: SchemaField, _ number: Int, to writer: inout ProtobufWriter
    ) throws(ProtobufError) {
        switch field.value {
        case .list(let element):
            for value in json.elements { try write(value, element, field, number, to: &writer) }
        case .map(let inner):
            for member in json.members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
                try writer.message(number) { entry throws(ProtobufError) in
                    entry.string(1, member.name)
                    guard case .list(let element) = inner else {
                        return try write(member.value, inner, field, 2, to: &entry)
                    }
                    try entry.message(2) { list throws(ProtobufError) in
                        for value in member.value.elements { try write(value, element, field, 1, to: &list) }
                    }
                }
            }
        default: try write(json, field.value, field, number, to: &writer)
        }
    }

    private func write(
        _ json: JSON, _ value: SchemaValue, _ field: SchemaField, _ number: Int, to writer: inout ProtobufWriter
    ) throws(ProtobufError) {
        func need<T>(_ value: T?) throws(ProtobufError) -> T {
            guard let value else { throw ProtobufError("\(field.name): \(json.text) does not fit") }
            return value
        }
        switch value {
        case .string: writer.string(number, try need(json.string))
        case .boolean: writer.integer(number, try need(json.bool) ? 1 : 0)
        case .int32: writer.integer(number, Int64(try need(json.int.flatMap { Int32(exactly: $0) })))
        case .int64: writer.integer(number, Int64(try need(json.int)))
        case .double: writer.double(number, try need(json.double))
        case .bytes: writer.bytes(number, try need(json.string.flatMap(Base64.decode)))
        case .time, .microTime:
            let time = try need(Instant(json))
            writer.message(number) { inner in
                inner.integer(1, time.secondsSince1970)
                inner.integer(2, Int64(time.nanosecond))
            }
        case .duration:
            let nanoseconds = try need(json.string.flatMap(GoDuration.nanoseconds))
            writer.message(number) { $0.integer(1, nanoseconds) }
        case .quantity:
            let text = try need(try? Quantity(json)).text
            writer.message(number) { $0.string(1, text) }
        case .intOrString:
            let text = json.string
            let integer = text == nil ? try need(json.int.flatMap { Int32(exactly: $0) }) : 0
            writer.message(number) { inner in
                inner.integer(1, text == nil ? 0 : 1)
                inner.integer(2, Int64(integer))
                inner.string(3, text ?? "")
            }
        case .any, .rawObject: writer.message(number) { $0.bytes(1, json.bytes) }
        case .object(let index):
            try writer.message(number) { inner throws(ProtobufError) in
                try ProtobufEncoder(depth: depth + 1).write(json, field.schema.type(at: index), to: &inner)
            }
        case .list, .map: throw ProtobufError("\(field.name): lists of lists have no form in protobuf")
        }
    }
}
