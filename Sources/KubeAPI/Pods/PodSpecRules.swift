import APIMachinery

/// What may stand in a pod's spec; the order of the checks is the order in which users see what is wrong.
enum PodSpecRules {
    static func check(_ checker: inout FieldChecker, _ spec: JSON, isPod: Bool) {
        if spec["terminationGracePeriodSeconds"] == nil { checker.required("terminationGracePeriodSeconds") }
        let volumes = VolumeRules.check(&checker, spec)
        let claims = Set((spec["resourceClaims"]?.elements ?? []).compactMap { $0["name"]?.string })
        checkResourceClaims(&checker, spec)
        let rules = ContainerRules(volumes: volumes, claimNames: claims, spec: spec)
        checkContainers(&checker, spec, rules)
        checkInitContainers(&checker, spec, rules)
        checkEphemeralContainers(&checker, spec, rules)
        checker.inside("resources", spec["resources"]) { QuantityRules.checkPod(&$0, $1, spec) }
        if spec["hostNetwork"]?.bool == true { checkHostNetwork(&checker, spec, isPod: isPod) }
        checker.oneOf("restartPolicy", of: spec, ["Always", "OnFailure", "Never"])
        checker.oneOf("dnsPolicy", of: spec, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])
        checker.labels("nodeSelector", spec["nodeSelector"])
        checker.inside("securityContext", spec["securityContext"]) { SecurityRules.checkPod(&$0, $1, spec) }
        checker.inside("affinity", spec["affinity"]) { SchedulingRules.checkAffinity(&$0, $1) }
        checkNameService(&checker, spec)
        checker.each("readinessGates", of: spec) { checker, gate in
            checker.check("conditionType", gate["conditionType"]?.string ?? "", Validation.isQualifiedName)
        }
        checkSchedulingGates(&checker, spec)
        SchedulingRules.checkSpread(&checker, spec)
        WindowsRules.checkHostProcesses(&checker, spec)
        checkHostUsers(&checker, spec)
        checkNames(&checker, spec)
        SchedulingRules.checkTolerations(&checker, spec)
        checker.each("hostAliases", of: spec) { checker, alias in
            checker.check("ip", alias["ip"]?.string ?? "", Validation.isIP)
            checker.each("hostnames", of: alias) { $0.check("", $1.string ?? "", Validation.isDNS1123Subdomain) }
        }
        checker.check("priorityClassName", of: spec, Validation.isDNS1123Subdomain)
        checker.check("runtimeClassName", of: spec, Validation.isDNS1123Subdomain)
        checker.oneOf("preemptionPolicy", of: spec, ["PreemptLowerPriority", "Never"], mayBeAbsent: true)
        for member in spec["overhead"]?.members ?? [] {
            checker.inside("overhead[\(member.name)]") { QuantityRules.checkValue(&$0, member.name, member.value) }
        }
        WindowsRules.checkSystem(&checker, spec)
    }

    private static func checkContainers(_ checker: inout FieldChecker, _ spec: JSON, _ rules: ContainerRules) {
        if spec["containers"]?.count ?? 0 == 0 { return checker.required("containers") }
        var names: Set<String> = []
        checker.each("containers", of: spec) { checker, container in
            rules.check(&checker, container)
            if !names.insert(container["name"]?.string ?? "").inserted {
                checker.duplicate("name", container["name"])
            }
            ProbeRules.check(&checker, container, spec)
            checkRestartPolicy(&checker, container)
        }
        checkHostPorts(&checker, "containers", spec)
    }

    private static func checkInitContainers(_ checker: inout FieldChecker, _ spec: JSON, _ rules: ContainerRules) {
        var names = Set((spec["containers"]?.elements ?? []).compactMap { $0["name"]?.string })
        checker.each("initContainers", of: spec) { checker, container in
            rules.check(&checker, container)
            checkRestartPolicy(&checker, container)
            let name = container["name"]?.string ?? ""
            if !name.isEmpty, !names.insert(name).inserted { checker.duplicate("name", JSON(name)) }
            if container["restartPolicy"]?.string == "Always" {
                ProbeRules.check(&checker, container, spec)
            } else {
                for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]
                where container[field] != nil {
                    checker.forbidden(field, "may not be set for init containers without restartPolicy=Always")
                }
            }
        }
    }

    private static let ephemeralExclusions = [
        "ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy",
    ]

    private static func checkEphemeralContainers(
        _ checker: inout FieldChecker, _ spec: JSON, _ rules: ContainerRules
    ) {
        let others = Set(
            ["containers", "initContainers"].flatMap { list in
                (spec[list]?.elements ?? []).compactMap { $0["name"]?.string }
            })
        var names = others
        checker.each("ephemeralContainers", of: spec) { checker, container in
            rules.check(&checker, container)
            if !names.insert(container["name"]?.string ?? "").inserted {
                checker.duplicate("name", container["name"])
            }
            if let target = container["targetContainerName"]?.string, !target.isEmpty, !others.contains(target) {
                checker.notFound("targetContainerName", JSON(target))
            }
            for field in ephemeralExclusions where container[field]?.isEmpty == false {
                checker.forbidden(field, "cannot be set for an Ephemeral Container")
            }
            if container["resources"]?.count ?? 0 > 0 {
                checker.forbidden("resources", "cannot be set for an Ephemeral Container")
            }
            checker.each("volumeMounts", of: container) { checker, mount in
                for field in ["subPath", "subPathExpr"] where !mount.lacks(field) {
                    checker.forbidden(field, "cannot be set for an Ephemeral Container")
                }
            }
        }
    }

    private static func checkRestartPolicy(_ checker: inout FieldChecker, _ container: JSON) {
        let hasRules = container["restartPolicyRules"]?.count ?? 0 > 0
        if container["restartPolicy"] == nil {
            if hasRules {
                checker.required("restartPolicy", "must specify restartPolicy when restart rules are used")
            }
        } else {
            checker.oneOf("restartPolicy", of: container, ["Always", "Never", "OnFailure"])
        }
        if hasRules { checkRestartRules(&checker, container) }
    }

    private static let maximumRestartRules = 20
    private static let maximumExitCodes = 255

    private static func checkRestartRules(_ checker: inout FieldChecker, _ container: JSON) {
        let count = container["restartPolicyRules"]?.count ?? 0
        if count > maximumRestartRules { checker.tooMany("restartPolicyRules", count, maximumRestartRules) }
        checker.each("restartPolicyRules", of: container) { checker, rule in
            let actions = ["Restart", "RestartAllContainers"]
            if !actions.contains(rule["action"]?.string ?? "") {
                checker.notSupported("action", rule["action"], actions)
            }
            guard let codes = rule["exitCodes"], !codes.isNull else {
                return checker.required("exitCodes", "must be specified")
            }
            if !["In", "NotIn"].contains(codes["operator"]?.string ?? "") {
                checker.notSupported("exitCodes.operator", codes["operator"], ["In", "NotIn"])
            }
            let count = codes["values"]?.count ?? 0
            if count > maximumExitCodes { checker.tooMany("exitCodes.values", count, maximumExitCodes) }
        }
    }

    private static func checkHostPorts(_ checker: inout FieldChecker, _ list: String, _ spec: JSON) {
        var taken: Set<String> = []
        checker.each(list, of: spec) { checker, container in
            checker.each("ports", of: container) { checker, port in
                guard let number = port["hostPort"]?.int, number != 0 else { return }
                let identity = "\(port["protocol"]?.string ?? "")/\(port["hostIP"]?.string ?? "")/\(number)"
                if !taken.insert(identity).inserted { checker.duplicate("hostPort", JSON(identity)) }
            }
        }
    }

    private static func checkHostNetwork(_ checker: inout FieldChecker, _ spec: JSON, isPod: Bool) {
        checker.each("containers", of: spec) { checker, container in
            checker.each("ports", of: container) { checker, port in
                let host = port["hostPort"]?.int ?? 0
                if isPod || host != 0, host != port["containerPort"]?.int ?? 0 {
                    checker.invalid(
                        "hostPort", JSON(host), "must match `containerPort` when `hostNetwork` is true")
                }
            }
        }
    }

    private static func checkResourceClaims(_ checker: inout FieldChecker, _ spec: JSON) {
        var names: Set<String> = []
        checker.each("resourceClaims", of: spec) { checker, claim in
            let name = claim["name"]?.string ?? ""
            if name.isEmpty {
                checker.required("name")
            } else if !names.insert(name).inserted {
                checker.duplicate("name", JSON(name))
            } else {
                checker.check("name", name, Validation.isDNS1123Label)
            }
            switch (claim["resourceClaimName"], claim["resourceClaimTemplateName"]) {
            case (nil, nil):
                checker.invalid(
                    "", claim, as: "PodResourceClaim",
                    "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`")
            case (.some, .some):
                checker.invalid(
                    "", claim, as: "PodResourceClaim",
                    "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
            default: break
            }
            for field in ["resourceClaimName", "resourceClaimTemplateName"] {
                if let name = claim[field]?.string { checker.check(field, name, Validation.isDNS1123Subdomain) }
            }
        }
    }

    private static func checkSchedulingGates(_ checker: inout FieldChecker, _ spec: JSON) {
        var names: Set<String> = []
        checker.each("schedulingGates", of: spec) { checker, gate in
            let name = gate["name"]?.string ?? ""
            checker.check("", name, Validation.isQualifiedName)
            if !names.insert(name).inserted { checker.duplicate("", JSON(name)) }
        }
    }

    private static func checkHostUsers(_ checker: inout FieldChecker, _ spec: JSON) {
        guard spec["hostUsers"]?.bool == false else { return }
        for (field, shown) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")]
        where spec[field]?.bool == true {
            checker.forbidden(shown, "when `hostUsers` is false")
        }
    }

    private static func checkNames(_ checker: inout FieldChecker, _ spec: JSON) {
        if let name = spec["hostnameOverride"]?.string {
            if spec["setHostnameAsFQDN"]?.bool == true {
                checker.forbidden("hostnameOverride", "may not be specified when setHostnameAsFQDN is true")
            }
            if spec["hostNetwork"]?.bool == true {
                checker.forbidden("hostnameOverride", "may not be specified when hostNetwork is true")
            }
            if name.utf8.count > 64 { checker.tooLong("hostnameOverride", 64) }
            checker.check("hostnameOverride", name, Validation.isDNS1123Subdomain)
        }
        checker.check("serviceAccountName", of: spec, Validation.isDNS1123Subdomain)
        checker.check("nodeName", of: spec, Validation.isDNS1123Subdomain)
        if let seconds = spec["activeDeadlineSeconds"], let number = seconds.int {
            for sentence in Validation.isInRange(number, 1...Int(Int32.max)) {
                checker.invalid("activeDeadlineSeconds", seconds, sentence)
            }
        }
        checker.check("hostname", of: spec, Validation.isDNS1123Label)
        checker.check("subdomain", of: spec, Validation.isDNS1123Label)
    }

    private static let maximumNameservers = 3
    private static let maximumSearchPaths = 32
    private static let maximumSearchCharacters = 2048

    private static func checkNameService(_ checker: inout FieldChecker, _ spec: JSON) {
        let policy = spec["dnsPolicy"]?.string
        let config = spec["dnsConfig"]
        if policy == "None" {
            if config == nil {
                return checker.required("dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")
            }
            if config?["nameservers"]?.count ?? 0 == 0 {
                return checker.required(
                    "dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
            }
        }
        checker.inside("dnsConfig", config) { checker, config in
            let searches = config["searches"]?.strings ?? []
            if config["nameservers"]?.count ?? 0 > maximumNameservers {
                checker.invalid(
                    "nameservers", config["nameservers"], "must not have more than \(maximumNameservers) nameservers")
            }
            checker.each("nameservers", of: config) { $0.check("", $1.string ?? "", Validation.isIP) }
            if searches.count > maximumSearchPaths {
                checker.invalid(
                    "searches", config["searches"], "must not have more than \(maximumSearchPaths) search paths")
            }
            if searches.joined(separator: " ").utf8.count > maximumSearchCharacters {
                checker.invalid(
                    "searches", config["searches"],
                    "must not have more than \(maximumSearchCharacters) characters (including spaces) in the search list"
                )
            }
            checker.each("searches", of: config) { checker, search in
                let name = search.string ?? ""
                guard name != "." else { return }
                let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
                checker.check("", bare, Validation.isDNS1123SubdomainWithUnderscore)
            }
            checker.each("options", of: config) { if $1.lacks("name") { $0.required("", "must not be empty") } }
        }
    }
}
