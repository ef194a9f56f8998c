import APIMachinery

/// What a caller may ask about himself. These kinds are asked by creating one; none is kept.
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

    /// A question is about a resource or about a path.
    private static func validateAccess(_ review: JSON) -> [FieldError] {
        let kinds = ["resourceAttributes", "nonResourceAttributes"].filter { review["spec"]?[$0]?.isObject == true }
        if kinds.count == 2 {
            return [
                FieldError(
                    .invalid, "spec.nonResourceAttributes",
                    "Invalid value: \(review["spec", "nonResourceAttributes"]?.text ?? ""): cannot be specified in "
                        + "combination with resourceAttributes")
            ]
        }
        guard kinds.isEmpty else { return [] }
        return [
            FieldError(
                .invalid, "spec.resourceAttributes",
                "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified")
        ]
    }
}
