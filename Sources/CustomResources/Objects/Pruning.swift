import APIMachinery
import KubeAPI

/// Drops what a schema does not know, and keeps the paths of what it dropped.
struct Pruning {
    /// So many paths are told.
    private static let mostPaths = 100
    private static let ofEveryKind: Set<String> = ["apiVersion", "kind", "metadata"]

    private(set) var dropped: [String] = []
    private var path: [String] = []

    /// An object whose apiVersion, kind and metadata are not the schema's business.
    static func prune(_ object: inout JSON, _ schema: StructuralSchema) -> [String] {
        var pruning = Pruning()
        if let changed = pruning.read(object, schema, isEmbedded: true) { object = changed }
        return pruning.dropped.sorted()
    }

    /// The value without what is unknown; nil for "as it was".
    private mutating func read(_ value: JSON, _ schema: StructuralSchema?, isEmbedded: Bool = false) -> JSON? {
        switch value.kind {
        case .object: return readObject(value, schema, isEmbedded: isEmbedded || schema?.isEmbedded == true)
        case .array:
            var elements: [JSON]?
            for (position, element) in value.elements.enumerated() {
                path.append("[\(position)]")
                // A list of unknown things in something that keeps them keeps them, too.
                let changed =
                    schema?.preservesUnknownFields == true && schema?.items == nil ? nil : read(element, schema?.items)
                path.removeLast()
                guard let changed else { continue }
                if elements == nil { elements = value.elements }
                elements?[position] = changed
            }
            return elements.map { JSON($0) }
        default: return nil
        }
    }

    private mutating func readObject(_ value: JSON, _ schema: StructuralSchema?, isEmbedded: Bool) -> JSON? {
        var result: JSON?
        for member in value.members {
            if isEmbedded, Self.ofEveryKind.contains(member.name) { continue }
            let inner: StructuralSchema?
            if let property = schema?.properties[member.name] {
                inner = property
            } else {
                switch schema?.additional ?? .absent {
                case .schema(let additional): inner = additional
                // Members of any name, of which nothing is known, as with Kubernetes.
                case .anything: inner = nil
                case .absent where schema?.preservesUnknownFields == true: continue
                case .absent, .nothing:
                    tell(member.name)
                    if result == nil { result = value }
                    result?[member.name] = Optional.none
                    continue
                }
            }
            path.append(path.isEmpty ? member.name : ".\(member.name)")
            let changed = read(member.value, inner)
            path.removeLast()
            if let changed {
                if result == nil { result = value }
                result?[member.name] = changed
            }
        }
        return result
    }

    private mutating func tell(_ name: String) {
        guard dropped.count < Self.mostPaths else { return }
        dropped.append(path.isEmpty ? name : path.joined() + ".\(name)")
    }
}
