import APIMachinery

/// Everything known of VolumeAttributesClasses.
enum VolumeAttributesClasses {
    static let resource = Resource(
        "storage.k8s.io/v1", "VolumeAttributesClass", plural: "volumeattributesclasses", shortNames: ["vac"],
        isNamespaced: false,
        columns: [.name, .text("DriverName") { $0["driverName"]?.string ?? "" }, .age], validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            for field in ["driverName", "parameters"] where new[field] != old[field] {
                checker.forbidden(field, "updates to \(field) are forbidden.")
            }
            return checker.errors + validate(new)
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static func validate(_ attributes: JSON) -> [FieldError] {
        var checker = FieldChecker()
        DriverRules.checkProvisioner(&checker, "driverName", attributes)
        DriverRules.checkParameters(&checker, "parameters", attributes["parameters"], mayBeEmpty: false)
        return checker.errors
    }
}
