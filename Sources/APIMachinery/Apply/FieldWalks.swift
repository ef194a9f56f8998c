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
        if let old, let new, old.isObject, new.isObject, !(old.isEmpty && new.isEmpty), shape(of: new) == .members {
            return (.none, memberDifference(old, new))
        }
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

    /// The same for two objects that are owned member by member: what is alike in both is passed over.
    private func memberDifference(_ old: JSON, _ new: JSON) -> Difference {
        var difference = Difference()
        let before = MemberTable(old)
        for present in new.members {
            let former = before[present.name]
            if former == present.value { continue }
            difference.take(.field(present.name), member(present.name).compare(former, present.value))
        }
        let after = MemberTable(new)
        for former in old.members where after[former.name] == nil {
            difference.take(.field(former.name), member(former.name).compare(former.value, nil))
        }
        return difference
    }

    /// Null and absence take whatever form the other side has.
    private func parts(ofSide side: JSON?, other: JSON?) -> [Part]? {
        if let side, !side.isNull { return parts(of: side) }
        return other.flatMap { parts(of: $0) } == nil ? .none : []
    }

    /// The live value with the configuration's fields laid over it.
    func merge(_ live: JSON?, _ config: JSON) throws(MergeFault) -> JSON {
        guard let parts = parts(of: config) else {
            if case .keyed(let keys) = shape(of: config) { throw withoutKey(config, keys) }
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
                guard case .field(let name) = part.element else { continue }
                if part.value.isNull {
                    // Takes away what is there, and is owned as a value would be.
                    if table[name] != nil { table[name] = JSON.null }
                    continue
                }
                table[name] = try part.merge(table[name])
            }
            return table.json
        }
        var seen: Set<FieldElement> = []
        for part in parts where !seen.insert(part.element).inserted {
            throw MergeFault(reason: "duplicate entries for key \(part.element.shown)")
        }
        return JSON(try mergeElements(present, parts))
    }

    private func withoutKey(_ list: JSON, _ keys: [String]) -> MergeFault {
        let index = list.elements.firstIndex { !hasKey($0, keys) } ?? 0
        let names = keys.map { JSON($0).text }.joined(separator: " ")
        return MergeFault(
            reason: list.elements[index].isObject
                ? "element \(index): associative list with keys has an element that omits all key fields [\(names)] (and "
                    + "doesn't have default values for any key fields)"
                : "element \(index): associative list with keys may not have non-map elements")
    }

    /// Elements that both have come in the configuration's order; what only the live list has stays before what followed it.
    private func mergeElements(_ live: [Part], _ config: [Part]) throws(MergeFault) -> [JSON] {
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
                result.append(try r.merge(liveValues[r.element]))
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

/// Why a configuration cannot be laid over anything, and where.
struct MergeFault: Error {
    /// As in a conflict: `.spec.containers[name="a"].env`.
    var path = ""
    var reason: String
}

extension ApplyContext.Part {
    /// The live value with this part of a configuration laid over it.
    fileprivate func merge(_ live: JSON?) throws(MergeFault) -> JSON {
        do {
            return try context.merge(live, value)
        } catch {
            throw MergeFault(path: element.shown + error.path, reason: error.reason)
        }
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
