/// Who owns which fields of an object (`metadata.managedFields`).
struct ManagedFields: Sendable {
    struct Entry: Sendable {
        var manager: String
        var isApply: Bool
        var apiVersion: String
        var subresource: String
        var time: String?
        var fields: FieldSet

        /// Appliers are the same whatever version they last used.
        func isSame(as other: Entry) -> Bool {
            manager == other.manager && isApply == other.isApply && subresource == other.subresource
                && (isApply || apiVersion == other.apiVersion)
        }

        /// As it stands in a conflict's message.
        var shown: String {
            let named = JSON(manager).text + (subresource.isEmpty ? "" : " with subresource \(JSON(subresource).text)")
            if isApply { return named }
            return "\(named) using \(apiVersion)" + (time.map { " at \($0)" } ?? "")
        }
    }

    var entries: [Entry]
    /// More managers of updates than this are told apart no longer.
    static let maximumUpdateManagers = 10

    init(_ json: JSON?) {
        entries = (json?.elements ?? []).compactMap { entry in
            guard entry["fieldsType"]?.string == "FieldsV1" else { return nil }
            return Entry(
                manager: entry["manager"]?.string ?? "", isApply: entry["operation"]?.string == "Apply",
                apiVersion: entry["apiVersion"]?.string ?? "", subresource: entry["subresource"]?.string ?? "",
                time: entry["time"]?.string, fields: FieldSet(entry["fieldsV1"] ?? .object))
        }
    }

    /// In the order of operation, time and name; entries without fields are left out.
    var json: JSON? {
        let sorted = entries.filter { !$0.fields.isEmpty }.sorted { left, right in
            if left.isApply != right.isApply { return left.isApply }
            return (left.time ?? "", left.manager, left.apiVersion) < (
                right.time ?? "", right.manager, right.apiVersion
            )
        }
        if sorted.isEmpty { return .none }
        return JSON(
            sorted.map { entry in
                var json: JSON = [
                    "manager": JSON(entry.manager), "operation": entry.isApply ? "Apply" : "Update",
                    "apiVersion": JSON(entry.apiVersion),
                ]
                if let time = entry.time { json["time"] = JSON(time) }
                json["fieldsType"] = "FieldsV1"
                json["fieldsV1"] = entry.fields.json
                if !entry.subresource.isEmpty { json["subresource"] = JSON(entry.subresource) }
                return json
            })
    }

    /// Puts the oldest managers of updates together once there are too many.
    mutating func cap() {
        let updates = entries.indices.filter { !entries[$0].isApply && !entries[$0].fields.isEmpty }
            .sorted { (entries[$0].time ?? "") < (entries[$1].time ?? "") }
        guard updates.count > Self.maximumUpdateManagers else { return }
        let oldest = updates.prefix(updates.count - Self.maximumUpdateManagers + 1)
        var ancient = entries[oldest[0]]
        ancient.manager = "ancient-changes"
        ancient.subresource = ""
        for index in oldest {
            ancient.fields = ancient.fields.union(entries[index].fields)
            ancient.time = entries[index].time
        }
        entries = entries.indices.filter { !oldest.contains($0) }.map { entries[$0] } + [ancient]
    }
}
