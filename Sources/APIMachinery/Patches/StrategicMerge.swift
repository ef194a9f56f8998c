/// The merging of objects.
enum StrategicMerge {
    static func merge(
        _ patch: MemberTable, into original: JSON, _ context: MergeContext
    ) throws(PatchFailure) -> JSON {
        var patch = patch
        if let directive = patch[Directive.patch] {
            patch[Directive.patch] = .none
            switch directive.string {
            case "replace": return patch.json
            case "delete": return .object
            default: throw PatchFailure("unknown patch type: \(directive.text) in map: \(patch.json.text)")
            }
        }
        var result = MemberTable(original)
        try retainKeys(&patch, &result)
        try mergeOrderedLists(&patch, &result, context)
        for name in patch.names {
            guard let value = patch[name] else { continue }
            if name.hasPrefix(Directive.deleteFromPrimitiveList) {
                let list = String(name.dropFirst(Directive.deleteFromPrimitiveList.count))
                guard value.isArray else { throw PatchFailure("invalid patch format of primitive list") }
                if let present = result[list], present.isArray {
                    let gone = Set(value.elements)
                    result[list] = JSON(present.elements.filter { !gone.contains($0) })
                }
            } else {
                result[name] = try merge(value, named: name, into: result[name], context)
            }
        }
        return result.json
    }

    /// One member's new value; nil removes it.
    private static func merge(
        _ value: JSON, named name: String, into present: JSON?, _ context: MergeContext
    ) throws(PatchFailure) -> JSON? {
        if value.isNull { return .none }
        guard let present, present.kind == value.kind, value.isArray || value.isObject else {
            return Directive.stripped(value)
        }
        let strategy = context.strategy(of: name)
        if value.isObject {
            if strategy.replaces { return value }
            return try merge(MemberTable(value), into: present, context.member(name))
        }
        guard strategy.merges else { return value }
        return try StrategicListMerge(key: strategy.mergeKey, context: context.member(name)).merge(value, into: present)
    }

    /// `$retainKeys` names the only members that may stay.
    private static func retainKeys(_ patch: inout MemberTable, _ result: inout MemberTable) throws(PatchFailure) {
        guard let directive = patch[Directive.retainKeys] else { return }
        patch[Directive.retainKeys] = .none
        guard directive.isArray else { throw PatchFailure("invalid patch format of retainKeys") }
        let kept = Set(directive.strings)
        for name in patch.names where !Directive.isOne(name) && patch[name]?.isNull == false && !kept.contains(name) {
            throw PatchFailure("invalid patch format of retainKeys")
        }
        for name in result.names where !kept.contains(name) { result[name] = .none }
    }

    /// The lists for which `$setElementOrder/` gives the order; they are taken out of the patch.
    private static func mergeOrderedLists(
        _ patch: inout MemberTable, _ result: inout MemberTable, _ context: MergeContext
    ) throws(PatchFailure) {
        for directive in patch.names where directive.hasPrefix(Directive.setElementOrder) {
            guard let order = patch[directive] else { continue }
            patch[directive] = .none
            guard order.isArray else { throw PatchFailure("invalid patch format of setElementOrder list") }
            let name = String(directive.dropFirst(Directive.setElementOrder.count))
            let strategy = context.strategy(of: name)
            let lists = StrategicListMerge(key: strategy.mergeKey, context: context.member(name))
            let change = patch[name]
            let present = result[name]
            guard change?.isArray ?? true, present?.isArray ?? true else { continue }
            if change == nil && present == nil { continue }
            patch[name] = .none
            if let change { try lists.check(change.elements, follows: order.elements) }
            let merged: JSON
            if let change, let present {
                merged = strategy.merges ? try lists.merge(change, into: present) : change
            } else {
                merged = present ?? change.flatMap(Directive.stripped) ?? .array
            }
            result[name] = JSON(
                try lists.ordered(merged.elements, by: order.elements, server: present?.elements ?? []))
        }
    }
}
