import APIMachinery

/// What may stand in a Service's spec.
struct ServiceRules {
    let spec: JSON
    let old: JSON?
    private var type: String { spec["type"]?.string ?? "" }
    private var isHeadless: Bool { spec["clusterIPs"]?[0].string == "None" || spec["clusterIP"]?.string == "None" }
    private var isReachableFromOutside: Bool {
        type == "LoadBalancer" || type == "NodePort"
            || type == "ClusterIP" && spec["externalIPs"]?.count ?? 0 > 0
    }

    init(_ spec: JSON, old: JSON? = nil) {
        self.spec = spec
        self.old = old
    }

    func check(_ checker: inout FieldChecker) {
        if spec["ports"]?.count ?? 0 == 0, !isHeadless, type != "ExternalName" { checker.required("ports") }
        checkType(&checker)
        checkPorts(&checker)
        checker.labels("selector", spec["selector"])
        checkAffinity(&checker)
        if type != "ExternalName" { checkAddresses(&checker) }
        checker.each("externalIPs", of: spec) { checker, address in
            let wrong = Validation.isIP(address.string ?? "")
            for sentence in wrong { checker.invalid("", address, sentence) }
            if wrong.isEmpty { AddressRules.checkEndpoint(&checker, "", address.string ?? "") }
        }
        checker.oneOf("type", of: spec, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
        checkPortsDiffer(&checker)
        checkLoadBalancer(&checker)
        checkTraffic(&checker)
    }

    private func checkType(_ checker: inout FieldChecker) {
        switch type {
        case "LoadBalancer", "NodePort":
            if isHeadless { checker.invalid("clusterIPs[0]", "None", "may not be set to 'None' for \(type) services") }
        case "ExternalName":
            for field in ["clusterIPs", "ipFamilies"] where spec[field]?.count ?? 0 > 0 {
                checker.forbidden(field, "may not be set for ExternalName services")
            }
            if spec["ipFamilyPolicy"] != nil {
                checker.forbidden("ipFamilyPolicy", "may not be set for ExternalName services")
            }
            let name = spec["externalName"]?.string ?? ""
            let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
            if bare.isEmpty {
                checker.required("externalName")
            } else {
                checker.check("externalName", bare, Validation.isDNS1123Subdomain)
            }
        default: break
        }
    }

    private func checkPorts(_ checker: inout FieldChecker) {
        let needsNames = spec["ports"]?.count ?? 0 > 1
        var names: Set<String> = []
        checker.each("ports", of: spec) { checker, port in
            let name = port["name"]?.string ?? ""
            if name.isEmpty {
                if needsNames { checker.required("name") }
            } else {
                checker.check("name", name, Validation.isDNS1123Label)
                if !names.insert(name).inserted { checker.duplicate("name", JSON(name)) }
            }
            checker.portNumber("port", port["port"])
            checker.oneOf("protocol", of: port, ContainerRules.protocols)
            checker.port("targetPort", port["targetPort"])
            checker.check("appProtocol", of: port, Validation.isQualifiedName)
        }
    }

    private static let maximumAffinitySeconds = 86_400

    private func checkAffinity(_ checker: inout FieldChecker) {
        checker.oneOf("sessionAffinity", of: spec, ["ClientIP", "None"])
        switch spec["sessionAffinity"]?.string {
        case "ClientIP":
            let seconds = spec["sessionAffinityConfig", "clientIP", "timeoutSeconds"]
            if spec["sessionAffinityConfig"] == nil {
                checker.required("sessionAffinityConfig", "when session affinity type is ClientIP")
            } else if let seconds {
                if !(1...Self.maximumAffinitySeconds).contains(seconds.int ?? 0) {
                    checker.invalid(
                        "sessionAffinityConfig.clientIP.timeoutSeconds", seconds,
                        "must be greater than 0 and less than \(Self.maximumAffinitySeconds)")
                }
            }
        case "None":
            if spec["sessionAffinityConfig"] != nil {
                checker.forbidden("sessionAffinityConfig", "must not be set when session affinity is None")
            }
        default: break
        }
    }

    private func checkAddresses(_ checker: inout FieldChecker) {
        let addresses = spec["clusterIPs"]?.strings ?? []
        if let first = spec["clusterIP"]?.string, !first.isEmpty {
            if addresses.isEmpty {
                checker.required("clusterIPs")
            } else if addresses[0] != first {
                checker.invalid("clusterIPs", spec["clusterIPs"], "first value must match `clusterIP`")
            }
        } else if !addresses.isEmpty {
            checker.invalid("clusterIPs", spec["clusterIPs"], "must be empty when `clusterIP` is not specified")
        }
        var families: Set<String> = []
        checker.each("ipFamilies", of: spec) { checker, family in
            let name = family.string ?? ""
            if !["IPv4", "IPv6"].contains(name) { checker.notSupported("", family, ["IPv4", "IPv6"]) }
            if !families.insert(name).inserted { checker.duplicate("", family) }
        }
        checker.oneOf(
            "ipFamilyPolicy", of: spec, ["PreferDualStack", "RequireDualStack", "SingleStack"], mayBeAbsent: true)
        if addresses.first == "None" {
            if addresses.count > 1 {
                checker.invalid("clusterIPs", spec["clusterIPs"], "'None' must be the first and only value")
            }
            return
        }
        checkFamilies(&checker, addresses)
    }

    private func checkFamilies(_ checker: inout FieldChecker, _ addresses: [String]) {
        checker.each("clusterIPs", of: spec) { $0.check("", $1.string ?? "", Validation.isIP) }
        if addresses.count > 2 { checker.invalid("clusterIPs", spec["clusterIPs"], "may only hold up to 2 values") }
        let isIPv6 = addresses.compactMap { IPAddress($0)?.isIPv6 }
        guard isIPv6.count == addresses.count else { return }
        if addresses.count > 1, Set(isIPv6).count < 2 {
            checker.invalid("clusterIPs", spec["clusterIPs"], "may specify no more than one IP for each IP family")
        }
        for (index, family) in (spec["ipFamilies"]?.strings ?? []).enumerated().prefix(addresses.count)
        where (family == "IPv6") != isIPv6[index] {
            checker.invalid(
                "clusterIPs[\(index)]", JSON(addresses[index]),
                "expected an \(family) value as indicated by `ipFamilies[\(index)]`")
        }
    }

    private func checkPortsDiffer(_ checker: inout FieldChecker) {
        if type == "ClusterIP" {
            checker.each("ports", of: spec) { checker, port in
                if port["nodePort"]?.int ?? 0 != 0 {
                    checker.forbidden("nodePort", "may not be used when `type` is 'ClusterIP'")
                }
            }
        }
        var nodePorts: Set<String> = []
        var ports: Set<String> = []
        checker.each("ports", of: spec) { checker, port in
            let transport = port["protocol"]?.string ?? ""
            if let number = port["nodePort"]?.int, number != 0, !nodePorts.insert("\(transport)/\(number)").inserted {
                checker.duplicate("nodePort", JSON(number))
            }
        }
        checker.each("ports", of: spec) { checker, port in
            let transport = port["protocol"] ?? ""
            let number = port["port"] ?? 0
            if !ports.insert("\(transport.text)/\(number.text)").inserted {
                let shown: JSON = ["port": number, "protocol": transport]
                checker.duplicate("", InternalForms.of(shown, "ServicePort"))
            }
        }
    }

    private func checkLoadBalancer(_ checker: inout FieldChecker) {
        if spec["loadBalancerSourceRanges"]?.count ?? 0 > 0 {
            if type != "LoadBalancer" {
                checker.forbidden("LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
            }
            for (index, range) in (spec["loadBalancerSourceRanges"]?.strings ?? []).enumerated() {
                checker.check("LoadBalancerSourceRanges[\(index)]", range, Validation.isCIDR)
            }
        }
        if spec["allocateLoadBalancerNodePorts"] != nil, type != "LoadBalancer" {
            checker.forbidden("allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'")
        }
        if type == "LoadBalancer" {
            checker.check("loadBalancerClass", of: spec, Validation.isQualifiedName)
        } else if spec["loadBalancerClass"] != nil {
            checker.forbidden("loadBalancerClass", "may only be used when `type` is 'LoadBalancer'")
        }
    }

    private func checkTraffic(_ checker: inout FieldChecker) {
        if isReachableFromOutside {
            checker.oneOf("externalTrafficPolicy", of: spec, ["Cluster", "Local"])
        } else if !spec.lacks("externalTrafficPolicy") {
            checker.invalid(
                "externalTrafficPolicy", spec["externalTrafficPolicy"],
                "may only be set for externally-accessible services")
        }
        if let port = spec["healthCheckNodePort"], port.int != 0 {
            if type == "LoadBalancer", spec["externalTrafficPolicy"]?.string == "Local" {
                checker.portNumber("healthCheckNodePort", port)
            } else {
                checker.invalid(
                    "healthCheckNodePort", port,
                    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
            }
        }
        checker.oneOf(
            "internalTrafficPolicy", of: spec, ["Cluster", "Local"],
            mayBeAbsent: !["ClusterIP", "NodePort", "LoadBalancer"].contains(type))
        checker.oneOf(
            "trafficDistribution", of: spec, ["PreferClose", "PreferSameZone", "PreferSameNode"], mayBeAbsent: true)
    }

    /// What an update may not change.
    func checkUpdate(_ checker: inout FieldChecker, from old: JSON) {
        let oldType = old["type"]?.string ?? ""
        let (now, before) = (spec["clusterIPs"]?.strings ?? [], old["clusterIPs"]?.strings ?? [])
        let isKept = (before.first == "None" && isHeadless) || before.isEmpty
        if type != "ExternalName", oldType != "ExternalName", !isKept {
            if now.isEmpty {
                checker.invalid("clusterIPs[0]", spec["clusterIPs"] ?? .null, "primary clusterIP can not be unset")
            }
            for index in 0..<min(now.count, before.count) where now[index] != before[index] {
                checker.invalid("clusterIPs[\(index)]", spec["clusterIPs"], "may not change once set")
            }
        }
        if type != "LoadBalancer", spec["loadBalancerClass"] != nil {
            checker.forbidden("loadBalancerClass", "may only be used when `type` is 'LoadBalancer'")
        }
        if type == "LoadBalancer", oldType == "LoadBalancer", spec["loadBalancerClass"] != old["loadBalancerClass"] {
            checker.invalid("loadBalancerClass", spec["loadBalancerClass"], "may not change once set")
        }
        let port = old["healthCheckNodePort"]?.int ?? 0
        if port != 0, type == "LoadBalancer", spec["externalTrafficPolicy"]?.string == "Local",
            spec["healthCheckNodePort"]?.int ?? 0 != port
        {
            checker.forbidden("healthCheckNodePort", "field is immutable")
        }
    }
}
