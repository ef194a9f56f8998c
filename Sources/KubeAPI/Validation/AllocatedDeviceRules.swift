import APIMachinery

/// What drivers tell of the devices that a claim has, and what devices have in common wherever they are told of.
enum AllocatedDeviceRules {
    private static let mostConditions = 8
    private static let mostBindingConditions = 4
    private static let longestData = 10 << 10
    private static let mostAddresses = 16
    private static let longestInterfaceName = 256
    private static let longestHardwareAddress = 128
    private static let longestPoolName = 253

    /// Checks `devices` of a claim's status.
    static func check(_ checker: inout FieldChecker, _ status: JSON) {
        func identity(_ device: JSON) -> String {
            let parts = ["driver", "pool", "device"].map { device[$0]?.string ?? "" }.joined(separator: "/")
            return device["shareID"]?.string.map { "\(parts)/\($0)" } ?? parts
        }
        let allocated = Set((status["allocation", "devices", "results"]?.elements ?? []).map(identity))
        DeviceClaimRules.checkSet(&checker, "devices", status, most: .max, identity) { checker, device in
            DriverRules.checkName(&checker, "driver", device["driver"])
            checkPoolName(&checker, "pool", device["pool"])
            checker.check("device", device["device"]?.string ?? "", Validation.isDNS1123Label)
            let name = identity(device)
            if !allocated.contains(name) {
                checker.invalid("", JSON(name), "must be an allocated device in the claim")
            }
            let conditions = device["conditions"]?.count ?? 0
            if conditions > mostConditions { checker.tooMany("conditions", conditions, mostConditions) }
            ConditionRules.check(&checker, device)
            if device["data"] != nil {
                DeviceClaimRules.checkRaw(&checker, "data", device["data"], longest: longestData)
            }
            checker.inside("networkData", device["networkData"]) { checkNetwork(&$0, $1) }
        }
    }

    private static func checkNetwork(_ checker: inout FieldChecker, _ network: JSON) {
        if network["interfaceName"]?.string?.utf8.count ?? 0 > longestInterfaceName {
            checker.tooLong("interfaceName", longestInterfaceName)
        }
        if network["hardwareAddress"]?.string?.utf8.count ?? 0 > longestHardwareAddress {
            checker.tooLong("hardwareAddress", longestHardwareAddress)
        }
        DeviceClaimRules.checkSet(&checker, "ips", network, most: mostAddresses, { $0.string ?? "" }) {
            $0.check("", $1.string ?? "", Validation.isCIDR)
        }
    }

    static func checkPoolName(_ checker: inout FieldChecker, _ field: String, _ value: JSON?) {
        let name = value?.string ?? ""
        if name.isEmpty { return checker.required(field) }
        if name.utf8.count > longestPoolName { checker.tooLong(field, longestPoolName) }
        for part in name.split(separator: "/", omittingEmptySubsequences: false) {
            checker.check(field, String(part), Validation.isDNS1123Subdomain)
        }
    }

    static func checkBindingConditions(_ checker: inout FieldChecker, _ device: JSON) {
        let wanted = device["bindingConditions"]?.strings ?? []
        for field in ["bindingConditions", "bindingFailureConditions"] {
            DeviceClaimRules.checkSet(&checker, field, device, most: mostBindingConditions, { $0.string ?? "" }) {
                checker, condition in
                checker.check("", condition.string ?? "", Validation.isQualifiedName)
                if field == "bindingFailureConditions", wanted.contains(condition.string ?? "") {
                    checker.invalid(
                        "", condition, "bindingFailureConditions must not overlap with bindingConditions")
                }
            }
        }
        let failures = device["bindingFailureConditions"]?.strings ?? []
        if wanted.isEmpty, !failures.isEmpty {
            checker.invalid(
                "bindingConditions", JSON(wanted), "bindingConditions are required to use bindingFailureConditions")
        }
        if failures.isEmpty, !wanted.isEmpty {
            checker.invalid(
                "bindingFailureConditions", JSON(failures),
                "bindingFailureConditions are required to use bindingConditions")
        }
    }
}
