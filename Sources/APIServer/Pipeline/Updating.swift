import APIMachinery
import KubeAPI

extension ClusterServer {
    /// Which part of an object an update may touch.
    enum Part: Sendable {
        case main, status, finalize
        /// One that the kind names.
        case other(Resource.Part)

        var isMain: Bool { if case .main = self { true } else { false } }
    }

    /// PUT: the body replaces what is there.
    func update(_ call: inout Call, part: Part = .main) async throws -> Outcome {
        let body = try conform(&call)
        try checkName(body, call)
        do {
            return try await change(&call, part) { _, _ in body }
        } catch let error as StatusError
            where error.code == 404 && part.isMain && call.resource.allowsCreateOnUpdate
        {
            call.attributes.name = ""
            return try await create(&call)
        }
    }

    /// PATCH: what the patch makes of what is there, each time it is tried.
    func patch(_ call: inout Call, part: Part = .main) async throws -> Outcome {
        guard case .patch(let kind, let patch) = call.body else {
            throw StatusError.badRequest("the body must be a patch")
        }
        if kind == .apply { return try await apply(&call, part: part) }
        return try await change(&call, part) { current, call in
            let patched = try Patching.apply(kind, patch, to: current.json, call.resource.schema)
            call.body = .object(patched, duplicateFields: [])
            let body = try self.conform(&call)
            try self.checkName(body, call)
            return body
        }
    }

    /// What is gathered while a change is tried, and starts anew with each try.
    struct Attempt: ~Copyable, Sendable {
        var call: Call
        /// Ends with the attempt, if it was not committed.
        var reservation: ServiceAllocations.Reservation?
        var holds: AdmissionHolds?
    }

    /// Puts in the object's place what `propose` makes of what is there.
    func change(
        _ call: inout Call, _ part: Part, _ propose: (StoredObject, inout Call) throws -> JSON
    ) async throws -> Outcome {
        let first = call
        var attempt = Attempt(call: first)
        let changed: Changed
        do {
            changed = try await change(
                call.resource, key: call.key, name: call.name, isDryRun: call.isDryRun
            ) { current in
                // What the try before has taken is free for this one.
                attempt.reservation = nil
                attempt.holds = nil
                attempt.call = first
                let body = try propose(current, &attempt.call)
                return try await self.replace(body, current, part, &attempt)
            }
        } catch {
            call.auditAnnotations = attempt.call.auditAnnotations
            if Storage.mayHaveWritten(error) {
                attempt.reservation.take()?.keepTaken()
                attempt.holds.take()?.commit()
            }
            throw error
        }
        call = attempt.call
        if !call.isDryRun, changed.kind != .kept {
            attempt.reservation.take()?.commit()
            attempt.holds.take()?.commit()
            if changed.kind == .removed { allocations.removed(changed.result.json, call.resource) }
        }
        return .object(changed.result, created: false)
    }

    /// What becomes of `current` when `body` is put in its place.
    func replace(
        _ body: JSON, _ current: StoredObject, _ part: Part, _ attempt: inout Attempt
    ) async throws -> Decision {
        let call = attempt.call
        let resource = call.resource
        let old: JSON = current.json
        var new = body
        try checkVersion(new, current, call)
        Metadata.prepareUpdate(&new, old: old)
        let (admission, view) = (configuration.admission, AdmissionView(self))
        let errors: [FieldError]
        switch part {
        case .main:
            resource.setDefaults(&new)
            resource.prepareForUpdate(&new, old)
            try await admission.change(&new, old: old, .update, &attempt.call, view)
            attempt.reservation = try allocations.reserve(&new, old: old, resource)
            errors = resource.errors(updating: new, from: old, onlyMetadata: call.isOwn)
            if call.isWarned { attempt.call.warnings += resource.warnings(new, old) }
        case .status:
            resource.setDefaults(&new)
            resource.prepareForStatusUpdate(&new, old)
            try await admission.change(&new, old: old, .update, &attempt.call, view)
            errors = resource.errors(updatingStatusOf: new, from: old)
            if call.isWarned { attempt.call.warnings += resource.statusWarnings(new, old) }
        case .other(let part):
            resource.setDefaults(&new)
            part.prepare(&new, old)
            try await admission.change(&new, old: old, .update, &attempt.call, view)
            errors = resource.errors(updating: part, of: new, from: old)
        case .finalize:
            var kept = old
            kept["spec", "finalizers"] = new["spec", "finalizers"]
            new = kept
            errors = resource.validate(new)
        }
        guard errors.isEmpty else { throw StatusError.invalid(resource.groupVersionKind, call.name, errors) }
        attempt.holds = try await admission.judge(new, old: old, .update, &attempt.call, view)
        recordOwnership(&new, old: old, call, part)
        return Deletion.isComplete(new, resource) ? .remove(new) : .put(new)
    }

    /// The resourceVersion and uid that the body names must be those of what is there.
    private func checkVersion(_ body: JSON, _ current: StoredObject, _ call: Call) throws {
        let version = body["metadata", "resourceVersion"]?.string ?? ""
        if version.isEmpty || version == "0" {
            if !call.resource.allowsUnconditionalUpdate {
                // The real server names the resource here, and not the kind.
                var named = call.resource.groupVersionKind
                named.kind = call.resource.plural
                throw StatusError.invalid(
                    named, call.name,
                    [.init(.invalid, "metadata.resourceVersion", "Invalid value: 0: must be specified for an update")])
            }
        } else {
            guard let number = Int64(version) else {
                throw StatusError.invalid(
                    call.resource.groupVersionKind, call.name,
                    [
                        .init(
                            .invalid, "metadata.resourceVersion",
                            "Invalid value: \"\(version)\": strconv.ParseUint: parsing \"\(version)\": invalid syntax")
                    ])
            }
            guard number == current.revision else {
                throw StatusError.conflict(call.groupResource, call.name, Self.modified)
            }
        }
        let uid = body["metadata", "uid"]?.string ?? ""
        let present = current.json["metadata", "uid"]?.string ?? ""
        if !uid.isEmpty, uid != present {
            throw StatusError.conflict(
                call.groupResource, call.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(present)")
        }
    }

    /// The name in the body must be the one of the path.
    private func checkName(_ body: JSON, _ call: Call) throws {
        let name = body["metadata", "name"]?.string ?? ""
        guard name == call.name else {
            throw StatusError.badRequest(
                name.isEmpty
                    ? "the name of the object (\(call.name) based on URL) was undeterminable: name must be provided"
                    : "the name of the object (\(name)) does not match the name on the URL (\(call.name))")
        }
    }
}
