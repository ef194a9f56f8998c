import APIMachinery
import KubeAPI
import Testing

/// The notation against the API description of a real server: every field, number, type and merge rule.
@Suite struct SchemaFactsTests {
    @Test func isSound() { #expect(Schema.kubernetes.problems == []) }

    @Test func fieldsAreThoseOfTheAPI() throws {
        guard let definitions = Reference.read("api-facts.json")?["definitions"] else { return }
        var checked = 0
        for type in Schema.kubernetes.types {
            guard let definition = definitions[type.name] else { continue }
            let properties = definition["properties"]?.members ?? []
            #expect(Set(properties.map(\.name)) == Set(type.fields.map(\.name)), "\(type.name)")
            #expect(type.isAtomic == (definition["x-kubernetes-map-type"]?.string == "atomic"), "\(type.name)")
            let required = Set(definition["required"]?.strings ?? [])
            for (name, fact) in properties {
                let field = try #require(type.field(name), "\(type.name).\(name)")
                let place: Comment = "\(type.name).\(name)"
                #expect(field.isRequired == required.contains(name), place)
                #expect(describe(field.value, type.schema) == describe(fact), place)
                #expect(field.patchStrategy == fact["x-kubernetes-patch-strategy"]?.string ?? "", place)
                #expect(field.mergeKey == fact["x-kubernetes-patch-merge-key"]?.string, place)
                #expect(field.listMapKeys == fact["x-kubernetes-list-map-keys"]?.strings ?? [], place)
                #expect(field.listType?.rawValue == fact["x-kubernetes-list-type"]?.string, place)
                #expect(field.isAtomicMap == (fact["x-kubernetes-map-type"]?.string == "atomic"), place)
                checked += 1
            }
        }
        #expect(checked > 1000)
    }

    @Test func numbersAreThoseOfProtobuf() throws {
        guard let messages = Reference.read("protobuf-facts.json") else { return }
        var checked = 0
        for type in Schema.kubernetes.types {
            guard let message = messages["k8s.io." + type.name.dropFirst("io.k8s.".count)] else { continue }
            for (name, fact) in message.members {
                let number = try #require(fact[0].int)
                switch type.protobufMember(number) {
                case .field(let field): #expect(field.name.lowercased() == name.lowercased(), "\(type.name) \(number)")
                case .inlined(let inner):
                    #expect(fact[1].string?.split(separator: ".").last.map { String($0) } == inner.shortName)
                case nil: Issue.record("\(type.name) has no \(number) (\(name))")
                }
                checked += 1
            }
        }
        #expect(checked > 1000)
    }

    /// A short text for a value's type, the same for the notation and for the facts.
    private func describe(_ value: SchemaValue, _ schema: Schema) -> String {
        switch value {
        case .string: "string"
        case .boolean: "boolean"
        case .int32, .int64: value == .int32 ? "integer/int32" : "integer/int64"
        case .double: "number/double"
        case .bytes: "string/byte"
        case .time: "Time"
        case .microTime: "MicroTime"
        case .duration: "Duration"
        case .quantity: "Quantity"
        case .intOrString: "IntOrString"
        case .any: "any"
        case .rawObject: "raw"
        case .object: schema.type(of: value)?.name ?? ""
        case .list(let element): "[\(describe(element, schema))]"
        case .map(let element): "{\(describe(element, schema))}"
        }
    }

    private func describe(_ fact: JSON) -> String {
        if let reference = fact["$ref"]?.string {
            let last = reference.split(separator: ".").last.map { String($0) } ?? ""
            switch last {
            case "Time", "MicroTime", "Quantity", "IntOrString", "Duration": return last
            case "RawExtension", "FieldsV1": return "raw"
            // What a definition has a JSON value for, or a schema or something simpler.
            case "JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrStringArray": return "any"
            default: return reference
            }
        }
        if let items = fact["items"] { return "[\(describe(items))]" }
        if let values = fact["additionalProperties"] { return "{\(describe(values))}" }
        let format = fact["format"]?.string.map { "/\($0)" } ?? ""
        return (fact["type"]?.string ?? "any") + format
    }
}
