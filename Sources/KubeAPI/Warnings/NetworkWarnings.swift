import APIMachinery

/// What Kubernetes warns of in Services, endpoints, ingresses and network policies.
enum NetworkWarnings {
    static func ofService(_ service: JSON) -> [String] {
        var warnings = WarningCollector()
        let spec = service["spec"] ?? .object
        let type = spec["type"]?.string ?? ""
        let hints = "service.kubernetes.io/topology-aware-hints"
        if service["metadata", "annotations"]?[hints] != nil {
            warnings.say("annotation \(hints) is deprecated, please use service.kubernetes.io/topology-mode instead")
        }
        let clusterIP = spec["clusterIP"]?.string ?? ""
        let isHeadless = type == "ClusterIP" && clusterIP == "None"
        let externalIPs = spec["externalIPs"]?.strings ?? []
        if !clusterIP.isEmpty, clusterIP != "None" { addresses(&warnings, "spec.clusterIPs", spec["clusterIPs"]) }
        if isHeadless {
            if !spec.lacks("loadBalancerIP") { warnings.say("spec.loadBalancerIP is ignored for headless services") }
            if !externalIPs.isEmpty { warnings.say("spec.externalIPs is ignored for headless services") }
            if spec["sessionAffinity"]?.string != "None" {
                warnings.say("spec.SessionAffinity is ignored for headless services")
            }
        }
        addresses(&warnings, "spec.externalIPs", spec["externalIPs"])
        if !externalIPs.isEmpty, !isHeadless, type != "ExternalName" {
            warnings.say("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
        }
        warnings.address("spec.loadBalancerIP", spec["loadBalancerIP"]?.string ?? "")
        for (index, range) in (spec["loadBalancerSourceRanges"]?.strings ?? []).enumerated() {
            warnings.network("spec.loadBalancerSourceRanges[\(index)]", range)
        }
        if type == "ExternalName", !externalIPs.isEmpty {
            warnings.say("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
        }
        if type != "ExternalName", !spec.lacks("externalName") {
            warnings.say("spec.externalName is ignored when spec.type is not \"ExternalName\"")
        }
        if spec["trafficDistribution"]?.string == "PreferClose" {
            warnings.say("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
        }
        return warnings.sentences
    }

    /// The status of a Service or an Ingress.
    static func ofBalancerStatus(_ object: JSON) -> [String] {
        var warnings = WarningCollector()
        for (index, ingress) in (object["status", "loadBalancer", "ingress"]?.elements ?? []).enumerated() {
            warnings.address("status.loadBalancer.ingress[\(index)]", ingress["ip"]?.string ?? "")
        }
        return warnings.sentences
    }

    static func ofPodStatus(_ pod: JSON) -> [String] {
        var warnings = WarningCollector()
        for list in ["podIPs", "hostIPs"] {
            for (index, entry) in (pod["status", list]?.elements ?? []).enumerated() {
                warnings.address("status.\(list)[\(index)].ip", entry["ip"]?.string ?? "")
            }
        }
        return warnings.sentences
    }

    static func ofNewIngress(_ ingress: JSON) -> [String] {
        let name = "kubernetes.io/ingress.class"
        guard ingress["metadata", "annotations"]?[name] != nil, ingress["spec", "ingressClassName"] == nil else {
            return []
        }
        return ["annotation \"\(name)\" is deprecated, please use 'spec.ingressClassName' instead"]
    }

    /// What the controllers write is sound.
    private static func isMade(_ object: JSON, by names: String..., label: String) -> Bool {
        names.contains(object["metadata", "labels"]?[label]?.string ?? "")
    }

    static func ofEndpointSlice(_ slice: JSON, isNew: Bool) -> [String] {
        var warnings = WarningCollector()
        if isNew, slice["addressType"]?.string == "FQDN" {
            warnings.warn("spec.addressType", "FQDN endpoints are deprecated")
        }
        if !isMade(
            slice, by: "endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io",
            label: "endpointslice.kubernetes.io/managed-by")
        {
            warnings.each("endpoints", of: slice) { addresses(&$0, "addresses", $1["addresses"]) }
        }
        return warnings.sentences
    }

    static func ofEndpoints(_ endpoints: JSON) -> [String] {
        if isMade(endpoints, by: "endpoint-controller", label: "endpoints.kubernetes.io/managed-by") { return [] }
        var warnings = WarningCollector()
        warnings.each("subsets", of: endpoints) { warnings, subset in
            for list in ["addresses", "notReadyAddresses"] {
                warnings.each(list, of: subset) { $0.address("ip", $1["ip"]?.string ?? "") }
            }
        }
        return warnings.sentences
    }

    static func ofNetworkPolicy(_ policy: JSON) -> [String] {
        var warnings = WarningCollector()
        for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
            warnings.inside("spec", policy["spec"]) { warnings, spec in
                warnings.each(rules, of: spec) { warnings, rule in
                    warnings.each(peers, of: rule) { warnings, peer in
                        warnings.inside("ipBlock", peer["ipBlock"]) { warnings, block in
                            warnings.network("cidr", block["cidr"]?.string ?? "")
                            for (index, range) in (block["except"]?.strings ?? []).enumerated() {
                                warnings.network("except[\(index)]", range)
                            }
                        }
                    }
                }
            }
        }
        return warnings.sentences
    }

    private static func addresses(_ warnings: inout WarningCollector, _ field: String, _ list: JSON?) {
        for (index, address) in (list?.strings ?? []).enumerated() { warnings.address("\(field)[\(index)]", address) }
    }
}
