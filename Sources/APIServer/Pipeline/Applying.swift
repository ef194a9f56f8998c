import APIMachinery
import KubeAPI

extension ClusterServer {
    /// PATCH with an apply configuration (server-side apply): merged with what is there, or made from it.
    func apply(_ call: inout Call, part: Part) async throws -> Outcome {
        guard case .patch(.apply, let configuration) = call.body else {
            throw StatusError.badRequest("the body must be an apply configuration")
        }
        let manager = call.query.text("fieldManager")
        guard !manager.isEmpty else {
            throw StatusError.invalid(
                GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "PatchOptions"), "",
                [.init(.required, "fieldManager", "Required value: is required for apply patch")])
        }
        let isForced = call.query.flag("force")
        if let name = configuration["metadata", "name"]?.string, !name.isEmpty, !call.name.isEmpty, name != call.name {
            throw StatusError.badRequest(
                "the name of the object (\(name)) does not match the name on the URL (\(call.name))")
        }
        let first = call
        do {
            return try await change(&call, part) { current, call in
                let result = try self.applied(configuration, to: current.json, call, part, isForced: isForced)
                call.body = .object(result, duplicateFields: [])
                call.ownership = .decided
                return try self.conform(&call)
            }
        } catch let error as StatusError where error.code == 404 && part.isMain {
            call = first
            call.body = .object(
                try applied(configuration, to: nil, call, part, isForced: isForced), duplicateFields: [])
            call.ownership = .decided
            guard configuration["metadata", "name"]?.string == call.name else {
                throw StatusError.badRequest("name must be provided")
            }
            return try await create(&call)
        }
    }

    private func applied(
        _ configuration: JSON, to live: JSON?, _ call: Call, _ part: Part, isForced: Bool
    ) throws -> JSON {
        if let reader = call.resource.reader {
            let unknown = try reader(configuration).unknownFields
            if !unknown.isEmpty { throw ServerSideApply.undeclared(unknown, in: configuration) }
        }
        var base = live
        if let live, (live["metadata", "managedFields"]?.elements ?? []).isEmpty {
            // Ownership is told only from the first apply on; all that was there before has one owner.
            base = ServerSideApply.recordUpdate(
                from: nil, to: live, type: call.resource.schema,
                manager: .init(name: "before-first-apply", time: surroundings.time.wholeSecond))
        }
        return try ServerSideApply.apply(
            configuration, to: base, type: call.resource.schema,
            manager: .init(
                name: call.query.text("fieldManager"), subresource: call.subresource?.rawValue ?? "",
                time: surroundings.time.wholeSecond),
            force: isForced, ignoring: Self.notOwned(call, part))
    }

    /// What a write of this part cannot set, and so does not own.
    private static func notOwned(_ call: Call, _ part: Part) -> [[String]] {
        switch part {
        case .main: call.resource.subresources.contains { $0.name == .status } ? [["status"]] : []
        case .status, .finalize: [["spec"]]
        case .other: []
        }
    }

    /// Who owns what a new object has, as its creator sent it: `metadata.managedFields`.
    func ownership(ofNew object: JSON, _ call: Call) -> JSON? {
        if call.ownership == .decided { return object["metadata", "managedFields"] }
        return ServerSideApply.ownership(
            ofNew: object, type: call.resource.schema,
            manager: .init(name: call.manager, time: surroundings.time.wholeSecond),
            ignoring: Self.notOwned(call, .main))
    }

    /// Tells in `new` who owns what this write changed. Of an object of which it was never told, by an earlier version, it
    /// is told from the first apply on.
    func recordOwnership(_ new: inout JSON, old: JSON, _ call: Call, _ part: Part) {
        if call.ownership == .decided { return }
        guard !(old["metadata", "managedFields"]?.elements ?? []).isEmpty else {
            if new["metadata", "managedFields"] != nil { new["metadata"]?["managedFields"] = .none }
            return
        }
        new = ServerSideApply.recordUpdate(
            from: old, to: new, type: call.resource.schema,
            manager: .init(
                name: call.manager, subresource: call.subresource?.rawValue ?? "", time: surroundings.time.wholeSecond),
            ignoring: Self.notOwned(call, part))
    }
}
