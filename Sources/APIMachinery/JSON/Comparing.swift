/// Two values are equal if they have the same meaning: the order of members does not count, numbers count by value (whole
/// ones exactly, others as doubles), strings by their bytes.
extension JSON: Equatable, Hashable {
    public static func == (left: JSON, right: JSON) -> Bool {
        if case .slice(let a, let i) = left.node, case .slice(let b, let j) = right.node {
            if a === b && i == j || Document.sameText(a, a.range(Int(i)), b, b.range(Int(j))) { return true }
            // A string without escapes has one text.
            if a.token(Int(i)).kind == .string, b.token(Int(j)).kind == .string { return false }
        }
        let kind = left.kind
        guard kind == right.kind, left.count == right.count else { return false }
        switch kind {
        case .null: return true
        case .bool: return left.bool == right.bool
        case .number: return sameNumber(left, right)
        case .string: return sameBytes(left.string ?? "", right.string ?? "")
        case .array: return left.elements.elementsEqual(right.elements)
        case .object: return sameMembers(left.members, right.members)
        }
    }

    private static func sameNumber(_ left: JSON, _ right: JSON) -> Bool {
        if let a = left.int, let b = right.int { return a == b }
        guard let a = left.double, let b = right.double else { return left.number == right.number }
        return a == b
    }

    /// Members usually come in the same order; only where they do not are they sorted.
    private static func sameMembers(_ left: [Member], _ right: [Member]) -> Bool {
        var isInOrder = true
        for (one, other) in zip(left, right) {
            // No other member has this name.
            if sameBytes(one.name, other.name) {
                if one.value != other.value { return false }
            } else {
                isInOrder = false
            }
        }
        if isInOrder { return true }
        let a = left.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let b = right.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return zip(a, b).allSatisfy { sameBytes($0.name, $1.name) && $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        switch kind {
        case .null: hasher.combine(0)
        case .bool: hasher.combine(bool)
        case .number: hasher.combine(double)
        case .string: hasher.combine(ExactString(string ?? ""))
        case .array: for element in elements { element.hash(into: &hasher) }
        case .object:
            // The order of members must not count.
            var sum = 0
            for member in members {
                var inner = Hasher()
                inner.combine(ExactString(member.name))
                member.value.hash(into: &inner)
                sum &+= inner.finalize()
            }
            hasher.combine(sum)
        }
    }
}
