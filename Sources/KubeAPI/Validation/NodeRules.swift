import APIMachinery

/// What may stand in a Node.
enum NodeRules {
    static func check(_ node: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("metadata") { checkTaints(&$0, node["spec"] ?? .object) }
        checkResources(&checker, node)
        checker.inside("spec", node["spec"]) { checker, spec in
            checker.each("podCIDRs", of: spec) { $0.check("", $1.string ?? "", Validation.isCIDR) }
            checkFamilies(&checker, spec)
        }
        return checker.errors
    }

    static func checkUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checkResources(&checker, new)
        checkAddresses(&checker, new)
        let networks = old["spec", "podCIDRs"]?.strings ?? []
        if !networks.isEmpty, networks != new["spec", "podCIDRs"]?.strings ?? [] {
            checker.forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid")
        }
        if let provider = old["spec", "providerID"]?.string, !provider.isEmpty,
            provider != new["spec", "providerID"]?.string
        {
            checker.forbidden("spec.providerID", "node updates may not change providerID except from \"\" to valid")
        }
        checker.inside("metadata") { checkTaints(&$0, new["spec"] ?? .object) }
        return checker.errors
    }

    private static func checkFamilies(_ checker: inout FieldChecker, _ spec: JSON) {
        let families = (spec["podCIDRs"]?.strings ?? []).compactMap { CIDR($0)?.address.isIPv6 }
        if families.count > 2 || families.count == 2 && families[0] == families[1] {
            checker.invalid("podCIDRs", spec["podCIDRs"], "may specify no more than one CIDR for each IP family")
        }
    }

    /// Kubernetes tells of taints under `metadata`.
    private static func checkTaints(_ checker: inout FieldChecker, _ spec: JSON) {
        var seen: Set<String> = []
        checker.each("taints", of: spec) { checker, taint in
            checker.check("key", taint["key"]?.string ?? "", Validation.isQualifiedName)
            let wrong = Validation.isLabelValue(taint["value"]?.string ?? "")
            if !wrong.isEmpty { checker.invalid("value", taint["value"], wrong.joined(separator: ";")) }
            checker.oneOf("effect", of: taint, SchedulingRules.taintEffects)
            let identity = "\(taint["effect"]?.string ?? "") \(taint["key"]?.string ?? "")"
            if !seen.insert(identity).inserted {
                checker.add(
                    .duplicate, "",
                    "Duplicate value: \(InternalForms.of(taint, "Taint").text): taints must be unique by key and effect pair"
                )
            }
        }
    }

    private static func checkResources(_ checker: inout FieldChecker, _ node: JSON) {
        for list in ["capacity", "allocatable"] {
            for member in node["status", list]?.members ?? [] {
                checker.inside("status.\(list).\(member.name)") {
                    QuantityRules.checkValue(&$0, member.name, member.value)
                }
            }
        }
    }

    private static func checkAddresses(_ checker: inout FieldChecker, _ node: JSON) {
        var seen: Set<String> = []
        checker.inside("status", node["status"]) { checker, status in
            checker.each("addresses", of: status) { checker, address in
                if !seen.insert("\(address["type"]?.string ?? "") \(address["address"]?.string ?? "")").inserted {
                    checker.duplicate("", InternalForms.of(address, "NodeAddress"))
                }
            }
        }
    }
}
