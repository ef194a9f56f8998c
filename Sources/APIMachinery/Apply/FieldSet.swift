/// One step of a path in an object (structured-merge-diff's PathElement).
enum FieldElement: Hashable, Sendable {
    struct KeyPart: Hashable, Sendable {
        var name: String
        var value: JSON
    }
    /// A member of an object or map.
    case field(String)
    /// An element of a list, by the members that tell elements apart, in the order of their names.
    case key([KeyPart])
    /// An element of a set.
    case value(JSON)
    case index(Int)

    /// As in fieldsV1: `f:name`, `k:{"name":"x"}`, `v:"x"`, `i:0`.
    var text: String {
        switch self {
        case .field(let name): "f:\(name)"
        case .key(let parts): "k:\(JSON(members: parts.map { (name: $0.name, value: $0.value) }).text)"
        case .value(let value): "v:\(value.text)"
        case .index(let index): "i:\(index)"
        }
    }

    init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count >= 2, bytes.dropFirst().first == UInt8(ascii: ":") else { return nil }
        let content = String(text[bytes.index(bytes.startIndex, offsetBy: 2)...])
        switch bytes.first {
        case UInt8(ascii: "f"): self = .field(content)
        case UInt8(ascii: "k"):
            guard let key = try? JSON(parsing: content), key.isObject else { return nil }
            let parts = key.members.map { KeyPart(name: $0.name, value: $0.value) }
            self = .key(parts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        case UInt8(ascii: "v"):
            guard let value = try? JSON(parsing: content) else { return nil }
            self = .value(value)
        case UInt8(ascii: "i"):
            guard let index = Int(content) else { return nil }
            self = .index(index)
        default: return nil
        }
    }

    /// As in a conflict's path: `.name`, `[name="x"]`, `[="x"]`, `[0]`.
    var shown: String {
        switch self {
        case .field(let name): ".\(name)"
        case .key(let parts): "[\(parts.map { "\($0.name)=\($0.value.text)" }.joined(separator: ","))]"
        case .value(let value): "[=\(value.text)]"
        case .index(let index): "[\(index)]"
        }
    }
}

/// A set of paths (structured-merge-diff's Set): those that end here, and those that go on.
struct FieldSet: Equatable, Sendable {
    var members: Set<FieldElement> = []
    /// None of them is empty.
    private(set) var children: [FieldElement: FieldSet] = [:]

    var isEmpty: Bool { members.isEmpty && children.isEmpty }

    /// Whether the path or one that goes on from it is in the set.
    func touches(_ element: FieldElement) -> Bool { members.contains(element) || children[element] != nil }

    subscript(child element: FieldElement) -> FieldSet {
        get { children[element] ?? FieldSet() }
        set { children[element] = newValue.isEmpty ? .none : newValue }
    }

    mutating func insert(_ path: ArraySlice<FieldElement>) {
        guard let first = path.first else { return }
        if path.count == 1 {
            members.insert(first)
        } else {
            self[child: first].insert(path.dropFirst())
        }
    }

    func union(_ other: FieldSet) -> FieldSet {
        var result = self
        result.members.formUnion(other.members)
        for (element, set) in other.children { result[child: element] = result[child: element].union(set) }
        return result
    }

    func subtracting(_ other: FieldSet) -> FieldSet {
        var result = self
        result.members.subtract(other.members)
        for (element, set) in other.children where result.children[element] != nil {
            result[child: element] = result[child: element].subtracting(set)
        }
        return result
    }

    func intersection(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.members = members.intersection(other.members)
        for (element, set) in children {
            if let same = other.children[element] { result[child: element] = set.intersection(same) }
        }
        return result
    }

    /// Without these paths and all that goes on from them.
    func excluding(_ other: FieldSet) -> FieldSet {
        var result = subtracting(other)
        for element in other.members { result[child: element] = FieldSet() }
        for (element, set) in other.children where result.children[element] != nil {
            result[child: element] = result[child: element].excluding(set)
        }
        return result
    }

    /// All paths as texts, in order: `.spec.containers[name="a"].image`.
    var paths: [String] {
        var paths = members.map(\.shown)
        for (element, set) in children { paths += set.paths.map { element.shown + $0 } }
        return paths.sorted()
    }
}

extension FieldSet {
    /// From fieldsV1; what cannot be read is left out.
    init(_ json: JSON) {
        for (name, value) in json.members where name != "." {
            guard let element = FieldElement(name) else { continue }
            if value.isEmpty {
                members.insert(element)
                continue
            }
            if value["."] != nil { members.insert(element) }
            self[child: element] = FieldSet(value)
        }
    }

    /// As fieldsV1.
    var json: JSON {
        var entries: [JSON.Member] = []
        entries.reserveCapacity(members.count + children.count)
        for element in members where children[element] == nil { entries.append((element.text, .object)) }
        for (element, set) in children {
            let inner = set.json
            let isBoth = members.contains(element)
            entries.append((element.text, isBoth ? JSON(members: [(".", .object)] + inner.members) : inner))
        }
        return JSON(members: entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }
}
