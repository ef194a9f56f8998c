import APIMachinery

/// What `kubectl apply` makes of three versions of an object: what was applied last, what is applied now, and what is
/// live. Members that were applied and are no more are removed; what others have set stays. Lists follow the kind's
/// patch strategy: merged by key, merged as a set, or replaced.
enum ThreeWayMerge {
    /// `type` is the kind's schema; without one (a custom kind) every list is replaced.
    static func merge(last: JSON?, now: JSON, live: JSON, type: SchemaType?) -> JSON {
        guard now.isObject, live.isObject else { return withoutNulls(now) }
        var result = live
        for member in last?.members ?? [] where now[member.name] == nil { result[member.name] = nil }
        for member in now.members {
            if member.value.isNull {
                result[member.name] = nil
                continue
            }
            let field = type?.field(member.name)
            result[member.name] = value(
                last: last?[member.name], now: member.value, live: live[member.name] ?? .null, field: field,
                inner: field?.type)
        }
        return result
    }

    private static func value(
        last: JSON?, now: JSON, live: JSON, field: SchemaField?, inner: SchemaType?
    ) -> JSON {
        if now.isObject {
            guard live.isObject, field?.isAtomicMap != true else { return withoutNulls(now) }
            var merged = merge(last: last, now: now, live: live, type: inner)
            if field?.retainsKeys == true {
                for member in live.members where now[member.name] == nil { merged[member.name] = nil }
            }
            return merged
        }
        guard now.isArray, live.isArray, let field, field.mergesInPatch else { return withoutNulls(now) }
        if let key = field.mergeKey {
            return keyed(last: last, now: now, live: live, key: key, inner: inner)
        }
        return asSet(last: last, now: now, live: live)
    }

    /// A list of objects that a member tells apart.
    private static func keyed(last: JSON?, now: JSON, live: JSON, key: String, inner: SchemaType?) -> JSON {
        func name(_ element: JSON) -> String? { element[key].map { $0.string ?? $0.text } }
        func find(_ wanted: String?, in list: JSON?) -> JSON? {
            wanted.flatMap { wanted in list?.elements.first { name($0) == wanted } }
        }
        let merged = now.elements.map { element -> JSON in
            guard let before = find(name(element), in: live) else { return withoutNulls(element) }
            return merge(last: find(name(element), in: last), now: element, live: before, type: inner)
        }
        let wanted = Set(now.elements.compactMap(name))
        let gone = Set((last?.elements ?? []).compactMap(name)).subtracting(wanted)
        let others = live.elements.filter { element in
            name(element).map { !wanted.contains($0) && !gone.contains($0) } ?? false
        }
        // If those that stay are in the wanted order already, they keep their places.
        let staying = live.elements.compactMap(name).filter { wanted.contains($0) }
        let order = now.elements.compactMap(name).filter { Set(staying).contains($0) }
        guard staying == order else { return JSON(merged + others) }
        var result = live.elements.compactMap { element -> JSON? in
            guard let own = name(element), !gone.contains(own) else { return nil }
            return find(own, in: JSON(merged)) ?? element
        }
        result += merged.filter { element in name(element).map { !staying.contains($0) } ?? true }
        return JSON(result)
    }

    /// A list of scalars in which each counts once, such as finalizers.
    private static func asSet(last: JSON?, now: JSON, live: JSON) -> JSON {
        let gone = (last?.elements ?? []).filter { !now.elements.contains($0) }
        let kept = live.elements.filter { !gone.contains($0) }
        return JSON(kept + now.elements.filter { !kept.contains($0) })
    }

    /// A null asks for removal; where there is nothing to remove it is left out.
    private static func withoutNulls(_ value: JSON) -> JSON {
        guard value.isObject, value.members.contains(where: { $0.value.isNull || $0.value.isObject }) else {
            return value
        }
        return JSON(
            members: value.members.filter { !$0.value.isNull }.map { (name: $0.name, value: withoutNulls($0.value)) })
    }
}
