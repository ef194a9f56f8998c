import APIMachinery
import KubeAPI

/// Questions that a caller asks about himself by creating an object, which is answered and not kept.
enum SelfReview {
    private static let resources: Set<GroupResource> = [
        GroupResource(group: "authentication.k8s.io", resource: "selfsubjectreviews"),
        GroupResource(group: "authorization.k8s.io", resource: "selfsubjectaccessreviews"),
        GroupResource(group: "authorization.k8s.io", resource: "selfsubjectrulesreviews"),
    ]
    static func answers(_ resource: Resource) -> Bool { resources.contains(resource.groupResource) }

    /// What a SelfSubjectAccessReview asks for, as a request would have it.
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
        case "selfsubjectaccessreviews":
            let decision = await access.authorizer.authorize(call.user, SelfReview.attributes(spec))
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
}
