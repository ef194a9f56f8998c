import APIMachinery

/// What may stand in a device of a ResourceSlice.
enum DeviceRules {
    private static let mostAttributesAndCapacities = 32
    private static let mostTaints = 16
    private static let mostConsumptions = 2
    private static let mostCounters = 32
    private static let longestValue = 64
    private static let mostChoices = 10

    static func check(_ checker: inout FieldChecker, _ device: JSON) {
        checker.check("name", device["name"]?.string ?? "", Validation.isDNS1123Label)
        let attributes = device["attributes"]?.members ?? []
        let capacities = device["capacity"]?.members ?? []
        let count = attributes.count + capacities.count
        if count > mostAttributesAndCapacities {
            checker.invalid(
                "", JSON(count),
                "the total number of attributes and capacities must not exceed \(mostAttributesAndCapacities)")
        }
        for attribute in attributes {
            DeviceClaimRules.checkAttributeName(&checker, "attributes", attribute.name)
            checker.inside("attributes[\(attribute.name)]") { checkAttribute(&$0, attribute.value) }
        }
        let isShared = device["allowMultipleAllocations"]?.bool == true
        for capacity in capacities {
            DeviceClaimRules.checkAttributeName(&checker, "capacity", capacity.name)
            checker.inside("capacity[\(capacity.name)]") { checkCapacity(&$0, capacity.value, isShared: isShared) }
        }
        DeviceClaimRules.checkList(&checker, "taints", device, most: mostTaints) { checker, taint in
            checker.check("key", taint["key"]?.string ?? "", Validation.isQualifiedName)
            checker.check("value", of: taint, Validation.isLabelValue)
            checker.oneOf("effect", of: taint, DeviceClaimRules.taintEffects)
        }
        DeviceClaimRules.checkSet(
            &checker, "consumesCounters", device, most: mostConsumptions, { $0["counterSet"]?.string ?? "" }
        ) { checker, consumption in
            checker.requireText("counterSet", of: consumption, Validation.isDNS1123Label)
            checkCounters(&checker, consumption, most: mostCounters)
        }
        AllocatedDeviceRules.checkBindingConditions(&checker, device)
    }

    static func checkCounters(_ checker: inout FieldChecker, _ holder: JSON, most: Int) {
        let counters = holder["counters"]?.members ?? []
        if counters.isEmpty { return checker.required("counters") }
        if counters.count > most { checker.tooMany("counters", counters.count, most) }
        for counter in counters { checker.check("counters", counter.name, Validation.isDNS1123Label) }
    }

    private static func checkAttribute(_ checker: inout FieldChecker, _ attribute: JSON) {
        let kinds = ["bool", "int", "string", "version", "bools", "ints", "strings", "versions"]
        let present = kinds.filter { attribute[$0] != nil }
        if let text = attribute["string"]?.string, text.utf8.count > longestValue {
            checker.tooLong("string", longestValue)
        }
        if let version = attribute["version"]?.string {
            if !isSemanticVersion(version) {
                checker.invalid("version", JSON(version), "must be a string compatible with semver.org spec 2.0.0")
            }
            if version.utf8.count > longestValue { checker.tooLong("version", longestValue) }
        }
        if present.count != 1 {
            checker.invalid(
                "", present.isEmpty ? "" : InternalForms.of(attribute, "DeviceAttribute"),
                "exactly one value must be specified")
        }
    }

