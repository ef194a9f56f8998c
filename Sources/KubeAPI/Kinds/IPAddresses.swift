import APIMachinery

/// Everything known of IPAddresses: an object for each address that a Service has.
public enum IPAddresses {
    /// Marks those that the cluster itself keeps.
    public static let managerLabel = "ipaddress.kubernetes.io/managed-by"
    public static let manager = "ipallocator.k8s.io"
    public static let familyLabel = "ipaddress.kubernetes.io/ip-family"

    static let resource = Resource(
        "networking.k8s.io/v1", "IPAddress", plural: "ipaddresses", shortNames: ["ip"], isNamespaced: false,
        columns: [.name, .text("ParentRef", parent)], validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            if new["spec", "parentRef"] != old["spec", "parentRef"] {
                checker.invalid(
                    "spec.parentRef", new["spec", "parentRef"], as: "ParentReference", "field is immutable")
            }
            return checker.errors
        },
        // The name is the address as it is canonically written.
        validateName: Validation.isCanonicalIP, finalizerNames: .qualifiedWhenCreated)

    private static func parent(_ address: JSON) -> String {
        guard let parent = address["spec", "parentRef"] else { return Cells.none }
        let group = parent["group"]?.string.map { $0.isEmpty ? "" : ".\($0)" } ?? ""
        let names = [parent["namespace"], parent["name"]].compactMap { $0?.string }.filter { !$0.isEmpty }
        return ([((parent["resource"]?.string ?? "") + group).lowercased()] + names).joined(separator: "/")
    }

    private static func validate(_ address: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec") { checker in
            guard let parent = address["spec", "parentRef"] else { return checker.required("parentRef") }
            checker.inside("parentRef", parent) { checker, parent in
                // The group of Services is the empty one.
                checker.check("group", of: parent, Validation.isDNS1123Subdomain)
                checker.requireText("resource", of: parent, Validation.isPathSegment)
                checker.requireText("name", of: parent, Validation.isPathSegment)
                checker.check("namespace", of: parent, Validation.isPathSegment)
            }
        }
        return checker.errors
    }
}
