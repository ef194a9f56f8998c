import APIMachinery

/// Everything known of CSINodes.
enum CSINodes {
    static let resource = Resource(
        "storage.k8s.io/v1", "CSINode", plural: "csinodes", isNamespaced: false,
        columns: [.name, .number("Drivers", "integer") { $0["spec", "drivers"]?.count ?? 0 }, .age],
        allowsUnconditionalUpdate: false, validate: validate, validateUpdate: validateUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static let maximumIdentifierBytes = 256

    private static func validate(_ node: JSON) -> [FieldError] {
        var checker = FieldChecker()
        var names: Set<String> = []
        checker.inside("spec", node["spec"] ?? .object) { checker, spec in
            checker.each("drivers", of: spec) { checker, driver in
                DriverRules.checkName(&checker, "name", driver["name"])
                let identifier = driver["nodeID"]?.string ?? ""
                if identifier.isEmpty { checker.required("nodeID") }
                if identifier.utf8.count > maximumIdentifierBytes {
                    checker.invalid(
                        "nodeID", JSON(identifier), "must be \(maximumIdentifierBytes) characters or less")
                }
                checker.inside("allocatable", driver["allocatable"]) { $0.nonNegative("count", of: $1) }
                if !names.insert(driver["name"]?.string ?? "").inserted { checker.duplicate("name", driver["name"]) }
                checkTopology(&checker, driver["topologyKeys"]?.strings ?? [])
            }
        }
        return checker.errors
    }

    private static func checkTopology(_ checker: inout FieldChecker, _ keys: [String]) {
        var seen: Set<String> = []
        for key in keys {
            if key.isEmpty { checker.required("") }
            if !seen.insert(key).inserted { checker.duplicate("", JSON(key)) }
            checker.check("", key, Validation.isQualifiedName)
        }
    }

    /// What is told of a driver stays, but for how many volumes it can attach.
    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        for before in old["spec", "drivers"]?.elements ?? [] {
            for driver in new["spec", "drivers"]?.elements ?? [] where driver["name"] == before["name"] {
                var (now, then) = (driver, before)
                now["allocatable"] = nil
                then["allocatable"] = nil
                checker.immutable("spec.drivers", now, then)
            }
        }
        return validate(new) + checker.errors
    }
}
