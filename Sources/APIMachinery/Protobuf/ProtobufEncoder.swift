import Basics

/// Turns JSON into messages; fields come in the order of their numbers.
struct ProtobufEncoder {
    let depth: Int

    func message(_ json: JSON, _ type: SchemaType) throws(ProtobufError) -> [UInt8] {
        guard depth < Protobuf.maximumDepth else { throw ProtobufError("messages are nested too deep") }
        guard json.isObject else { throw ProtobufError("\(type.shortName) must be an object") }
        var writer = ProtobufWriter()
        for number in type.protobufNumbers {
            switch type.protobufMember(number) {
            case .field(let field):
                if let value = json[field.name], !value.isNull { try write(value, field, number, to: &writer) }
            case .inlined(let inner):
                let content = try ProtobufEncoder(depth: depth + 1).message(json, inner)
                if !content.isEmpty { writer.bytes(number, content) }
            case nil: break
            }
        }
        return writer.output
    }

    private func write(
        _ json: JSON, _ field: SchemaField, _ number: Int, to writer: inout ProtobufWriter
    ) throws(ProtobufError) {
        switch field.value {
        case .list(let element):
            for value in json.elements { try write(value, element, field, number, to: &writer) }
        case .map(let inner):
            for member in json.members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
                var entry = ProtobufWriter()
                entry.string(1, member.name)
                if case .list(let element) = inner {
                    var list = ProtobufWriter()
                    for value in member.value.elements { try write(value, element, field, 1, to: &list) }
                    entry.bytes(2, list.output)
                } else {
                    try write(member.value, inner, field, 2, to: &entry)
                }
                writer.bytes(number, entry.output)
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
            var inner = ProtobufWriter()
            inner.integer(1, time.secondsSince1970)
            inner.integer(2, Int64(time.nanosecond))
            writer.bytes(number, inner.output)
        case .duration:
            var inner = ProtobufWriter()
            inner.integer(1, try need(json.string.flatMap(GoDuration.nanoseconds)))
            writer.bytes(number, inner.output)
        case .quantity:
            var inner = ProtobufWriter()
            inner.string(1, try need(try? Quantity(json)).text)
            writer.bytes(number, inner.output)
        case .intOrString: writer.bytes(number, try intOrString(json, need))
        case .any, .rawObject:
            var inner = ProtobufWriter()
            inner.bytes(1, json.bytes)
            writer.bytes(number, inner.output)
        case .object(let index):
            writer.bytes(number, try ProtobufEncoder(depth: depth + 1).message(json, field.schema.type(at: index)))
        case .list, .map: throw ProtobufError("\(field.name): lists of lists have no form in protobuf")
        }
    }

    private func intOrString(
        _ json: JSON, _ need: (Int32?) throws(ProtobufError) -> Int32
    ) throws(ProtobufError) -> [UInt8] {
        var inner = ProtobufWriter()
        inner.integer(1, json.string == nil ? 0 : 1)
        inner.integer(2, json.string == nil ? Int64(try need(json.int.flatMap { Int32(exactly: $0) })) : 0)
        inner.string(3, json.string ?? "")
        return inner.output
    }
}

extension SchemaType {
    /// The field numbers of its message, in their order.
    var protobufNumbers: [Int] { record.membersByNumber.keys.sorted() }
}
