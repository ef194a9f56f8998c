import APIMachinery

/// What a caller may ask about himself, and some about others. These kinds are asked by creating one; none is kept.
enum SelfReviews {
    static let subject = Resource(
        "authentication.k8s.io/v1", "SelfSubjectReview", plural: "selfsubjectreviews", isNamespaced: false,
        verbs: [.create])
    static let access = Resource(
        "authorization.k8s.io/v1", "SelfSubjectAccessReview", plural: "selfsubjectaccessreviews", isNamespaced: false,
        verbs: [.create], validate: validateAccess)
    static let rules = Resource(
        "authorization.k8s.io/v1", "SelfSubjectRulesReview", plural: "selfsubjectrulesreviews", isNamespaced: false,
        verbs: [.create])

    static let subjectAccess = Resource(
        "authorization.k8s.io/v1", "SubjectAccessReview", plural: "subjectaccessreviews", isNamespaced: false,
        verbs: [.create], validate: validateSubjectAccess)
    static let localAccess = Resource(
        "authorization.k8s.io/v1", "LocalSubjectAccessReview", plural: "localsubjectaccessreviews", verbs: [.create],
        validate: validateLocalAccess)
    static let token = Resource(
        "authentication.k8s.io/v1", "TokenReview", plural: "tokenreviews", isNamespaced: false, verbs: [.create])

    private static func validateSubjectAccess(_ review: JSON) -> [FieldError] {
        var errors = validateAccess(review)
        if (review["spec", "user"]?.string ?? "").isEmpty, review["spec", "groups"]?.elements.isEmpty ?? true {
            errors.append(
                FieldError(
                    .invalid, "spec.user", "Invalid value: \"\": at least one of user or group must be specified"))
        }
        return errors
    }

    private static func validateLocalAccess(_ review: JSON) -> [FieldError] {
        var errors = validateSubjectAccess(review)
        let asked = review["spec", "resourceAttributes", "namespace"]?.string ?? ""
        if review["spec", "resourceAttributes"]?.isObject == true,
            asked != review["metadata", "namespace"]?.string ?? ""
        {
            errors.append(
                FieldError(
                    .invalid, "spec.resourceAttributes.namespace",
                    "Invalid value: \"\(asked)\": must match metadata.namespace"))
        }
        if let path = review["spec", "nonResourceAttributes"], path.isObject {
            errors.append(
                FieldError(
                    .invalid, "spec.nonResourceAttributes",
                    "Invalid value: \(InternalForms.of(path, "NonResourceAttributes").text): disallowed on this kind of request"
                ))
        }
        return errors
    }

    /// A selector asks for something.
    private static func selectorErrors(_ review: JSON) -> [FieldError] {
        ["fieldSelector", "labelSelector"].compactMap { name in
            guard let selector = review["spec", "resourceAttributes", name], selector.isObject,
                selector.lacks("rawSelector"), selector["requirements"]?.isEmpty ?? true
            else { return nil }
            let field = "spec.resourceAttributes.\(name)"
            return FieldError(
                .required, "\(field).requirements",
                "Required value: when \(field) is specified, requirements or rawSelector is required")
        }
    }

    /// A question is about a resource or about a path.
    private static func validateAccess(_ review: JSON) -> [FieldError] {
        let kinds = ["resourceAttributes", "nonResourceAttributes"].filter { review["spec"]?[$0]?.isObject == true }
        if kinds.count == 2 {
            return [
                FieldError(
                    .invalid, "spec.nonResourceAttributes",
                    "Invalid value: \(InternalForms.of(review["spec", "nonResourceAttributes"], "NonResourceAttributes").text): "
                        + "cannot be specified in combination with resourceAttributes")
            ]
        }
        guard kinds.isEmpty else { return selectorErrors(review) }
        return [
            FieldError(
                .invalid, "spec.resourceAttributes",
                "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified")
        ]
    }
}
