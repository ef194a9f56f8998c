import Basics

/// What most writes do to `metadata.managedFields`, told without taking the fields of all managers apart.
extension ServerSideApply {
    /// `metadata.managedFields` of a new object that its creator sent as it is, defaults included; nil if it owns nothing.
    /// What the creator may not set, such as `[["status"]]`, is given as `ignoring`.
    public static func ownership(
        ofNew object: JSON, type: SchemaType?, manager: Manager, ignoring: [[String]] = []
    ) -> JSON? {
        let isWithoutStatus = ignoring == [["status"]]
        guard object["metadata", "managedFields"]?.isEmpty ?? true, isWithoutStatus || ignoring.isEmpty, let type,
            let fields = FieldsWriter.fields(of: object, type, withoutStatus: isWithoutStatus)
        else {
            let recorded = recordUpdate(from: nil, to: object, type: type, manager: manager, ignoring: ignoring)
            return recorded["metadata", "managedFields"]
        }
        if fields.isEmpty { return nil }
        var entry: [JSON.Member] = [
            ("manager", JSON(manager.name)), ("operation", "Update"),
            ("apiVersion", JSON(object["apiVersion"]?.string ?? "")), ("time", JSON(manager.time.rfc3339)),
            ("fieldsType", "FieldsV1"), ("fieldsV1", fields),
        ]
        if !manager.subresource.isEmpty { entry.append(("subresource", JSON(manager.subresource))) }
        return JSON([JSON(members: entry)])
    }

    /// The managers' entries after a write that changed no more than its own manager owns already, which is what a loop
    /// does again and again: only the time of its entry is new. nil if it did anything else.
    static func repeated(
        _ managed: JSON?, _ fields: FieldSet, released: FieldSet, apiVersion: String, _ manager: Manager
    ) -> JSON? {
        var entries = managed?.elements ?? []
        var mine: Int?
        for (index, entry) in entries.enumerated() {
            guard entry["fieldsType"]?.string == "FieldsV1", let owned = entry["fieldsV1"] else { return nil }
            let isMine =
                entry["operation"]?.string == "Update" && entry["manager"]?.string == manager.name
                && entry["subresource"]?.string ?? "" == manager.subresource
                && entry["apiVersion"]?.string == apiVersion
            if isMine {
                guard mine == nil, fields.isOwned(in: owned) else { return nil }
                mine = index
            } else if released.touches(owned) {
                return nil
            }
        }
        guard let mine else { return nil }
        var entry = entries.remove(at: mine)
        entry["time"] = JSON(manager.time.rfc3339)
        let place = entries.firstIndex { ManagedFields.isOrdered(entry, $0) } ?? entries.count
        entries.insert(entry, at: place)
        return JSON(entries)
    }
}

extension FieldSet {
    /// Whether all its paths are in fieldsV1.
    fileprivate func isOwned(in json: JSON) -> Bool {
        members.allSatisfy { element in
            guard let entry = json[element.text] else { return false }
            return entry.isEmpty || entry["."] != nil
        }
            && children.allSatisfy { element, set in json[element.text].map { set.isOwned(in: $0) } ?? false }
    }

    /// Whether fieldsV1 has one of its paths.
    fileprivate func touches(_ json: JSON) -> Bool {
        members.contains { element in
            guard let entry = json[element.text] else { return false }
            return entry.isEmpty || entry["."] != nil
        }
            || children.contains { element, set in json[element.text].map { set.touches($0) } ?? false }
    }
}

extension ManagedFields {
    /// Whether one entry stands before another: by operation, time and name.
    static func isOrdered(_ left: JSON, _ right: JSON) -> Bool {
        func key(_ entry: JSON) -> (String, String, String, String) {
            (
                entry["operation"]?.string ?? "", entry["time"]?.string ?? "", entry["manager"]?.string ?? "",
                entry["apiVersion"]?.string ?? ""
            )
        }
        return key(left) < key(right)
    }
}
