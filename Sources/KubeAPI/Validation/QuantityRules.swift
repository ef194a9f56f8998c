import APIMachinery

/// What may be asked for and limited, and how much of it.
enum QuantityRules {
    private static let containerResources: Set<String> = ["cpu", "memory", "ephemeral-storage"]
    private static let standardResources: Set<String> = [
        "cpu", "memory", "ephemeral-storage", "storage", "pods", "services", "replicationcontrollers",
        "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports",
        "services.loadbalancers", "requests.cpu", "requests.memory", "requests.storage",
        "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
    ]
    /// Whether the name belongs to a domain, as `example.com/gpu`. It is asked by bytes: looking for a string costs more than
    /// all else that is checked of a quantity.
    private static func isPrefixed(_ name: String) -> Bool { name.utf8.contains(UInt8(ascii: "/")) }

    /// The zero quantity for what cannot be read; the schema has already refused that.
    static func quantity(_ json: JSON) -> Quantity { (try? Quantity(json)) ?? .zero }

    /// The resources of a container: names, amounts, requests within limits.
    static func checkContainer(_ checker: inout FieldChecker, _ resources: JSON, claimNames: Set<String>) {
        let limits = resources["limits"] ?? .object
        for member in limits.members {
            checker.inside("limits[\(member.name)]") { checkAmount(&$0, member.name, member.value) }
        }
        for member in (resources["requests"] ?? .object).members {
            checker.inside("requests[\(member.name)]") { checkAmount(&$0, member.name, member.value) }
            checkWithin(&checker, member, limit: limits[member.name])
        }
        checkHugePages(&checker, resources)
        checkClaims(&checker, resources, claimNames)
    }

    /// The resources of a pod itself: what its containers share.
    static func checkPod(_ checker: inout FieldChecker, _ resources: JSON, _ spec: JSON) {
        if spec["os", "name"]?.string == "windows" { return checker.forbidden("", "may not be set for a windows pod") }
        if resources["claims"]?.isNull == false {
            checker.forbidden("claims", "claims may not be set for Resources at pod-level")
        }
        let limits = resources["limits"] ?? .object
        for (list, holder) in [("limits", limits), ("requests", resources["requests"] ?? .object)] {
            for member in holder.members {
                checker.inside("\(list)[\(member.name)]") { checker in
                    checkPodResourceName(&checker, member.name)
                    checkValue(&checker, member.name, member.value)
                }
                if list == "requests" { checkWithin(&checker, member, limit: limits[member.name]) }
            }
        }
        checkHugePages(&checker, resources)
        checkContainers(&checker, within: limits, spec)
    }

    private static func checkPodResourceName(_ checker: inout FieldChecker, _ name: String) {
        let before = checker.errors.count
        checkResourceName(&checker, name)
        guard checker.errors.count == before, !["cpu", "memory"].contains(name), !name.hasPrefix("hugepages-") else {
            return
        }
        checker.notSupported("", JSON(name), ["cpu", "hugepages-", "memory"])
    }

    /// No container may have more than its pod.
    private static func checkContainers(_ checker: inout FieldChecker, within limits: JSON, _ spec: JSON) {
        for (index, container) in (spec["containers"]?.elements ?? []).enumerated() {
            for limit in container["resources", "limits"]?.members ?? [] {
                guard let most = limits[limit.name].map(quantity), quantity(limit.value) > most else { continue }
                checker.invalid(
                    "containers[\(index)][\(limit.name)].limits", JSON(quantity(limit.value).text),
                    "must be less than or equal to pod limits of \(most.text)")
            }
        }
    }

    private static func checkAmount(_ checker: inout FieldChecker, _ name: String, _ value: JSON) {
        checkContainerResourceName(&checker, name)
        checkValue(&checker, name, value)
    }

    static func checkValue(_ checker: inout FieldChecker, _ name: String, _ value: JSON) {
        let quantity = quantity(value)
        if quantity.isNegative {
            checker.invalid("", value, "must be greater than or equal to 0")
        }
        if isPrefixed(name), !name.hasPrefix("kubernetes.io/"), !quantity.isWhole {
            checker.invalid("", value, "must be an integer")
        }
    }

