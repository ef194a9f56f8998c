extension ApplyContext {
    /// The fields that a configuration names, which its applier will own.
    func fields(of json: JSON) -> FieldSet {
        var set = FieldSet()
        for part in parts(of: json) ?? [] {
            let inner = part.context.fields(of: part.value)
            set[child: part.element] = inner
            let isField = if case .field = part.element { true } else { false }
            let isMapEntry = if case .map = value { true } else { false }
            let isLeaf = part.context.parts(of: part.value) == nil || (isField && part.value.isEmpty)
            if isLeaf || !isField || isMapEntry { set.members.insert(part.element) }
        }
        return set
    }

    /// Which fields came, went and changed, as sets of paths.
    struct Difference {
        var added = FieldSet()
        var removed = FieldSet()
        var modified = FieldSet()
    }
    enum Change { case none, added, removed, modified }

    func difference(from old: JSON, to new: JSON) -> Difference { compare(old, new).1 }

    private func compare(_ old: JSON?, _ new: JSON?) -> (Change, Difference) {
        let change: Change = old == nil ? .added : new == nil ? .removed : .none
        if let old, let new, old == new { return (.none, Difference()) }
        let before = parts(ofSide: old, other: new)
        let after = parts(ofSide: new, other: old)
        guard let before, let after, !(before.isEmpty && after.isEmpty) else {
            return (change == .none ? .modified : change, Difference())
        }
        var difference = Difference()
        let beforeByElement = Dictionary(before.map { ($0.element, $0) }) { $1 }
        let afterByElement = Dictionary(after.map { ($0.element, $0) }) { $1 }
        for (element, part) in afterByElement {
            difference.take(element, part.context.compare(beforeByElement[element]?.value, part.value))
        }
        for (element, part) in beforeByElement where afterByElement[element] == nil {
            difference.take(element, part.context.compare(part.value, nil))
        }
        return (change, difference)
    }

    /// Null and absence take whatever form the other side has.
    private func parts(ofSide side: JSON?, other: JSON?) -> [Part]? {
        if let side, !side.isNull { return parts(of: side) }
        return other.flatMap { parts(of: $0) } == nil ? .none : []
    }

    /// The live value with the configuration's fields laid over it.
    func merge(_ live: JSON?, _ config: JSON) throws(StatusError) -> JSON {
        guard let parts = parts(of: config) else {
            if case .keyed(let keys) = shape(of: config) {
                let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
                throw .badRequest(
                    "failed to create typed patch object: an element of a list omits one of its keys: \(names)")
            }
            return config
        }
        let present = live.flatMap { $0.kind == config.kind ? self.parts(of: $0) : nil } ?? []
        if config.isObject {
            var table = MemberTable(
                JSON(
                    members: present.compactMap { part in
                        guard case .field(let name) = part.element else { return nil }
                        return (name: name, value: part.value)
                    }))
            for part in parts {
                guard case .field(let name) = part.element, !part.value.isNull else { continue }
                table[name] = try part.context.merge(table[name], part.value)
            }
            return table.json
        }
        guard Set(parts.map(\.element)).count == parts.count else {
            throw .badRequest("failed to create typed patch object: duplicate entries in a list")
        }
        return JSON(try mergeElements(present, parts))
    }

    /// Elements that both have come in the configuration's order; what only the live list has stays before what followed it.
    private func mergeElements(_ live: [Part], _ config: [Part]) throws(StatusError) -> [JSON] {
        let liveValues = Dictionary(live.map { ($0.element, $0.value) }) { first, _ in first }
        let configured = Set(config.map(\.element))
        var shared = config.map(\.element).filter { liveValues[$0] != nil }[...]
        var merged: Set<FieldElement> = []
        var result: [JSON] = []
        var left = live[...]
        var right = config[...]
        while let next = right.first ?? left.first {
            if let l = left.first, let r = right.first, l.element != r.element, configured.contains(l.element),
                let wanted = shared.first, wanted != l.element
            {
                left.removeFirst()
            } else if let l = left.first, !configured.contains(l.element) {
                result.append(l.value)
                left.removeFirst()
            } else if let l = left.first, merged.contains(l.element) {
                left.removeFirst()
            } else if let r = right.popFirst() {
                result.append(try r.context.merge(liveValues[r.element], r.value))
                merged.insert(r.element)
                if shared.first == r.element { shared.removeFirst() }
            } else {
                _ = next
                left.removeFirst()
            }
        }
        return result
    }

    /// The value without what was applied last and nobody owns any more; nil if nothing is left of it.
    func prune(_ json: JSON, last: FieldSet, owned: FieldSet) -> JSON? {
        guard !last.isEmpty, let parts = parts(of: json), !parts.isEmpty else { return json }
        var kept: [(element: FieldElement, value: JSON)] = []
        for part in parts {
            guard last.touches(part.element) else {
                kept.append((part.element, part.value))
                continue
            }
            guard owned.touches(part.element) else { continue }
            let inner = part.context.prune(
                part.value, last: last[child: part.element], owned: owned[child: part.element])
            if let inner {
                kept.append((part.element, inner))
            } else if owned.members.contains(part.element) {
                kept.append((part.element, part.value.isArray ? .array : .object))
            }
        }
        if kept.isEmpty { return .none }
        if json.isArray { return JSON(kept.map(\.value)) }
        return JSON(
            members: kept.compactMap { entry in
                guard case .field(let name) = entry.element else { return nil }
                return (name: name, value: entry.value)
            })
    }
}

extension ApplyContext.Difference {
    fileprivate mutating func take(_ element: FieldElement, _ outcome: (ApplyContext.Change, ApplyContext.Difference)) {
        switch outcome.0 {
        case .none: break
        case .added: added.members.insert(element)
        case .removed: removed.members.insert(element)
        case .modified: modified.members.insert(element)
        }
        added[child: element] = outcome.1.added
        removed[child: element] = outcome.1.removed
        modified[child: element] = outcome.1.modified
    }
}
