import APIMachinery
import KubeAPI

extension ClusterServer {
    /// How many names are tried for an object with a generateName.
    static let generateNameAttempts = 8

    /// POST of a collection: decode → schema → defaults → metadata → the kind's preparation → admission → validate →
    /// write if nothing is there.
    func create(_ call: inout Call) async throws -> Outcome {
        var object = try conform(&call)
        if call.groupResource == Self.bindings { return try await bindByName(&call) }
        let resource = call.resource
        if Review.answers(resource) { return try await review(object, call) }
        guard (object["metadata", "resourceVersion"]?.string ?? "").isEmpty else {
            throw StatusError.badRequest("resourceVersion should not be set on objects to be created")
        }
        let base = object["metadata", "generateName"]?.string ?? ""
        let isGenerated = (object["metadata", "name"]?.string ?? "").isEmpty && !base.isEmpty
        let requirement = try await requireNamespace(call, name: object["metadata", "name"]?.string ?? base)
        resource.setDefaults(&object)
        // One text with its tape: read by what follows, which changes little of it, and copied when it is written.
        object = object.frozen
        let owners = ownership(ofNew: object, call)
        Metadata.prepareNew(&object, surroundings)

        for _ in 1...Self.generateNameAttempts {
            if isGenerated {
                object["metadata", "name"] = JSON(Metadata.generatedName(base, surroundings))
            }
            switch try await write(new: object, owners, requiring: requirement, &call) {
            case .created(let result): return .object(result, created: true)
            case .nameTaken(let isBeingDeleted):
                if isGenerated { continue }
                var error = StatusError.alreadyExists(resource.groupResource, object["metadata", "name"]?.string ?? "")
                if isBeingDeleted { error.message = "object is being deleted: \(error.message)" }
                throw error
            }
        }
        var error = StatusError.alreadyExists(resource.groupResource, object["metadata", "name"]?.string ?? "")
        error.message += ", the server was not able to generate a unique name for the object"
        error.retryAfterSeconds = 1
        throw error
    }

    private enum Writing {
        case created(ObjectResult)
        case nameTaken(byOneBeingDeleted: Bool)
    }

    /// Admits, allocates, validates and writes an object that has its name.
    private func write(
        new object: JSON, _ owners: JSON?, requiring requirement: Storage.Requirement?, _ call: inout Call
    ) async throws -> Writing {
        let resource = call.resource
        let name = object["metadata", "name"]?.string ?? ""
        var object = object
        // Only now: what a kind derives from its name and uid (a Job's labels) has to have them.
        resource.prepareForCreate(&object)
        let view = AdmissionView(self)
        try await configuration.admission.change(&object, old: nil, .create, &call, view)
        let reservation = try allocations.reserve(&object, old: nil, resource)
        let errors = resource.errors(creating: object, onlyMetadata: call.isOwn)
        guard errors.isEmpty else { throw StatusError.invalid(resource.groupVersionKind, name, errors) }
        if call.isWarned { call.warnings += resource.warnings(object, nil) }
        let holds = try await configuration.admission.judge(object, old: nil, .create, &call, view)
        if let owners { object["metadata", "managedFields"] = owners }
        let form = ServedForm(resource)
        let stored = StoredForm.form(of: form.store(object))
        let bytes = stored.bytes
        try limits.checkSize(bytes.count)
        if call.isDryRun { return .created(.value(object)) }
        let key = Call.key(resource, namespace: call.namespace, name: name)
        let outcome: Storage.Outcome
        do {
            outcome = try await storage.create(
                Storage.key(resource.groupResource, key), bytes, requiring: requirement,
                lease: try await lease(for: resource))
        } catch {
            if Storage.mayHaveWritten(error) {
                reservation.keepTaken()
                holds.commit()
            }
            throw error
        }
        switch outcome {
        case .written(let revision):
            reservation.commit()
            holds.commit()
            guard let written = StoredObject(key: key, form: stored, revision: revision) else {
                throw StatusError.internalError("the written object cannot be read")
            }
            cache.acknowledge(resource.groupResource, key, written, revision)
            return .created(.stored(form.serve(written)))
        case .requirementMissing:
            throw StatusError.notFound(GroupResource(resource: "namespaces"), call.namespace)
        case .refused(let found):
            let present = found.flatMap { try? JSON(parsing: $0.value) }
            return .nameTaken(byOneBeingDeleted: present?["metadata", "deletionTimestamp"]?.string != nil)
        }
    }

    /// The body as an object of the call's kind, in the call's namespace, with only fields that the schema knows.
    func conform(_ call: inout Call) throws -> JSON {
        guard case .object(var object, let duplicates) = call.body, object.isObject else {
            throw StatusError.badRequest("the body must be one object")
        }
        try checkKind(&object, call.resource.groupVersionKind)
        try SchemaCheck.apply(&object, call.resource, duplicates: duplicates, &call)
        try checkNamespace(&object, call)
        return object
    }

    /// The kind the body says must be the one of the path; absent, it is filled in.
    func checkKind(_ object: inout JSON, _ expected: GroupVersionKind) throws {
        let apiVersion = object["apiVersion"]?.string ?? ""
        let kind = object["kind"]?.string ?? ""
        if !apiVersion.isEmpty, apiVersion != expected.apiVersion {
            throw StatusError.badRequest(
                "the API version in the data (\(apiVersion)) does not match the expected API version (\(expected.apiVersion))"
            )
        }
        if !kind.isEmpty, kind != expected.kind {
            throw StatusError.badRequest(
                "\(kind) in version \"\(expected.version)\" cannot be handled as a \(expected.kind): the kind in the data does "
                    + "not match the expected kind")
        }
        if apiVersion.isEmpty { object["apiVersion"] = JSON(expected.apiVersion) }
        if kind.isEmpty { object["kind"] = JSON(expected.kind) }
        if object["metadata"]?.isNull ?? true { object["metadata"] = .object }
    }

    /// The namespace the body says must be the one of the path; absent, it is filled in.
    func checkNamespace(_ object: inout JSON, _ call: Call) throws {
        let given = object["metadata", "namespace"]?.string ?? ""
        guard call.resource.isNamespaced else {
            if !given.isEmpty { object["metadata", "namespace"] = nil }
            return
        }
        if given.isEmpty {
            object["metadata", "namespace"] = JSON(call.namespace)
        } else if given != call.namespace {
            throw StatusError.badRequest(
                "the namespace of the provided object does not match the namespace sent on the request")
        }
    }

    /// Nothing is created in a namespace that is missing or going away.
    func requireNamespace(_ call: Call, name: String) async throws -> Storage.Requirement? {
        guard call.resource.isNamespaced else { return nil }
        let namespaces = GroupResource(resource: "namespaces")
        guard let kind = registry.resource(namespaces) else { return nil }
        guard let namespace = try await current(kind, call.namespace) else {
            throw StatusError.notFound(namespaces, call.namespace)
        }
        if namespace.json["metadata", "deletionTimestamp"]?.string != nil {
            throw StatusError(
                code: 403, reason: .forbidden,
                message: "\(call.groupResource) \"\(name)\" is forbidden: unable to create new content in namespace "
                    + "\(call.namespace) because it is being terminated",
                group: call.resource.groupVersionKind.group, kind: call.resource.plural, name: name,
                causes: [
                    .init(
                        reason: "NamespaceTerminating", message: "namespace \(call.namespace) is being terminated",
                        field: "metadata.namespace")
                ])
        }
        return Storage.Requirement(key: Storage.key(namespaces, call.namespace))
    }
}