    private static func checkWithin(_ checker: inout FieldChecker, _ request: JSON.Member, limit: JSON?) {
        let mayExceed = mayBeOvercommitted(request.name)
        guard let limit else {
            if !mayExceed { checker.required("limits", "Limit must be set for non overcommitable resources") }
            return
        }
        let (asked, most) = (quantity(request.value), quantity(limit))
        if asked != most && !mayExceed {
            checker.invalid("requests", JSON(asked.text), "must be equal to \(request.name) limit of \(most.text)")
        } else if asked > most {
            checker.invalid(
                "requests", JSON(asked.text), "must be less than or equal to \(request.name) limit of \(most.text)")
        }
    }

    /// Extended resources and huge pages are given whole.
    static func mayBeOvercommitted(_ name: String) -> Bool {
        (!isPrefixed(name) || name.contains("kubernetes.io/")) && !name.hasPrefix("hugepages-")
    }

    /// A name by the rules for all resources: qualified, and one that Kubernetes knows where it belongs to no domain.
    static func checkResourceName(_ checker: inout FieldChecker, _ name: String) {
        let wrong = Validation.isQualifiedName(name)
        for sentence in wrong { checker.invalid("", JSON(name), sentence) }
        if wrong.isEmpty, !isPrefixed(name), !standardResources.contains(name), !name.hasPrefix("hugepages-"),
            !name.hasPrefix("requests.hugepages-")
        {
            checker.invalid("", JSON(name), "must be a standard resource type or fully qualified")
        }
    }

    /// Whether it is a resource that nodes have of others' making, such as `example.com/gpu`.
    static func isExtended(_ name: String) -> Bool {
        isPrefixed(name) && !name.contains("kubernetes.io/") && !name.hasPrefix("requests.")
    }

    static func checkContainerResourceName(_ checker: inout FieldChecker, _ name: String) {
        let wrong = Validation.isQualifiedName(name)
        for sentence in wrong { checker.invalid("", JSON(name), sentence) }
        guard wrong.isEmpty else {
            // Kubernetes says it of every name of a domain that is none.
            if isPrefixed(name), !name.contains("kubernetes.io/") {
                checker.invalid("", JSON(name), "doesn't follow extended resource name standard")
            }
            return
        }
        if !isPrefixed(name) {
            if !standardResources.contains(name), !name.hasPrefix("hugepages-") {
                checker.invalid("", JSON(name), "must be a standard resource type or fully qualified")
            }
            if !containerResources.contains(name), !name.hasPrefix("hugepages-") {
                checker.invalid("", JSON(name), "must be a standard resource for containers")
            }
        } else if !name.contains("kubernetes.io/") {
            if name.hasPrefix("requests.") || !Validation.isQualifiedName("requests.\(name)").isEmpty {
                checker.invalid("", JSON(name), "doesn't follow extended resource name standard")
            }
        }
    }

    private static func checkHugePages(_ checker: inout FieldChecker, _ resources: JSON) {
        let names = ["limits", "requests"].flatMap { resources[$0]?.members.map(\.name) ?? [] }
        if names.contains(where: { $0.hasPrefix("hugepages-") }), !names.contains("cpu"), !names.contains("memory") {
            checker.forbidden("", "HugePages require cpu or memory")
        }
    }

    private static func checkClaims(_ checker: inout FieldChecker, _ resources: JSON, _ claimNames: Set<String>) {
        var seen: Set<String> = []
        checker.each("claims", of: resources) { checker, claim in
            let name = claim["name"]?.string ?? ""
            if name.isEmpty { return checker.required("") }
            let request = claim["request"]?.string ?? ""
            let key = request.isEmpty ? name : "\(name)/\(request)"
            if seen.contains(name) {
                checker.duplicate("", JSON(name))
            } else {
                if !request.isEmpty { checker.check("request", request, Validation.isDNS1123Label) }
                if seen.contains(key) {
                    checker.duplicate("", JSON(key))
                } else if request.isEmpty, seen.contains(where: { $0.hasPrefix("\(name)/") }) {
                    checker.duplicate("", JSON(name))
                }
                seen.insert(key)
            }
            guard !claimNames.contains(name) else { return }
            let known = claimNames.isEmpty ? " which is empty" : ": \(claimNames.sorted().joined(separator: ", "))"
            checker.notFound("", JSON(name), "must be one of the names in pod.spec.resourceClaims\(known)")
        }
    }
}
