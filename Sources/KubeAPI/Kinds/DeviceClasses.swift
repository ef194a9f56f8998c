import APIMachinery

/// Everything known of DeviceClasses.
enum DeviceClasses {
    static let resource = Resource(
        "resource.k8s.io/v1", "DeviceClass", plural: "deviceclasses", isNamespaced: false, columns: [.name, .age],
        prepareForCreate: Strategy.create(generation: true, status: nil),
        prepareForUpdate: Strategy.update(generation: true, status: false), validate: validate,
        validateUpdate: { new, _ in validate(new) }, validateName: Validation.isDNS1123Subdomain,
        finalizerNames: .qualifiedWhenCreated)

    private static func validate(_ deviceClass: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", deviceClass["spec"] ?? .object) { checker, spec in
            DeviceClaimRules.checkSelectors(&checker, spec)
            DeviceClaimRules.checkList(&checker, "config", spec, most: DeviceClaimRules.mostConfigurations) {
                DeviceClaimRules.checkConfiguration(&$0, $1)
            }
            if let name = spec["extendedResourceName"]?.string,
                !QuantityRules.isExtended(name) || !Validation.isQualifiedName("requests.\(name)").isEmpty
            {
                checker.invalid("extendedResourceName", JSON(name), "must be a valid extended resource name")
            }
        }
        return checker.errors
    }
}
