/// The merging of lists: of objects by their merge key, of scalars as sets.
struct StrategicListMerge {
    var key: String?
    var context: MergeContext

    func merge(_ patch: JSON, into original: JSON) throws(PatchFailure) -> JSON {
        let changes = patch.elements
        let present = original.elements
        guard let kind = (present.first ?? changes.first)?.kind else { return original }
        guard kind != .array else { throw PatchFailure("lists of lists are not supported") }
        guard (present + changes).allSatisfy({ ($0.isObject) == (kind == .object) }) else {
            throw PatchFailure("list element types are not identical")
        }
        guard kind == .object else {
            var seen: Set<JSON> = []
            let merged = (present + changes).filter { seen.insert($0).inserted }
            return JSON(try ordered(merged, by: changes, server: present))
        }
        guard let key else { throw PatchFailure("cannot merge lists without merge key") }
        let (kept, additions) = try special(changes, present, key)
        let merged = try mergeObjects(additions, into: kept, key)
        return JSON(try ordered(merged, by: additions, server: kept))
    }

    /// Carries out `$patch: delete` and `$patch: replace`; answers what stays, and what is still to be merged.
    private func special(_ changes: [JSON], _ present: [JSON], _ key: String) throws(PatchFailure) -> ([JSON], [JSON]) {
        var additions: [JSON] = []
        var gone: Set<JSON> = []
        var replaces = false
        for change in changes {
            switch change[Directive.patch]?.string {
            case nil where change[Directive.patch] == nil: additions.append(change)
            case "delete": gone.insert(try value(of: key, change))
            case "replace": replaces = true
            case "merge": throw PatchFailure("merging lists cannot yet be specified in the patch")
            default:
                throw PatchFailure("unknown patch type: \(change[Directive.patch]?.text ?? "") in map: \(change.text)")
            }
        }
        if replaces { return (additions.compactMap(Directive.stripped), []) }
        let kept =
            gone.isEmpty ? present : present.filter { element in element[key].map { !gone.contains($0) } ?? true }
        return (kept, additions)
    }

    private func mergeObjects(_ additions: [JSON], into kept: [JSON], _ key: String) throws(PatchFailure) -> [JSON] {
        var merged = kept
        var positions: [JSON: Int] = [:]
        for (position, element) in kept.enumerated() {
            if let value = element[key], positions[value] == nil { positions[value] = position }
        }
        for addition in additions {
            let value = try value(of: key, addition)
            if let position = positions[value] {
                merged[position] = try StrategicMerge.merge(MemberTable(addition), into: merged[position], context)
            } else if let new = Directive.stripped(addition) {
                positions[value] = merged.count
                merged.append(new)
            }
        }
        return merged
    }

    private func value(of key: String, _ element: JSON) throws(PatchFailure) -> JSON {
        guard let value = element[key] else {
            throw PatchFailure("map: \(element.text) does not contain declared merge key: \(key)")
        }
        return value
    }

    /// What tells one element from another: its merge key, or itself.
    private func identity(_ element: JSON) throws(PatchFailure) -> JSON {
        guard let key, element.isObject else { return element }
        return try value(of: key, element)
    }

    /// The elements of `order` in that order, and the others where the server has them: before the first of `order` that
    /// the server has after them.
    func ordered(_ elements: [JSON], by order: [JSON], server: [JSON]) throws(PatchFailure) -> [JSON] {
        let wanted = try positions(order)
        let held = try positions(server)
        var named: [(rank: Int, element: JSON, held: Int?)] = []
        var others: [(element: JSON, held: Int?)] = []
        for element in elements {
            let identity = try identity(element)
            if let rank = wanted[identity] {
                named.append((rank, element, held[identity]))
            } else {
                others.append((element, held[identity]))
            }
        }
        named.sort { $0.rank < $1.rank }
        others.sort { ($0.held ?? Int.max) < ($1.held ?? Int.max) }
        var result: [JSON] = []
        var rest = others[...]
        for one in named {
            while let other = rest.first, let left = other.held, let right = one.held, left < right {
                result.append(other.element)
                rest.removeFirst()
            }
            result.append(one.element)
        }
        return result + rest.map(\.element)
    }

    private func positions(_ elements: [JSON]) throws(PatchFailure) -> [JSON: Int] {
        var positions: [JSON: Int] = [:]
        for (position, element) in elements.enumerated() {
            let identity = try identity(element)
            if positions[identity] == nil { positions[identity] = position }
        }
        return positions
    }

    /// Refuses a patch whose elements come in another order than `$setElementOrder/` says.
    func check(_ changes: [JSON], follows order: [JSON]) throws(PatchFailure) {
        if order.isEmpty { return }
        var rest = order[...]
        for change in changes where change[Directive.patch] == nil {
            let wanted = try identity(change)
            var isFound = false
            while !isFound, let next = rest.popFirst() { isFound = try identity(next) == wanted }
            if !isFound {
                let shown = (JSON(changes).text, JSON(order).text)
                throw PatchFailure(
                    "The order in patch list:\n\(shown.0)\n doesn't match $setElementOrder list:\n\(shown.1)\n")
            }
        }
    }
}
