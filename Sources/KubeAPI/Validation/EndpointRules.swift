import APIMachinery

/// EndpointSlices and Endpoints.
enum EndpointRules {
    private static let maximumAddresses = 100
    private static let maximumPorts = 20_000
    private static let maximumEndpoints = 1000
    private static let maximumHints = 8

    /// Addresses that a slice had before are not asked again whether they are of its family.
    static func checkSlice(_ checker: inout FieldChecker, _ slice: JSON, old: JSON? = nil) {
        let known = Set((old?["endpoints"]?.elements ?? []).flatMap { $0["addresses"]?.strings ?? [] })
        checker.oneOf("addressType", of: slice, ["FQDN", "IPv4", "IPv6"])
        checkPorts(&checker, slice)
        let count = slice["endpoints"]?.count ?? 0
        if count > maximumEndpoints { return checker.tooMany("endpoints", count, maximumEndpoints) }
        let type = slice["addressType"]?.string ?? ""
        checker.each("endpoints", of: slice) { checker, endpoint in
            let count = endpoint["addresses"]?.count ?? 0
            if count == 0 {
                checker.required("addresses", "must contain at least 1 address")
            } else if count > maximumAddresses {
                checker.tooMany("addresses", count, maximumAddresses)
            }
            for (index, address) in (endpoint["addresses"]?.strings ?? []).enumerated()
            where !known.contains(address) {
                checkAddress(&checker, "addresses", index, address, type)
            }
            checker.check("nodeName", of: endpoint, Validation.isDNS1123Subdomain)
            checker.check("hostname", of: endpoint, Validation.isDNS1123Label)
            checker.inside("hints", endpoint["hints"]) { checkHints(&$0, $1) }
        }
    }

    private static func checkAddress(
        _ checker: inout FieldChecker, _ list: String, _ index: Int, _ address: String, _ type: String
    ) {
        let field = "\(list)[\(index)]"
        switch type {
        case "FQDN": checker.check(field, address, Validation.isDNS1123Subdomain)
        case "IPv4", "IPv6":
            let wrong = Validation.isIP(address)
            for sentence in wrong { checker.invalid(field, JSON(address), sentence) }
            guard wrong.isEmpty else { return }
            // Of the family Kubernetes does not say which address it is.
            if IPAddress(address)?.isIPv6 != (type == "IPv6") {
                checker.invalid(list, JSON(address), "must be an \(type) address")
            }
            AddressRules.checkEndpoint(&checker, field, address)
        default: break
        }
    }

    private static func checkPorts(_ checker: inout FieldChecker, _ slice: JSON) {
        let count = slice["ports"]?.count ?? 0
        if count > maximumPorts { return checker.tooMany("ports", count, maximumPorts) }
        var names: Set<String> = []
        checker.each("ports", of: slice) { checker, port in
            checker.check("name", of: port, Validation.isDNS1123Label)
            let name = port["name"]?.string ?? ""
            if !names.insert(name).inserted { checker.duplicate("name", JSON(name)) }
            checker.oneOf("protocol", of: port, ContainerRules.protocols)
            checker.check("appProtocol", of: port, Validation.isQualifiedName)
        }
    }

    private static func checkHints(_ checker: inout FieldChecker, _ hints: JSON) {
        for field in ["forZones", "forNodes"] {
            let count = hints[field]?.count ?? 0
            if count > maximumHints { return checker.tooMany(field, count, maximumHints) }
            var names: Set<String> = []
            checker.each(field, of: hints) { checker, hint in
                let name = hint["name"]?.string ?? ""
                if !names.insert(name).inserted { checker.duplicate("name", JSON(name)) }
                checker.check(
                    "name", name, field == "forZones" ? Validation.isLabelValue : Validation.isDNS1123Subdomain)
            }
        }
    }

    static func checkSubsets(_ checker: inout FieldChecker, _ endpoints: JSON) {
        checker.each("subsets", of: endpoints) { checker, subset in
            if subset["addresses"]?.count ?? 0 == 0, subset["notReadyAddresses"]?.count ?? 0 == 0 {
                checker.required("", "must specify `addresses` or `notReadyAddresses`")
            }
            for list in ["addresses", "notReadyAddresses"] {
                checker.each(list, of: subset) { checker, address in
                    checker.check("ip", address["ip"]?.string ?? "", Validation.isIP)
                    checker.check("hostname", of: address, Validation.isDNS1123Label)
                    checker.check("nodeName", of: address, Validation.isDNS1123Subdomain)
                    AddressRules.checkEndpoint(&checker, "ip", address["ip"]?.string ?? "")
                }
            }
            let needsNames = subset["ports"]?.count ?? 0 > 1
            checker.each("ports", of: subset) { checker, port in
                if needsNames {
                    checker.requireText("name", of: port, Validation.isDNS1123Label)
                } else {
                    checker.check("name", of: port, Validation.isDNS1123Label)
                }
                checker.portNumber("port", port["port"])
                checker.oneOf("protocol", of: port, ContainerRules.protocols)
                checker.check("appProtocol", of: port, Validation.isQualifiedName)
            }
        }
    }
}
