import APIMachinery
import KubeAPI

extension ClusterServer {
    /// DELETE of one object.
    func delete(_ call: inout Call) async throws -> Outcome {
        let options = try DeleteRequest.options(call)
        DeleteRequest.warn(&call, options)
        if call.groupResource == PriorityClass.resource, PriorityClasses.isOfTheSystem(call.name) {
            let sentence = "this is a system priority class and cannot be deleted"
            throw StatusError.forbidden(call.groupResource, call.name, sentence)
        }
        let changed = try await remove(&call, name: call.name, key: call.key, options)
        if changed.kind != .removed { return .object(changed.result, created: false) }
        if Self.returnsDeleted.contains(call.groupResource) { return .object(changed.result, created: false) }
        return .success(Self.success(call, changed.result.json), code: 200)
    }

    /// DELETE of a collection: each selected object by itself; gives the list of what was deleted.
    func deleteCollection(_ call: inout Call) async throws -> Outcome {
        let options = try DeleteRequest.options(call)
        DeleteRequest.warn(&call, options)
        guard case .list(let list) = try await self.list(call) else { return .success(.object, code: 200) }
        for object in list.items {
            let key = object.json.key
            do {
                _ = try await remove(
                    &call, name: key.name, key: Call.key(call.resource, namespace: key.namespace, name: key.name),
                    options)
            } catch let error as StatusError where error.code == 404 {
                continue
            }
        }
        return .list(list)
    }

    private func remove(
        _ call: inout Call, name: String, key: String, _ options: DeletionOptions
    ) async throws -> Changed {
        let nowSeconds = surroundings.now() / 1_000_000_000
        let orphansByDefault = call.deleteOptions == nil && DeleteRequest.orphaning.contains(call.groupResource)
        let isDryRun = call.isDryRun
        var holds: AdmissionHolds?
        let changed = try await change(call.resource, key: key, name: name, isDryRun: isDryRun) { current in
            let object: JSON = current.json
            let uid = object["metadata", "uid"]?.string ?? ""
            if let wanted = options.uid, wanted != uid {
                throw StatusError.conflict(
                    call.groupResource, name,
                    "Precondition failed: UID in precondition: \(wanted), UID in object meta: \(uid)")
            }
            if let wanted = options.resourceVersion, wanted != String(current.revision) {
                throw StatusError.conflict(
                    call.groupResource, name,
                    "Precondition failed: ResourceVersion in precondition: \(wanted), ResourceVersion in object meta: "
                        + "\(current.revision)")
            }
            holds = nil
            holds = try await self.configuration.admission.judge(
                object, old: object, .delete, &call, AdmissionView(self))
            var options = options
            if orphansByDefault, options.propagation == nil, !Deletion.hasPolicy(object) {
                options.propagation = .orphan
            }
            switch Deletion.decide(object, call.resource, options, nowSeconds: nowSeconds) {
            case .remove: return .remove(object)
            case .mark(let marked): return .put(marked)
            case .keep: return .keep
            }
        }
        if changed.kind != .kept, !isDryRun { holds.take()?.commit() }
        if changed.kind == .removed, !isDryRun { allocations.removed(changed.result.json, call.resource) }
        return changed
    }

    /// Kinds whose deletion answers with the object rather than with a Status.
    static let returnsDeleted: Set<GroupResource> = Set(
        [
            "namespaces", "persistentvolumes", "persistentvolumeclaims", "pods", "podtemplates", "resourcequotas",
            "services", "serviceaccounts",
        ].map { GroupResource(resource: $0) }
            + ["csidrivers", "csinodes", "storageclasses", "volumeattachments", "volumeattributesclasses"]
            .map { GroupResource(group: "storage.k8s.io", resource: $0) }
            + ["deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"]
            .map { GroupResource(group: "resource.k8s.io", resource: $0) })

    static let systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]

    private static func success(_ call: Call, _ object: JSON) -> JSON {
        var details: JSON = ["name": JSON(call.name)]
        if !call.groupResource.group.isEmpty { details["group"] = JSON(call.groupResource.group) }
        details["kind"] = JSON(call.groupResource.resource)
        details["uid"] = object["metadata", "uid"]
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": .object, "status": "Success", "details": details,
        ]
    }
}

extension StatusError {
    /// 403; `why` is the sentence after the colon.
    static func forbidden(_ resource: GroupResource, _ name: String, _ why: String) -> StatusError {
        StatusError(
            code: 403, reason: .forbidden, message: "\(resource) \"\(name)\" is forbidden: \(why)",
            group: resource.group,
            kind: resource.resource, name: name)
    }
}

/// Reads DeleteOptions from a body, and from the query where there is no body.
enum DeleteRequest {
    /// Kinds that leave their pods alone when a request does not say what is to become of them.
    static let orphaning: Set<GroupResource> = [
        GroupResource(group: "batch", resource: "jobs"), GroupResource(resource: "replicationcontrollers"),
    ]

    static func warn(_ call: inout Call, _ options: DeletionOptions) {
        guard call.isWarned, options.propagation == nil, call.groupResource.resource == "jobs",
            orphaning.contains(call.groupResource)
        else { return }
        call.warnings.append(
            "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
                + "or set propagationPolicy=Orphan to suppress this warning")
    }

    static func options(_ call: Call) throws -> DeletionOptions {
        if let options = call.deleteOptions { return options }
        var options = DeletionOptions()
        if case .object(let body, _) = call.body {
            let kind = body["kind"]?.string ?? "DeleteOptions"
            guard body.isObject, kind == "DeleteOptions" else {
                throw StatusError.badRequest("expected DeleteOptions, got \(kind)")
            }
            options.gracePeriodSeconds = try whole(body["gracePeriodSeconds"], "gracePeriodSeconds")
            options.uid = body["preconditions", "uid"]?.string
            options.resourceVersion = body["preconditions", "resourceVersion"]?.string
            options.propagation = try policy(
                body["propagationPolicy"]?.string, orphan: body["orphanDependents"]?.bool)
        }
        if options.gracePeriodSeconds == nil {
            options.gracePeriodSeconds = try call.query.number("gracePeriodSeconds")
        }
        if options.propagation == nil {
            options.propagation = try policy(
                call.query["propagationPolicy"],
                orphan: call.query["orphanDependents"].map { $0 != "false" && $0 != "0" })
        }
        return options
    }

    private static func whole(_ value: JSON?, _ name: String) throws -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let number = value.int else {
            throw StatusError.badRequest(
                "json: cannot unmarshal \(Patching.goName(value)) into Go struct field DeleteOptions.\(name) of type int64"
            )
        }
        return number
    }

    private static func policy(_ text: String?, orphan: Bool?) throws -> PropagationPolicy? {
        guard let text, !text.isEmpty else { return orphan.map { $0 ? .orphan : .background } }
        if orphan != nil {
            throw invalid(
                .invalid, "Invalid value: \"\(text)\": orphanDependents and deletionPropagation cannot be both set")
        }
        guard let policy = PropagationPolicy(rawValue: text) else {
            throw invalid(
                .notSupported,
                "Unsupported value: \"\(text)\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"")
        }
        return policy
    }

    private static func invalid(_ reason: FieldError.Reason, _ message: String) -> StatusError {
        .invalid(
            GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "DeleteOptions"), "",
            [.init(reason, "propagationPolicy", message)])
    }
}
