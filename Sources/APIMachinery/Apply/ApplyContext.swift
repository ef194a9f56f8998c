/// What the schema says of a value for server-side apply.
struct ApplyContext {
    enum Shape: Equatable {
        /// Owned and replaced as a whole.
        case whole
        /// An object whose members are owned one by one.
        case members
        /// A list whose elements are told apart by these members.
        case keyed([String])
        /// A list whose elements are scalars that occur once.
        case set
    }

    private var schema: Schema?
    var value: SchemaValue?
    private var field: SchemaField?

    init(_ type: SchemaType?) {
        schema = type?.schema
        value = type.map { .object($0.index) }
    }

    private init(_ schema: Schema?, _ value: SchemaValue?, _ field: SchemaField?) {
        self.schema = schema
        self.value = value
        self.field = field
    }

    private var type: SchemaType? {
        guard let schema, case .object(let index) = value else { return nil }
        return schema.type(at: index)
    }

    /// What is of unknown type is taken for members if it is an object, else for a whole.
    func shape(of json: JSON) -> Shape {
        if json.isObject {
            if field?.isAtomicMap == true || type?.isAtomic == true { return .whole }
            return .members
        }
        guard json.isArray, case .list = value else { return .whole }
        switch field?.listType {
        case .map: return .keyed(field?.listMapKeys ?? [])
        case .set: return .set
        case .atomic, nil: return .whole
        }
    }

    func member(_ name: String) -> ApplyContext {
        switch value {
        case .object:
            let field = type?.field(name)
            return ApplyContext(schema, field?.value, field)
        case .map(let inner): return ApplyContext(schema, inner, nil)
        default: return ApplyContext(nil, nil, nil)
        }
    }

    var element: ApplyContext {
        guard case .list(let element) = value else { return ApplyContext(nil, nil, nil) }
        return ApplyContext(schema, element, nil)
    }

    /// A value's parts, each with its path element and context; nil if it has none of its own, or if elements cannot be
    /// told apart.
    func parts(of json: JSON) -> [Part]? {
        switch shape(of: json) {
        case .whole: return .none
        case .members:
            return json.members.map { Part(element: .field($0.name), value: $0.value, context: member($0.name)) }
        case .set: return json.elements.map { Part(element: .value($0), value: $0, context: element) }
        case .keyed(let keys):
            var parts: [Part] = []
            for value in json.elements {
                guard let key = key(of: value, keys) else { return .none }
                parts.append(Part(element: key, value: value, context: element))
            }
            return parts
        }
    }

    struct Part {
        var element: FieldElement
        var value: JSON
        var context: ApplyContext
    }

    /// Whether these members tell an element apart.
    func hasKey(_ element: JSON, _ keys: [String]) -> Bool { key(of: element, keys) != nil }

    /// A key that an element leaves out has its default, or is left out of what tells it apart; nil if all are.
    private func key(of element: JSON, _ keys: [String]) -> FieldElement? {
        guard element.isObject else { return .none }
        var parts: [FieldElement.KeyPart] = []
        for name in keys.sorted() {
            guard let value = element[name] ?? self.element.type?.field(name)?.defaultValue else { continue }
            parts.append(FieldElement.KeyPart(name: name, value: value))
        }
        return parts.isEmpty ? .none : .key(parts)
    }
}
