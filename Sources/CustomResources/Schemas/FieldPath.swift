import APIMachinery

/// A path to one field, such as `.spec.labels['app.kubernetes.io/name']`: the simple form of JSONPath that definitions use.
public struct FieldPath: Sendable, Equatable {
    /// The names on the way.
    public let names: [String]

    /// nil for what is no such path.
    public init?(_ text: String) {
        var names: [String] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first == "." {
                rest.removeFirst()
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { return nil }
                names.append(String(name))
                rest = rest.dropFirst(name.count)
            } else if rest.hasPrefix("['") {
                rest = rest.dropFirst(2)
                var name = ""
                while let character = rest.first, character != "'" {
                    if character == "\\" { rest.removeFirst() }
                    guard let kept = rest.first else { return nil }
                    name.append(kept)
                    rest.removeFirst()
                }
                guard rest.hasPrefix("']") else { return nil }
                rest = rest.dropFirst(2)
                names.append(name)
            } else {
                return nil
            }
        }
        guard !names.isEmpty else { return nil }
        self.names = names
    }

    /// What a schema says of the field; nil if it has none of that name.
    func schema(in root: StructuralSchema) -> StructuralSchema? {
        var schema = root
        for name in names {
            guard let inner = schema.properties[name] ?? schema.additional.schema else { return nil }
            schema = inner
        }
        return schema
    }
}
