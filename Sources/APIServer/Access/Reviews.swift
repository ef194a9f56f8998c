import APIMachinery
import HTTPMessages
import KubeAPI

/// Questions who somebody is and what he may do, asked by creating an object, which is answered and not kept.
enum Review {
    private static let resources: Set<GroupResource> = [
        GroupResource(group: "authentication.k8s.io", resource: "selfsubjectreviews"),
        GroupResource(group: "authorization.k8s.io", resource: "selfsubjectaccessreviews"),
        GroupResource(group: "authorization.k8s.io", resource: "selfsubjectrulesreviews"),
        GroupResource(group: "authentication.k8s.io", resource: "tokenreviews"),
        GroupResource(group: "authorization.k8s.io", resource: "subjectaccessreviews"),
        GroupResource(group: "authorization.k8s.io", resource: "localsubjectaccessreviews"),
    ]
    static func answers(_ resource: Resource) -> Bool { resources.contains(resource.groupResource) }

    /// What a review of access asks for, as a request would have it.
    static func attributes(_ spec: JSON) -> RequestAttributes {
        if let asked = spec["nonResourceAttributes"], asked.isObject {
            return RequestAttributes(
                verb: Verb(rawValue: asked["verb"]?.string ?? ""), path: asked["path"]?.string ?? "",
                isResourceRequest: false)
        }
        let asked: JSON = spec["resourceAttributes"] ?? .object
        func text(_ name: String) -> String { asked[name]?.string ?? "" }
        let subresource = text("subresource")
        return RequestAttributes(
            verb: Verb(rawValue: text("verb")), group: text("group"), version: text("version"),
            resource: text("resource"),
            subresource: subresource.isEmpty ? nil : SubresourceName(rawValue: subresource),
            namespace: text("namespace"), name: text("name"), path: "",
            isResourceRequest: true)
    }

    /// About whom a SubjectAccessReview asks.
    static func subject(_ spec: JSON) -> UserInfo {
        var user = UserInfo(
            name: spec["user"]?.string ?? "", uid: spec["uid"]?.string ?? "", groups: spec["groups"]?.strings ?? [])
        for (key, values) in spec["extra"]?.members ?? [] { user.extra[key] = values.strings }
        return user
    }
}

extension ClusterServer {
    func review(_ question: JSON, _ call: Call) async throws -> Outcome {
        let resource = call.resource
        let errors = resource.validate(question)
        guard errors.isEmpty else { throw StatusError.invalid(resource.groupVersionKind, "", errors) }
        var answer = question
        let spec: JSON = question["spec"] ?? .object
        switch resource.plural {
        case "selfsubjectreviews":
            answer["metadata", "creationTimestamp"] = JSON(surroundings.timestamp)
            answer["status"] = ["userInfo": call.user.json]
        case "tokenreviews":
            let token = spec["token"]?.string ?? ""
            if token.isEmpty { throw StatusError.badRequest("token is required for TokenReview in authentication") }
            answer["status"] = await identity(ofToken: token, audiences: spec["audiences"]?.strings ?? [])
        case "selfsubjectaccessreviews", "subjectaccessreviews", "localsubjectaccessreviews":
            let subject = resource.plural == "selfsubjectaccessreviews" ? call.user : Review.subject(spec)
            let decision = await access.authorizer.authorize(subject, Review.attributes(spec))
            answer["status"] = ["allowed": JSON(decision.isAllowed)]
            if case .deny = decision { answer["status", "denied"] = true }
            if !decision.reason.isEmpty { answer["status", "reason"] = JSON(decision.reason) }
        default:
            let namespace = spec["namespace"]?.string ?? ""
            guard !namespace.isEmpty else {
                throw StatusError.badRequest("no namespace on request")
            }
            answer["status"] = await access.authorizer.rules(for: call.user, namespace: namespace).json
        }
        return .object(.value(answer), created: true)
    }

    /// authentication.k8s.io/v1 TokenReviewStatus.
    private func identity(ofToken token: String, audiences: [String]) async -> JSON {
        let own = configuration.serviceAccountTokens?.audiences ?? []
        let common = audiences.filter(own.contains)
        if !audiences.isEmpty, common.isEmpty {
            return ["error": "the token's audiences are not among those asked for"]
        }
        let request = Request(
            method: "GET", path: "/", query: "", headers: [(name: "authorization", value: "Bearer \(token)")], body: [],
            sourceAddress: "")
        do {
            let user = try await access.identify(request)
            guard !user.isAnonymous else { return Self.unknownToken }
            var status: JSON = ["authenticated": true, "user": user.json]
            let known = audiences.isEmpty ? own : common
            if !known.isEmpty { status["audiences"] = JSON(known) }
            return status
        } catch {
            let status = Self.statusError(error, log)
            return status.code == 401 ? Self.unknownToken : ["error": JSON(status.message)]
        }
    }

    private static let unknownToken: JSON = ["user": .object, "error": "invalid bearer token"]
}
