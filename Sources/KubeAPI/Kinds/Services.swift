import APIMachinery

/// Everything known of Services. Cluster IPs, node ports and IP families are given out by the API server's allocators.
enum Services {
    static let resource = Resource(
        "v1", "Service", plural: "services", shortNames: ["svc"], categories: ["all"],
        subresources: [
            Resource.Subresource(
                .proxy, GroupVersionKind(group: "", version: "v1", kind: "ServiceProxyOptions"),
                verbs: [.create, .delete, .get, .patch, .update]),
            .status("v1", "Service"),
        ],
        columns: NetworkColumns.services,
        allowsCreateOnUpdate: true,
        prepareForCreate: Strategy.create(generation: false, status: ["loadBalancer": .object]),
        prepareForUpdate: prepareForUpdate,
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: validate,
        validateUpdate: validateUpdate, validateStatusUpdate: validateStatusUpdate,
        validateName: Validation.isDNS1123Label,
        selectableFields: [
            "spec.clusterIP": { $0["spec", "clusterIP"]?.string ?? "" },
            "spec.type": { $0["spec", "type"]?.string ?? "" },
        ], warnings: { new, _ in NetworkWarnings.ofService(new) },
        statusWarnings: { new, _ in NetworkWarnings.ofBalancerStatus(new) })

    /// A change of the type or the traffic policy drops what no longer applies, unless the client changed it too.
    private static func prepareForUpdate(_ new: inout JSON, _ old: JSON) {
        new.keep("status", of: old)
        let oldSpec = old["spec"] ?? .object
        let type = new["spec", "type"]?.string ?? ""
        let oldType = oldSpec["type"]?.string ?? ""
        new.update("spec") { spec in
            let before = spec
            func drop(_ names: String..., when applied: Bool, andNowNot applies: Bool) {
                guard applied, !applies else { return }
                for name in names where spec[name] == oldSpec[name] { spec[name] = nil }
            }
            let (hadAddress, hasAddress) = (oldType != "ExternalName", type != "ExternalName")
            if hadAddress, !hasAddress {
                if spec["clusterIP"] == oldSpec["clusterIP"], spec["clusterIPs"] == oldSpec["clusterIPs"] {
                    spec["clusterIP"] = nil
                    spec["clusterIPs"] = nil
                }
            }
            drop(
                "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", when: hadAddress,
                andNowNot: hasAddress)
            if hasNodePorts(oldSpec), !hasNodePorts(spec),
                nodePorts(oldSpec).isSuperset(of: nodePorts(spec))
            {
                spec.updateEach("ports") { $0["nodePort"] = nil }
            }
            drop(
                "healthCheckNodePort", when: needsHealthCheck(oldSpec), andNowNot: needsHealthCheck(before))
            drop(
                "allocateLoadBalancerNodePorts", "loadBalancerClass", when: oldType == "LoadBalancer",
                andNowNot: type == "LoadBalancer")
            drop(
                "externalTrafficPolicy", when: isReachableFromOutside(oldSpec),
                andNowNot: isReachableFromOutside(before))
        }
        if type != "LoadBalancer", old["status", "loadBalancer"]?.count ?? 0 > 0 {
            new.set(["status", "loadBalancer"], to: .object)
        }
    }

    private static func hasNodePorts(_ spec: JSON) -> Bool {
        ["NodePort", "LoadBalancer"].contains(spec["type"]?.string ?? "")
    }
    private static func nodePorts(_ spec: JSON) -> Set<Int> {
        Set((spec["ports"]?.elements ?? []).compactMap { $0["nodePort"]?.int }.filter { $0 != 0 })
    }
    private static func needsHealthCheck(_ spec: JSON) -> Bool {
        spec["type"]?.string == "LoadBalancer" && spec["externalTrafficPolicy"]?.string == "Local"
    }
    private static func isReachableFromOutside(_ spec: JSON) -> Bool {
        hasNodePorts(spec) || spec["type"]?.string == "ClusterIP" && spec["externalIPs"]?.count ?? 0 > 0
    }

    private static func setDefaults(_ service: inout JSON) {
        service.updateOrMake("spec") { spec in
            setSessionAffinity(&spec)
            if spec.lacks("type") { spec["type"] = "ClusterIP" }
            spec.updateEach("ports") { port in
                if port.lacks("protocol") { port["protocol"] = "TCP" }
                let target = port["targetPort"]
                if port.lacks("targetPort") || target?.int == 0 { port["targetPort"] = port["port"] ?? 0 }
            }
            let type = spec["type"]?.string ?? ""
            if isReachableFromOutside(spec), spec.lacks("externalTrafficPolicy") {
                spec["externalTrafficPolicy"] = "Cluster"
            }
            if ["NodePort", "LoadBalancer", "ClusterIP"].contains(type) {
                spec.setDefault("internalTrafficPolicy", "Cluster")
            }
            if type == "LoadBalancer" { spec.setDefault("allocateLoadBalancerNodePorts", true) }
        }
        guard service["spec", "type"]?.string == "LoadBalancer" else { return }
        service.update("status") { status in
            status.update("loadBalancer") { balancer in
                balancer.updateEach("ingress") { if !$0.lacks("ip") { $0.setDefault("ipMode", "VIP") } }
            }
        }
    }

    private static func setSessionAffinity(_ spec: inout JSON) {
        if spec.lacks("sessionAffinity") { spec["sessionAffinity"] = "None" }
        switch spec["sessionAffinity"]?.string {
        case "None": if spec["sessionAffinityConfig"] != nil { spec["sessionAffinityConfig"] = nil }
        case "ClientIP" where spec["sessionAffinityConfig", "clientIP", "timeoutSeconds"] == nil:
            spec["sessionAffinityConfig"] = ["clientIP": ["timeoutSeconds": 10800]]
        default: break
        }
    }

    private static func validate(_ service: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", service["spec"] ?? .object) { ServiceRules($1).check(&$0) }
        let ranges = "service.beta.kubernetes.io/load-balancer-source-ranges"
        if service["metadata", "annotations"]?[ranges]?.string?.isEmpty == false,
            service["spec", "loadBalancerSourceRanges"]?.isEmpty ?? true,
            service["spec", "type"]?.string != "LoadBalancer"
        {
            checker.forbidden("metadata.annotations[\(ranges)]", "may only be used when `type` is 'LoadBalancer'")
        }
        return checker.errors
    }
    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let oldSpec = old["spec"] ?? .object
        checker.inside("spec", new["spec"] ?? .object) { checker, spec in
            let rules = ServiceRules(spec, old: oldSpec)
            rules.checkUpdate(&checker, from: oldSpec)
            rules.check(&checker)
        }
        return checker.errors
    }
    private static func validateStatusUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let balancer = new["status", "loadBalancer"] ?? .object
        if new["spec", "type"]?.string != "LoadBalancer", balancer["ingress"]?.count ?? 0 > 0 {
            checker.forbidden(
                "status.loadBalancer.ingress", "may only be used when `spec.type` is 'LoadBalancer'")
        } else {
            checker.inside("status.loadBalancer", balancer) {
                AddressRules.checkLoadBalancer(&$0, $1, needsMode: true)
            }
        }
        return checker.errors
    }
}
