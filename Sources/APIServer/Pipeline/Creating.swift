import APIMachinery
import KubeAPI

extension ClusterServer {
    /// How many names are tried for an object with a generateName.
    static let generateNameAttempts = 8

    /// POST of a collection: decode → schema → defaults → the kind's preparation → metadata → admission → validate →
    /// write if nothing is there.
    func create(_ call: inout Call) async throws -> Outcome {
        var object = try conform(&call)
        let resource = call.resource
        if SelfReview.answers(resource) { return try await review(object, call) }
        guard (object["metadata", "resourceVersion"]?.string ?? "").isEmpty else {
            throw StatusError.badRequest("resourceVersion should not be set on objects to be created")
        }
        let base = object["metadata", "generateName"]?.string ?? ""
        let isGenerated = (object["metadata", "name"]?.string ?? "").isEmpty && !base.isEmpty
        let requirement = try await requireNamespace(call, name: object["metadata", "name"]?.string ?? base)
        resource.setDefaults(&object)
        resource.prepareForCreate(&object)
        Metadata.prepareNew(&object, surroundings, keepsOwnership: call.ownership == .decided)

        for attempt in 1...Self.generateNameAttempts {
            if isGenerated {
                object["metadata", "name"] = JSON(Metadata.generatedName(base, surroundings))
            }
            let name = object["metadata", "name"]?.string ?? ""
            var candidate = object
            try await admit(&candidate, old: nil, &call)
            let reservation = try allocations.reserve(&candidate, old: nil, resource)
            do {
                let errors =
                    Metadata.validate(candidate["metadata"] ?? .object, resource)
                    + (call.isOwn ? [] : resource.validate(candidate))
                guard errors.isEmpty else { throw StatusError.invalid(resource.groupVersionKind, name, errors) }
                call.warnings += resource.warnings(candidate, nil)
                let form = ServedForm(resource.groupResource)
                let bytes = StoredForm.encode(form.store(candidate))
                try limits.checkSize(bytes.count)
                if call.isDryRun {
                    allocations.release(reservation)
                    return .object(.value(candidate), created: true)
                }
                let key = Call.key(resource, namespace: call.namespace, name: name)
                switch try await storage.create(
                    Storage.key(resource.groupResource, key), bytes, requiring: requirement,
                    lease: try await lease(for: resource))
                {
                case .written(let revision):
                    allocations.commit(reservation)
                    guard let stored = StoredObject(key: key, stored: bytes, revision: revision) else {
                        throw StatusError.internalError("the written object cannot be read")
                    }
                    cache.acknowledge(resource.groupResource, key, stored, revision)
                    return .object(.stored(form.serve(stored)), created: true)
                case .requirementMissing:
                    throw StatusError.notFound(GroupResource(resource: "namespaces"), call.namespace)
                case .refused:
                    allocations.release(reservation)
                    if isGenerated, attempt < Self.generateNameAttempts { continue }
                    throw StatusError.alreadyExists(resource.groupResource, name)
                }
            } catch {
                allocations.release(reservation)
                throw error
            }
        }
        throw StatusError.alreadyExists(resource.groupResource, base)
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
