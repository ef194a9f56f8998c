import APIMachinery
import HTTPMessages
import KubeAPI

extension ClusterServer {
    /// Calls on a path below an object.
    func performSubresource(_ call: inout Call, _ request: Request?) async throws -> Outcome {
        let verb = call.attributes.verb
        switch (call.subresource, verb) {
        case (.status, .get): return try await get(call)
        case (.status, .update): return try await update(&call, part: .status)
        case (.status, .patch): return try await patch(&call, part: .status)
        case (.finalize, .update): return try await update(&call, part: .finalize)
        case (.scale, .get): return try await getScale(call)
        case (.scale, .update), (.scale, .patch): return try await setScale(&call)
        case (.binding, .create): return try await bind(&call)
        case (.eviction, .create): return try await evict(&call)
        case (.token, .create): return try await createToken(&call)
        case (.log, .get): return try await log(call)
        case (.exec, _), (.attach, _), (.portForward, _): return try await connect(call, request)
        case (.proxy, _):
            guard let request else { throw Self.methodNotAllowed }
            return try await proxy(call, request)
        default: return try await performPart(&call)
        }
    }

    /// Calls on a part of an object that its kind names.
    private func performPart(_ call: inout Call) async throws -> Outcome {
        guard let name = call.subresource, let part = call.resource.parts[name] else { throw Self.methodNotAllowed }
        switch call.attributes.verb {
        case .get: return try await get(call)
        case .update: return try await update(&call, part: .other(part))
        case .patch: return try await patch(&call, part: .other(part))
        default: throw Self.methodNotAllowed
        }
    }

    // MARK: Scale

    private func getScale(_ call: Call) async throws -> Outcome {
        guard case .object(let result, _) = try await get(call) else { throw Self.notServed }
        return .object(.value(try Scale.of(result.json, call.resource)), created: false)
    }

    /// PUT and PATCH of autoscaling/v1 Scale change the replicas alone.
    private func setScale(_ call: inout Call) async throws -> Outcome {
        let outcome = try await change(&call, .main) { current, call in
            let before = try Scale.of(current.json, call.resource)
            let scale: JSON
            switch call.body {
            case .patch(let kind, let patch): scale = try Patching.apply(kind, patch, to: before, nil)
            case .object(let body, _): scale = body
            case .none: throw StatusError.badRequest("the body must be a Scale")
            }
            let version = scale["metadata", "resourceVersion"]?.string ?? ""
            if !version.isEmpty, version != String(current.revision) {
                throw StatusError.conflict(call.groupResource, call.name, Self.modified)
            }
            let replicas = scale["spec", "replicas"] ?? 0
            guard let number = replicas.int, number >= 0 else {
                throw StatusError.invalid(
                    GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"), call.name,
                    [
                        .init(
                            .invalid, "spec.replicas",
                            "Invalid value: \(replicas.text): must be greater than or equal to 0")
                    ])
            }
            var object: JSON = current.json
            object.set(call.resource.scalePaths?.replicas ?? Scale.replicas, to: JSON(number))
            return object
        }
        guard case .object(let result, _) = outcome else { throw Self.notServed }
        return .object(.value(try Scale.of(result.json, call.resource)), created: false)
    }

    // MARK: Binding

    static let bindings = GroupResource(resource: "bindings")

    /// POST of the collection `bindings`: the binding of the pod that it has the name of.
    func bindByName(_ call: inout Call) async throws -> Outcome {
        guard case .object(let binding, _) = call.body, let pods = registry.resource(GroupResource(resource: "pods"))
        else { throw StatusError.badRequest("the body must be a Binding") }
        call.attributes.name = binding["metadata", "name"]?.string ?? ""
        call.attributes.resource = pods.plural
        call.attributes.subresource = .binding
        call.resource = pods
        return try await bind(&call)
    }

