import Basics

/// Server-side apply (KEP-555): a client sends the fields it has an opinion on and owns them from then on; fields that it
/// owned and sends no more are removed; another's fields are changed only by force. Other writes take ownership as well,
/// which `recordUpdate` keeps. All versions of a kind are taken for the same here.
public enum ServerSideApply {
    /// Who writes.
    public struct Manager: Sendable {
        public var name: String
        /// Empty for the main resource.
        public var subresource: String
        public var time: Instant
        public init(name: String, subresource: String = "", time: Instant) {
            self.name = name
            self.subresource = subresource
            self.time = time
        }
    }

    /// The live object (nil to create one) with the configuration applied, and `metadata.managedFields` kept. What the
    /// writer may not set here, such as `[["status"]]`, is given as `ignoring`. Throws 409 with a cause for each conflict,
    /// and 400 for a configuration that cannot be applied. Answers the live object itself if nothing changes.
    public static func apply(
        _ configuration: JSON, to live: JSON?, type: SchemaType?, manager: Manager, force: Bool,
        ignoring: [[String]] = []
    ) throws(StatusError) -> JSON {
        guard configuration.isObject else { throw .badRequest("an apply configuration must be an object") }
        guard configuration["metadata", "managedFields"]?.isEmpty ?? true else {
            throw .badRequest("metadata.managedFields must be nil")
        }
        var config = configuration
        config["metadata"]?["managedFields"] = .none
        let context = ApplyContext(type)
        let before = live.map(withoutManagedFields) ?? type?.record.zero ?? .object
        var managed = ManagedFields(live?["metadata", "managedFields"])
        let fields = context.fields(of: config).excluding(FieldSet(paths: ignoring))
        var mine = ManagedFields.Entry(
            manager: manager.name, isApply: true, apiVersion: config["apiVersion"]?.string ?? "",
            subresource: manager.subresource, time: manager.time.rfc3339, fields: fields)
        let last = managed.entries.first { $0.isSame(as: mine) }
        managed.entries.removeAll { $0.isSame(as: mine) }

        let merged: JSON
        do {
            merged = try context.merge(live.map(withoutManagedFields), config)
        } catch {
            throw unreadable(config, error)
        }
        let owned = managed.entries.reduce(fields) { $0.union($1.fields) }
        let result = context.prune(merged, last: last?.fields ?? FieldSet(), owned: owned) ?? .object
        let difference = context.difference(from: before, to: result)
        let taken = difference.modified.union(difference.added)
        if !force {
            let passed = manager.name == LastApplied.applier ? LastApplied.fields(of: live, context) : FieldSet()
            try refuseConflicts(managed, taken.subtracting(passed))
        }
        managed.release(taken.union(difference.removed))
        mine.fields = fields.subtracting(identity)
        if let live, result == withoutManagedFields(live), last?.fields == mine.fields { return live }
        managed.entries.append(mine)
        return with(managed, manager.name == LastApplied.applier ? LastApplied.keepingUp(result, with: config) : result)
    }

    /// 500, as Kubernetes answers: the configuration has fields that its schema does not declare.
    public static func undeclared(_ fields: [String], in configuration: JSON) -> StatusError {
        let sentences = fields.map { ".\($0): field not declared in schema" }
        let all = sentences.count == 1 ? sentences[0] : "errors:\n  " + sentences.joined(separator: "\n  ")
        return .internalError("failed to create typed patch object (\(Self.name(of: configuration))): \(all)")
    }

