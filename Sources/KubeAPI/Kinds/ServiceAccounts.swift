import APIMachinery

/// Everything known of ServiceAccounts.
enum ServiceAccounts {
    static let resource = Resource(
        "v1", "ServiceAccount", plural: "serviceaccounts", shortNames: ["sa"],
        subresources: [
            Resource.Subresource(
                .token, GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest"),
                verbs: [.create])
        ],
        columns: StorageColumns.serviceAccounts,
        prepareForCreate: cleanReferences, prepareForUpdate: { new, _ in cleanReferences(&new) },
        validateName: Validation.isDNS1123Subdomain,
        warnings: ObjectWarnings.ofServiceAccount)

    /// Of a reference to a secret only the name is kept.
    private static func cleanReferences(_ account: inout JSON) {
        account.updateEach("secrets") { reference in
            reference = JSON(members: reference.members.filter { $0.name == "name" })
        }
    }
}
