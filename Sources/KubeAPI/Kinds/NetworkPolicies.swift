import APIMachinery

/// Everything known of NetworkPolicies.
enum NetworkPolicies {
    static let resource = Resource(
        "networking.k8s.io/v1", "NetworkPolicy", plural: "networkpolicies", shortNames: ["netpol"],
        columns: [.name, .text("Pod-Selector") { selector($0["spec", "podSelector"]) }, .age],
        prepareForCreate: Strategy.create(generation: true, status: nil),
        prepareForUpdate: Strategy.update(generation: true, status: false),
        setDefaults: setDefaults, validate: validate, validateUpdate: { new, _ in validate(new) },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        warnings: { new, _ in NetworkWarnings.ofNetworkPolicy(new) })

    private static func selector(_ selector: JSON?) -> String {
        let text = Cells.selector(selector)
        return text.isEmpty ? Cells.none : text
    }

    private static func setDefaults(_ policy: inout JSON) {
        policy.updateOrMake("spec") { spec in
            for direction in ["ingress", "egress"] {
                spec.updateEach(direction) { rule in
                    rule.updateEach("ports") { $0.setDefault("protocol", "TCP") }
                }
            }
            guard spec["policyTypes"]?.isEmpty ?? true else { return }
            spec["policyTypes"] = spec["egress"]?.isEmpty ?? true ? ["Ingress"] : ["Ingress", "Egress"]
        }
    }

    private static func validate(_ policy: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", policy["spec"] ?? .object) { checker, spec in
            checker.labelSelector("podSelector", spec["podSelector"])
            for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
                checker.each(direction, of: spec) { checker, rule in
                    checker.each("ports", of: rule) { checkPort(&$0, $1) }
                    checker.each(peers, of: rule) { checkPeer(&$0, $1) }
                }
            }
            let types = ["Ingress", "Egress"]
            if spec["policyTypes"]?.count ?? 0 > types.count {
                return checker.invalid("policyTypes", spec["policyTypes"], "may not specify more than two policyTypes")
            }
            checker.each("policyTypes", of: spec) { checker, type in
                if !types.contains(type.string ?? "") { checker.notSupported("", type, types) }
            }
        }
        return checker.errors
    }

    private static func checkPort(_ checker: inout FieldChecker, _ port: JSON) {
        checker.oneOf("protocol", of: port, ["TCP", "UDP", "SCTP"], mayBeAbsent: true)
        let end = port["endPort"]
        guard let number = port["port"] else {
            if end != nil { checker.invalid("endPort", end, "may not be specified when `port` is not specified") }
            return
        }
        if let name = number.string {
            if end != nil { checker.invalid("endPort", end, "may not be specified when `port` is non-numeric") }
            checker.check("port", name, Validation.isPortName)
            return
        }
        checker.portNumber("port", number)
        guard let last = end?.int else { return }
        if last < number.int ?? 0 {
            checker.invalid("endPort", number, "must be greater than or equal to `port`")
        }
        checker.portNumber("endPort", end)
    }

    private static func checkPeer(_ checker: inout FieldChecker, _ peer: JSON) {
        let selectors = ["podSelector", "namespaceSelector"].filter { peer[$0] != nil }
        for selector in selectors { checker.labelSelector(selector, peer[selector]) }
        checker.inside("ipBlock", peer["ipBlock"]) { checkBlock(&$0, $1) }
        if peer["ipBlock"] == nil {
            if selectors.isEmpty { checker.required("", "must specify a peer") }
        } else if !selectors.isEmpty {
            checker.forbidden("", "may not specify both ipBlock and another peer")
        }
    }

    private static func checkBlock(_ checker: inout FieldChecker, _ block: JSON) {
        guard let text = block["cidr"]?.string, !text.isEmpty else { return checker.required("cidr") }
        checker.check("cidr", text, Validation.isWholeCIDR)
        guard let network = CIDR(text) else { return }
        checker.each("except", of: block) { checker, except in
            checker.check("", except.string ?? "", Validation.isWholeCIDR)
            guard let part = CIDR(except.string ?? "") else { return }
            if !network.contains(part.address) || network.prefixLength >= part.prefixLength {
                checker.invalid("", except, "must be a strict subset of `cidr`")
            }
        }
    }
}
