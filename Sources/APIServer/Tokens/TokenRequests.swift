import APIMachinery
import Basics
import KubeAPI

extension ClusterServer {
    /// How long a token may be asked to hold, in seconds.
    static let tokenSeconds = 600...(1 << 32)
    /// How long one holds whose length is not asked for.
    static let defaultTokenSeconds = 3600

    /// POST …/serviceaccounts/{name}/token: a token for the account, for an audience and a time, and perhaps bound to an
    /// object, without which it holds no longer (KEP-1205).
    func createToken(_ call: inout Call) async throws -> Outcome {
        guard let tokens = configuration.serviceAccountTokens else { throw Self.notServed }
        guard case .object(let result, _) = try await get(call) else { throw Self.notServed }
        let account: JSON = result.json
        var request = try tokenRequest(&call)
        let holds = try await admit(posted: &request, &call)
        let seconds = request["spec", "expirationSeconds"]?.int ?? Self.defaultTokenSeconds
        let asked = request["spec", "audiences"]?.strings ?? []
        let audiences = asked.isEmpty ? tokens.audiences : asked
        let received = surroundings.now() / 1_000_000_000
        let expires = received + Int64(seconds)

        var identity: JSON = [
            "namespace": JSON(call.namespace),
            "serviceaccount": ["name": JSON(call.name), "uid": account["metadata", "uid"] ?? ""],
        ]
        if let reference = request["spec", "boundObjectRef"], reference.isObject {
            for member in try await bound(to: reference, call) { identity[member.name] = member.value }
        }
        let token = try tokens.sign([
            "aud": JSON(audiences), "exp": JSON(expires), "iat": JSON(received), "iss": JSON(tokens.issuer),
            "jti": JSON(surroundings.uuid()), "kubernetes.io": identity, "nbf": JSON(received),
            "sub": JSON(ServiceAccountIdentity.userName(call.namespace, call.name)),
        ])
        request["metadata"] = [
            "name": JSON(call.name), "namespace": JSON(call.namespace),
            "creationTimestamp": JSON(surroundings.timestamp),
        ]
        request["spec", "audiences"] = JSON(audiences)
        request["spec", "expirationSeconds"] = JSON(seconds)
        request["status"] = [
            "token": JSON(call.isDryRun ? "" : token),
            "expirationTimestamp": Instant(secondsSince1970: expires).json,
        ]
        holds.commit()
        return .object(.value(request), created: true)
    }

    /// The body, read and checked.
    private func tokenRequest(_ call: inout Call) throws -> JSON {
        let kind = GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest")
        guard case .object(var request, let duplicates) = call.body, let schema = Schema.kubernetes(kind) else {
            throw StatusError.badRequest("the body must be a TokenRequest")
        }
        try checkKind(&request, kind)
        let (read, warnings) = try schema.readRequest(
            request, as: kind, duplicateFields: duplicates, validation: call.fieldValidation)
        call.warnings += warnings
        guard let seconds = read["spec", "expirationSeconds"]?.int else { return read }
        let field = "spec.expirationSeconds"
        var errors: [FieldError] = []
        if seconds < Self.tokenSeconds.lowerBound {
            errors.append(
                .init(.invalid, field, "Invalid value: \(seconds): may not specify a duration less than 10 minutes"))
        }
        if seconds > Self.tokenSeconds.upperBound {
            errors.append(
                .init(
                    .invalid, field, "Invalid value: \(seconds): may not specify a duration larger than 2^32 seconds"))
        }
        guard errors.isEmpty else { throw StatusError.invalid(kind, "", errors) }
        return read
    }

    /// The claims of the object that a token is bound to. It must be there, and be the one that is meant.
    private func bound(to reference: JSON, _ call: Call) async throws -> [JSON.Member] {
        let kind = reference["kind"]?.string ?? ""
        let name = reference["name"]?.string ?? ""
        let plurals = ["Pod": "pods", "Secret": "secrets", "Node": "nodes"]
        guard reference["apiVersion"]?.string ?? "v1" == "v1", let plural = plurals[kind],
            let resource = registry.resource(GroupResource(resource: plural))
        else {
            throw StatusError.badRequest(
                "cannot bind token to object of type \(reference["apiVersion"]?.string ?? ""), Kind=\(kind)")
        }
        let key = Call.key(resource, namespace: call.namespace, name: name)
        guard let object = try await current(resource, key)?.json else {
            throw StatusError.notFound(resource.groupResource, name)
        }
        let uid = object["metadata", "uid"]?.string ?? ""
        if let asked = reference["uid"]?.string, !asked.isEmpty, asked != uid {
            throw StatusError.conflict(
                resource.groupResource, name,
                "the UID in the bound object reference (\(asked)) does not match the UID in record. The object might have "
                    + "been deleted and then recreated")
        }
        var members: [JSON.Member] = [(kind.lowercased(), ["name": JSON(name), "uid": JSON(uid)])]
        guard kind == "Pod" else { return members }
        guard object["spec", "serviceAccountName"]?.string == call.name else {
            throw StatusError.badRequest(
                "cannot bind token for serviceaccount \"\(call.name)\" to pod running with different serviceaccount name."
            )
        }
        if let nodes = registry.resource(GroupResource(resource: "nodes")),
            let name = object["spec", "nodeName"]?.string, !name.isEmpty
        {
            var node: JSON = ["name": JSON(name)]
            if let uid = try await current(nodes, name)?.json["metadata", "uid"] { node["uid"] = uid }
            members.append(("node", node))
        }
        return members
    }
}