    /// POST …/binding: the scheduler's word on which node a pod runs.
    private func bind(_ call: inout Call) async throws -> Outcome {
        guard case .object(var binding, _) = call.body else {
            throw StatusError.badRequest("the body must be a Binding")
        }
        let node = binding["target", "name"]?.string ?? ""
        let kind = binding["target", "kind"]?.string ?? ""
        var errors: [FieldError] = []
        if !kind.isEmpty, kind != "Node" {
            errors.append(
                .init(
                    .notSupported, "target.kind",
                    "Unsupported value: \"\(kind)\": supported values: \"Node\", \"<empty>\""))
        }
        if node.isEmpty { errors.append(.init(.required, "target.name", "Required value")) }
        let bindingKind = GroupVersionKind(group: "", version: "v1", kind: "Binding")
        guard errors.isEmpty else { throw StatusError.invalid(bindingKind, call.name, errors) }
        let holds = try await admit(posted: &binding, &call)
        let first = call
        let now = surroundings.timestamp
        _ = try await change(
            call.resource, key: call.key, name: call.name, isDryRun: call.isDryRun
        ) { current in
            var pod: JSON = current.json
            let refuse = { (why: String) in
                StatusError.conflict(GroupResource(resource: "pods/binding"), first.name, why)
            }
            if let uid = binding["metadata", "uid"]?.string, !uid.isEmpty, uid != pod["metadata", "uid"]?.string {
                throw refuse(
                    "Precondition failed: UID in precondition: \(uid), UID in object meta: \(pod["metadata", "uid"]?.string ?? "")"
                )
            }
            if pod["metadata", "deletionTimestamp"]?.string != nil {
                throw refuse("pod \(first.name) is being deleted, cannot be assigned to a host")
            }
            if let present = pod["spec", "nodeName"]?.string, !present.isEmpty {
                throw refuse("pod \(first.name) is already assigned to node \"\(present)\"")
            }
            if !(pod["spec", "schedulingGates"]?.elements ?? []).isEmpty {
                throw refuse("pod \(first.name) has non-empty .spec.schedulingGates")
            }
            pod["spec", "nodeName"] = JSON(node)
            // What it was promised is of no interest any more.
            if pod["status"]?["nominatedNodeName"] != nil { pod["status", "nominatedNodeName"] = nil }
            for field in ["annotations", "labels"] {
                for member in binding["metadata", field]?.members ?? [] {
                    pod["metadata", field, member.name] = member.value
                }
            }
            PodConditions.set(&pod, "PodScheduled", "True", now)
            return .put(pod)
        }
        holds.commit()
        return .success(
            ["kind": "Status", "apiVersion": "v1", "metadata": .object, "status": "Success", "code": 201], code: 201)
    }

    /// The admission of what is posted below an object, which has no rules of a kind.
    func admit(posted object: inout JSON, _ call: inout Call) async throws -> AdmissionHolds {
        let view = AdmissionView(self)
        try await configuration.admission.change(&object, old: nil, .create, &call, view)
        return try await configuration.admission.judge(object, old: nil, .create, &call, view)
    }

    // MARK: What the node answers

    private func log(_ call: Call) async throws -> Outcome {
        guard case .object(let result, _) = try await get(call) else { throw Self.notServed }
        let pod: JSON = result.json
        let options = try LogQuery.options(call.query, pod, name: call.name)
        let node = pod["spec", "nodeName"]?.string ?? ""
        // A pod that is not scheduled yet has written nothing.
        guard !node.isEmpty else { return .answer(Health.text(200, "")) }
        let stream = try await nodes.logs(node: node, pod: pod, options: options)
        return .answer(
            Answer(
                status: 200, headers: [(name: "content-type", value: "text/plain; charset=utf-8")],
                body: .stream(stream)))
    }

    private func connect(_ call: Call, _ request: Request?) async throws -> Outcome {
        guard let request, let subresource = call.subresource, call.groupResource == GroupResource(resource: "pods")
        else { throw Self.methodNotAllowed }
        guard case .object(let result, _) = try await get(call) else { throw Self.notServed }
        let pod: JSON = result.json
        let node = pod["spec", "nodeName"]?.string ?? ""
        guard !node.isEmpty else { throw StatusError.badRequest("pod \(call.name) does not have a host assigned") }
        return .answer(
            try await nodes.connect(node: node, pod: pod, subresource: subresource, request: request))
    }
}
