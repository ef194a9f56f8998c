import APIMachinery

/// What Kubernetes warns of in pods and in pod templates.
enum PodWarnings {
    static func ofPod(_ pod: JSON, old: JSON?) -> [String] {
        // Nobody reads them for updates, which are many.
        guard old == nil else { return [] }
        var warnings = WarningCollector()
        let sentences = Validation.isDNS1123Label(pod["metadata", "name"]?.string ?? "")
        if !sentences.isEmpty {
            warnings.warn(
                "metadata.name",
                "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is "
                    + "recommended: \(WarningCollector.list(sentences))")
        }
        check(&warnings, pod, at: "")
        return warnings.sentences
    }

    /// A workload that makes pods of `spec.template`; told when it is new, and when an update changed something.
    static func ofWorkload(_ new: JSON, _ old: JSON?, namesPods: Bool = true) -> [String] {
        if let old, old["metadata", "generation"] == new["metadata", "generation"] { return [] }
        var warnings = WarningCollector()
        if namesPods, old == nil { warnings.nameOfPods(new) }
        check(&warnings, new["spec", "template"] ?? .object, at: "spec.template.")
        return warnings.sentences
    }

    /// A pod, or a template at the path `place` (empty, or ending with a point).
    static func check(_ warnings: inout WarningCollector, _ pod: JSON, at place: String) {
        let metadata = pod["metadata"] ?? .object
        let spec = pod["spec"] ?? .object
        checkPlacement(&warnings, spec, place)
        checkAnnotations(&warnings, metadata, place)
        VolumeWarnings.check(&warnings, spec, place)
        checkLists(&warnings, spec, place)
        for name in ["memory", "ephemeral-storage"] {
            warnings.wholeBytes("\(place)spec.overhead", of: spec["overhead"], name)
        }
        checkSecurityAnnotation(&warnings, metadata, spec, place)
        ContainerWarnings.check(&warnings, metadata, spec, place)
        if spec["terminationGracePeriodSeconds"]?.int ?? 0 < 0 {
            warnings.warn(
                "\(place)spec.terminationGracePeriodSeconds",
                "must be >= 0; negative values are invalid and will be treated as 1")
        }
        checkAffinity(&warnings, spec, place)
        for (index, server) in (spec["dnsConfig", "nameservers"]?.strings ?? []).enumerated() {
            warnings.address("\(place)spec.dnsConfig.nameservers[\(index)]", server)
        }
        for (index, alias) in (spec["hostAliases"]?.elements ?? []).enumerated() {
            warnings.address("\(place)spec.hostAliases[\(index)].ip", alias["ip"]?.string ?? "")
        }
    }

    // MARK: Where it runs

    private static func checkPlacement(_ warnings: inout WarningCollector, _ spec: JSON, _ place: String) {
        for member in spec["nodeSelector"]?.members ?? [] {
            if let sentence = NodeLabelWarnings.sentence(member.name) {
                warnings.warn("\(place)spec.nodeSelector[\(member.name)]", sentence)
            }
        }
        if let affinity = spec["affinity", "nodeAffinity"] {
            warnings.inside("\(place)spec.affinity.nodeAffinity") { warnings in
                warnings.inside("requiredDuringSchedulingIgnoredDuringExecution") { warnings in
                    let required = affinity["requiredDuringSchedulingIgnoredDuringExecution"]
                    warnings.each("nodeSelectorTerms", of: required) {
                        NodeLabelWarnings.check(&$0, term: $1, checksValues: false)
                    }
                }
                warnings.each("preferredDuringSchedulingIgnoredDuringExecution", of: affinity) { warnings, term in
                    warnings.inside("preference", term["preference"]) {
                        NodeLabelWarnings.check(&$0, term: $1, checksValues: true)
                    }
                }
            }
        }
        guard spec["topologySpreadConstraints"] != nil else { return }
        warnings.inside("\(place)spec") { warnings in
            warnings.each("topologySpreadConstraints", of: spec) { warnings, constraint in
                let key = constraint["topologyKey"]?.string ?? ""
                if let sentence = NodeLabelWarnings.sentence(key) {
                    warnings.warn("topologyKey", "\(key) is \(sentence)")
                }
                if constraint["labelSelector"] == nil { warnings.warn("labelSelector", matchesNothing) }
            }
        }
    }

    private static let matchesNothing = "a null labelSelector results in matching no pod"

    private static func checkAffinity(_ warnings: inout WarningCollector, _ spec: JSON, _ place: String) {
        guard let affinity = spec["affinity"] else { return }
        for kind in ["podAffinity", "podAntiAffinity"] {
            warnings.inside("\(place)spec.affinity.\(kind)", affinity[kind]) { warnings, terms in
                warnings.each("requiredDuringSchedulingIgnoredDuringExecution", of: terms) { warnings, term in
                    if term["labelSelector"] == nil { warnings.warn("labelSelector", matchesNothing) }
                }
                warnings.each("preferredDuringSchedulingIgnoredDuringExecution", of: terms) { warnings, term in
                    if term["podAffinityTerm", "labelSelector"] == nil {
                        warnings.warn("podAffinityTerm.labelSelector", matchesNothing)
                    }
                }
            }
        }
    }

    // MARK: Annotations and lists

    private static let deprecatedAnnotations = [
        (
            "scheduler.alpha.kubernetes.io/critical-pod",
            "non-functional in v1.16+; use the \"priorityClassName\" field instead"
        ),
        ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
        ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ]

    private static func checkAnnotations(_ warnings: inout WarningCollector, _ metadata: JSON, _ place: String) {
        guard let annotations = metadata["annotations"], annotations.count > 0 else { return }
        for (name, sentence) in deprecatedAnnotations where annotations[name] != nil {
            warnings.warn("\(place)metadata.annotations[\(name)]", sentence)
        }
    }

    private static func checkSecurityAnnotation(
        _ warnings: inout WarningCollector, _ metadata: JSON, _ spec: JSON, _ place: String
    ) {
        let name = "seccomp.security.alpha.kubernetes.io/pod"
        guard spec["securityContext", "seccompProfile"] == nil, metadata["annotations"]?[name] != nil else { return }
        warnings.warn(
            "\(place)metadata.annotations[\(name)]",
            "non-functional in v1.27+; use the \"seccompProfile\" field instead")
    }

    private static func checkLists(_ warnings: inout WarningCollector, _ spec: JSON, _ place: String) {
        func checkTwice(_ list: String, _ member: String) {
            let elements = spec[list]?.elements ?? []
            guard elements.count > 1 else { return }
            var seen: Set<String> = []
            for (index, element) in elements.enumerated() {
                let value = element[member]?.string ?? ""
                if !seen.insert(value).inserted {
                    warnings.warn("\(place)spec.\(list)[\(index)].\(member)", "duplicate \(member) \(JSON(value).text)")
                }
            }
        }
        checkTwice("hostAliases", "ip")
        checkTwice("imagePullSecrets", "name")
        for (index, secret) in (spec["imagePullSecrets"]?.elements ?? []).enumerated() where secret.lacks("name") {
            warnings.warn("\(place)spec.imagePullSecrets[\(index)].name", "invalid empty name \"\"")
        }
    }
}
