/// A value that says which members to set and, by null, which to remove (RFC 7396).
public enum MergePatch {
    /// Throws 400 unless the patch is an object.
    public static func apply(_ patch: JSON, to value: JSON) throws(StatusError) -> JSON {
        guard patch.isObject else {
            throw .badRequest(
                "error decoding patch: json: cannot unmarshal \(patch.goKind) into Go value of type map[string]interface {}"
            )
        }
        return merge(patch, into: value)
    }

    private static func merge(_ patch: JSON, into value: JSON?) -> JSON {
        guard patch.isObject else { return patch }
        if let value, value.isObject, patch.isEmpty { return value }
        var table = MemberTable(value?.isObject == true ? value ?? .object : .object)
        for (name, change) in patch.members {
            table[name] = change.isNull ? .none : merge(change, into: table[name])
        }
        return table.json
    }

    /// The smallest patch that turns one object into the other.
    public static func difference(from old: JSON, to new: JSON) -> JSON {
        var patch: [JSON.Member] = []
        let before = MemberTable(old)
        let after = MemberTable(new)
        for (name, value) in new.members {
            guard let present = before[name] else {
                patch.append((name, value))
                continue
            }
            if present == value { continue }
            patch.append((name, present.isObject && value.isObject ? difference(from: present, to: value) : value))
        }
        for name in before.names where after[name] == nil { patch.append((name, .null)) }
        return JSON(members: patch)
    }
}
