extension JSON {
    /// The elements of an array; empty for anything else.
    public var elements: [JSON] {
        switch node {
        case .array(let elements): elements
        case .slice(let document, let index) where isArray: document.elements(Int(index))
        default: []
        }
    }
    /// The members of an object in their order; empty for anything else.
    public var members: [(name: String, value: JSON)] {
        switch node {
        case .object(let members): members
        case .slice(let document, let index) where isObject: document.members(Int(index))
        default: []
        }
    }
    /// The strings among an array's elements.
    public var strings: [String] { elements.compactMap(\.string) }
    /// An object's members that are strings; empty for anything else.
    public var stringMap: [String: String] {
        var map: [String: String] = [:]
        for member in members { if let text = member.value.string { map[member.name] = text } }
        return map
    }
    /// The number of elements or members; 0 for scalars.
    public var count: Int {
        switch node {
        case .array(let elements): elements.count
        case .object(let members): members.count
        case .slice(let document, let index): document.count(Int(index))
        default: 0
        }
    }
    /// Whether this is an array or object with nothing in it, or null.
    public var isEmpty: Bool {
        switch kind {
        case .array, .object: count == 0
        case .null: true
        default: false
        }
    }
    /// How deep containers are nested: 0 for scalars, 1 for `[]`.
    public var depth: Int {
        switch node {
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .object(let members): 1 + (members.lazy.map(\.value.depth).max() ?? 0)
        case .slice(let document, let index): document.depth(Int(index))
        default: 0
        }
    }

    func member(_ name: String) -> JSON? {
        switch node {
        case .object(let members):
            for index in members.indices where sameBytes(members[index].name, name) { return members[index].value }
            return nil
        case .slice(let document, let index) where document.token(Int(index)).kind == .object:
            return document.member(name, of: Int(index)).map { JSON(document, $0) }
        default: return nil
        }
    }

    func element(_ position: Int) -> JSON {
        switch node {
        case .array(let elements): return elements.indices.contains(position) ? elements[position] : .null
        case .slice(let document, let index) where isArray:
            guard position >= 0, position < document.count(Int(index)) else { return .null }
            var element = Int(index) + 2
            for _ in 0..<position { element = document.next(after: element) }
            return JSON(document, element)
        default: return .null
        }
    }

    /// The same as the path subscript with the path as an array; the empty path is the value itself.
    public func at(_ path: [String]) -> JSON? {
        var value = self
        for name in path {
            guard let next = value.member(name) else { return nil }
            value = next
        }
        return value
    }
}

extension Document {
    func elements(_ array: Int) -> [JSON] {
        var elements: [JSON] = []
        elements.reserveCapacity(count(array))
        let end = next(after: array)
        var index = array + 2
        while index < end {
            elements.append(JSON(self, index))
            index = next(after: index)
        }
        return elements
    }

    func members(_ object: Int) -> [JSON.Member] {
        var members: [JSON.Member] = []
        members.reserveCapacity(count(object) + 1)
        let end = next(after: object)
        var index = object + 2
        while index < end {
            members.append((name: string(index), value: JSON(self, index + 1)))
            index = next(after: index + 1)
        }
        return members
    }

    func depth(_ index: Int) -> Int {
        let last = next(after: index)
        var ends: [Int] = []
        var deepest = 0
        var index = index
        while index < last {
            while let end = ends.last, end <= index { ends.removeLast() }
            if token(index).isContainer {
                ends.append(next(after: index))
                deepest = max(deepest, ends.count)
                index += 2
            } else {
                index += 1
            }
        }
        return deepest
    }
}

/// Whether two strings have the same bytes; `==` would also take canonically equivalent ones for the same.
@inline(__always)
func sameBytes(_ left: String, _ right: String) -> Bool {
    // Of names that differ nearly all do in their length or for `==`, which compares words and not bytes.
    guard left.utf8.count == right.utf8.count, left == right else { return false }
    let isSame = left.utf8.withContiguousStorageIfAvailable { one in
        right.utf8.withContiguousStorageIfAvailable { Document.equalBytes(one, 0, $0) }
    }
    return isSame.flatMap { $0 } ?? left.utf8.elementsEqual(right.utf8)
}
