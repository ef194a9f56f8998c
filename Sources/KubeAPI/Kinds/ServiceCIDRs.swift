import APIMachinery

/// Everything known of ServiceCIDRs.
public enum ServiceCIDRs {
    /// The range that a cluster begins with.
    public static let defaultName = "kubernetes"
    /// Holds a range while addresses of it are in use.
    public static let finalizer = "networking.k8s.io/service-cidr-finalizer"

    static let resource = Resource(
        "networking.k8s.io/v1", "ServiceCIDR", plural: "servicecidrs", isNamespaced: false,
        subresources: [.status("networking.k8s.io/v1", "ServiceCIDR")],
        columns: [
            .name, .text("CIDRs") { ($0["spec", "cidrs"]?.strings ?? []).joined(separator: ",") }, .age,
        ],
        prepareForCreate: Strategy.create(generation: false, status: .object),
        prepareForUpdate: Strategy.update(generation: false, status: true),
        prepareForStatusUpdate: Strategy.statusAlone, validate: validate, validateUpdate: validateUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static func validate(_ range: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checkRanges(&checker, range)
        return checker.errors
    }

    private static func checkRanges(_ checker: inout FieldChecker, _ range: JSON) {
        checker.inside("spec") { checker in
            let ranges = range["spec", "cidrs"]?.strings ?? []
            if ranges.isEmpty { return checker.required("cidrs", "at least one CIDR required") }
            if ranges.count > 2 {
                return checker.invalid("cidrs", range["spec"], as: "ServiceCIDRSpec", "may only hold up to 2 values")
            }
            for (index, text) in ranges.enumerated() { checker.check("cidrs[\(index)]", text, Validation.isWholeCIDR) }
            let families = ranges.compactMap { CIDR($0)?.address.isIPv6 }
            if families.count == 2, families[0] == families[1] {
                checker.invalid(
                    "cidrs", range["spec", "cidrs"],
                    "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64")
            }
        }
    }

    /// Ranges stay; one of another family may join.
    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        let immutable = "field is immutable"
        var checker = FieldChecker()
        let (now, then) = (new["spec", "cidrs"]?.strings ?? [], old["spec", "cidrs"]?.strings ?? [])
        if now.count == then.count {
            for (index, text) in now.enumerated() where text != then[index] {
                checker.invalid("spec.cidrs[\(index)]", JSON(text), immutable)
            }
        } else if then.count == 1, now.count == 2 {
            if now[0] != then[0] { checker.invalid("spec.cidrs[0]", JSON(now[0]), immutable) }
            checkRanges(&checker, new)
        } else {
            checker.invalid("spec.cidrs", new["spec", "cidrs"], immutable)
        }
        return checker.errors
    }
}