    /// The new object of a create, update or patch, with `metadata.managedFields` telling that the manager now owns what
    /// it changed. A client may reset them by sending a list with one empty entry.
    public static func recordUpdate(
        from old: JSON?, to new: JSON, type: SchemaType?, manager: Manager, ignoring: [[String]] = []
    ) -> JSON {
        let sent = new["metadata", "managedFields"]
        let isReset = sent?.count == 1 && sent?[0].isEmpty == true
        let former = sent?.isEmpty ?? true ? old?["metadata", "managedFields"] : sent
        let object = withoutManagedFields(new)
        if isReset { return object }
        let context = ApplyContext(type)
        let difference = context.difference(
            from: old.map(withoutManagedFields) ?? type?.record.zero ?? .object, to: object)
        let taken = difference.modified.union(difference.added)
        let released = taken.union(difference.removed)
        if released.isEmpty { return with(former?.isEmpty ?? true ? nil : former, object) }
        let fields = taken.subtracting(identity).excluding(FieldSet(paths: ignoring))
        if old != nil, difference.removed.isEmpty,
            let same = repeated(
                former, fields, released: released, apiVersion: new["apiVersion"]?.string ?? "", manager)
        {
            return with(fields.isEmpty ? former : same, object)
        }
        var managed = ManagedFields(former)
        managed.release(released)
        if !fields.isEmpty {
            var mine = ManagedFields.Entry(
                manager: manager.name, isApply: false, apiVersion: new["apiVersion"]?.string ?? "",
                subresource: manager.subresource, time: manager.time.rfc3339, fields: fields)
            if let index = managed.entries.firstIndex(where: { $0.isSame(as: mine) }) {
                mine.fields = mine.fields.union(managed.entries[index].fields)
                managed.entries[index] = mine
            } else {
                managed.entries.append(mine)
            }
            managed.cap()
        }
        return with(managed, object)
    }

    /// What nobody owns: the fields that say which object it is, and those that the server sets.
    private static let identity = FieldSet(
        paths: [["apiVersion"], ["kind"], ["metadata"]]
            + [
                "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
                "managedFields", "resourceVersion",
            ].map { ["metadata", $0] })

    private static func withoutManagedFields(_ object: JSON) -> JSON {
        guard object["metadata", "managedFields"] != nil else { return object }
        var object = object
        object["metadata"]?["managedFields"] = .none
        return object
    }

    private static func with(_ managed: ManagedFields, _ object: JSON) -> JSON { with(managed.json, object) }
    private static func with(_ managed: JSON?, _ object: JSON) -> JSON {
        var object = object
        object["metadata", "managedFields"] = managed
        return object
    }

    private static func unreadable(_ config: JSON, _ fault: MergeFault) -> StatusError {
        let place = fault.path.isEmpty ? "" : "\(fault.path): "
        return .badRequest("failed to create typed patch object (\(name(of: config))): \(place)\(fault.reason)")
    }
    private static func name(of config: JSON) -> String {
        let kind = GroupVersionKind(
            apiVersion: config["apiVersion"]?.string ?? "", kind: config["kind"]?.string ?? "")
        let key = "\(config["metadata", "namespace"]?.string ?? "")/\(config["metadata", "name"]?.string ?? "")"
        return "\(key); \(kind.apiVersion), Kind=\(kind.kind)"
    }

    private static func refuseConflicts(_ managed: ManagedFields, _ taken: FieldSet) throws(StatusError) {
        let conflicts = managed.entries.map { (manager: $0.shown, paths: $0.fields.intersection(taken).paths) }
            .filter { !$0.paths.isEmpty }.sorted { $0.manager < $1.manager }
        let count = conflicts.reduce(0) { $0 + $1.paths.count }
        guard let first = conflicts.first else { return }
        var message = "Apply failed with 1 conflict: conflict with \(first.manager): \(first.paths[0])"
        if count > 1 {
            let lines = conflicts.flatMap { ["conflicts with \($0.manager):"] + $0.paths.map { "- \($0)" } }
            message = "Apply failed with \(count) conflicts: \(lines.joined(separator: "\n"))"
        }
        throw StatusError(
            code: 409, reason: .conflict, message: message,
            causes: conflicts.flatMap { conflict in
                conflict.paths.map { path in
                    .init(reason: "FieldManagerConflict", message: "conflict with \(conflict.manager)", field: path)
                }
            })
    }
}

extension ManagedFields {
    /// Nobody owns these fields any more.
    fileprivate mutating func release(_ fields: FieldSet) {
        for index in entries.indices { entries[index].fields = entries[index].fields.subtracting(fields) }
        entries.removeAll { $0.fields.isEmpty }
    }
}

extension FieldSet {
    fileprivate init(paths: [[String]]) {
        for path in paths { insert(path.map { .field($0) }[...]) }
    }
}