    /// Three numbers, and perhaps a pre-release and a build (semver.org 2.0.0).
    static func isSemanticVersion(_ text: String) -> Bool {
        func isNumber(_ part: Substring) -> Bool {
            !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } && (part == "0" || part.first != "0")
        }
        func isIdentifier(_ part: Substring) -> Bool {
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                }
        }
        func isDigits(_ part: Substring) -> Bool { part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        func parts(_ text: Substring) -> [Substring] { text.split(separator: ".", omittingEmptySubsequences: false) }
        let builds = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        if builds.count > 1, !parts(builds[1]).allSatisfy(isIdentifier) { return false }
        let releases = builds[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        // A number in a pre-release has no zero in front.
        if releases.count > 1, !parts(releases[1]).allSatisfy({ isNumber($0) || isIdentifier($0) && !isDigits($0) }) {
            return false
        }
        let numbers = parts(releases[0])
        return numbers.count == 3 && numbers.allSatisfy(isNumber)
    }

    // MARK: Capacities

    private static func checkCapacity(_ checker: inout FieldChecker, _ capacity: JSON, isShared: Bool) {
        guard let policy = capacity["requestPolicy"] else { return }
        if !isShared { return checker.forbidden("requestPolicy", "allowMultipleAllocations must be true") }
        let all = capacity["value"] ?? "0"
        checker.inside("requestPolicy", policy) { checker, policy in
            let hasValues = policy["validValues"]?.isEmpty == false
            let range = policy["validRange"]
            if hasValues, range != nil {
                return checker.forbidden(
                    "",
                    "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same time"
                )
            }
            guard let standard = policy["default"], !standard.isNull else {
                if hasValues { checker.required("default", "required when validValues is defined") }
                if range != nil { checker.required("default", "required when validRange is defined") }
                return
            }
            if hasValues { checkChoices(&checker, policy, standard, all) }
            checker.inside("validRange", range) { checkRange(&$0, $1, standard, all) }
        }
    }

    private static func checkChoices(_ checker: inout FieldChecker, _ policy: JSON, _ standard: JSON, _ all: JSON) {
        let amounts = (policy["validValues"]?.elements ?? []).map(QuantityRules.quantity)
        for index in amounts.indices.dropFirst() where amounts[index - 1] > amounts[index] {
            checker.invalid(
                "validValues[\(index)]", policy["validValues"]?[index], "values must be sorted in ascending order")
        }
        DeviceClaimRules.checkSet(
            &checker, "validValues", policy, most: mostChoices, { QuantityRules.quantity($0).text }
        ) { checker, value in
            if QuantityRules.quantity(value) > QuantityRules.quantity(all) {
                checker.invalid("", value, "option is larger than capacity value: \(all.string ?? all.text)")
            }
        }
        if !amounts.contains(QuantityRules.quantity(standard)) {
            checker.invalid(
                "validValues", standard, "default value is not valid according to the requestPolicy")
        }
    }

    private static func checkRange(_ checker: inout FieldChecker, _ range: JSON, _ standard: JSON, _ all: JSON) {
        func amount(_ value: JSON) -> Quantity { QuantityRules.quantity(value) }
        func shown(_ value: JSON) -> String { value.string ?? value.text }
        guard let least = range["min"], !least.isNull else {
            return checker.required("min", "required when validRange is defined")
        }
        if amount(least) > amount(all) {
            checker.invalid("min", least, "min is larger than capacity value: \(shown(all))")
        }
        if amount(standard) < amount(least) {
            checker.invalid("min", standard, "default is less than min: \(shown(least))")
        }
        let most = range["max"]
        if let most {
            if amount(least) > amount(most) {
                checker.invalid("max", least, "min is larger than max: \(shown(most))")
            }
            if amount(most) > amount(all) {
                checker.invalid("max", most, "max is larger than capacity value: \(shown(all))")
            }
            if amount(standard) > amount(most) {
                checker.invalid("max", standard, "default is more than max: \(shown(most))")
            }
        }
        guard let step = range["step"] else { return }
        let added = amount(least) + amount(step)
        if added > amount(all) {
            checker.invalid("step", step, "one step \(added.text) is larger than capacity value: \(shown(all))")
        }
        let size = amount(step).value
        for value in [standard, most].compactMap({ $0 })
        where size > 0 && !(amount(value).value - amount(least).value).isMultiple(of: size) {
            checker.invalid(
                "step", value, "value is not a multiple of a given step (\(shown(step))) from (\(shown(least)))")
        }
    }
}
