import APIMachinery

/// What may stand in a PersistentVolume's spec.
enum PersistentVolumeRules {
    /// The members of the spec that are no volume source.
    private static let settings: Set<String> = [
        "capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName", "mountOptions",
        "volumeMode", "nodeAffinity", "volumeAttributesClassName",
    ]

    static func sources(_ spec: JSON) -> [JSON.Member] {
        spec.members.filter { !settings.contains($0.name) && !$0.value.isNull }
    }

    static func check(_ checker: inout FieldChecker, _ spec: JSON) {
        ClaimRules.checkAccessModes(&checker, spec, whenEmpty: "")
        checkCapacity(&checker, spec)
        checker.oneOf(
            "persistentVolumeReclaimPolicy", of: spec, ["Delete", "Recycle", "Retain"], mayBeAbsent: true)
        checker.inside("nodeAffinity", spec["nodeAffinity"]) { checker, affinity in
            if affinity["required"] == nil { checker.required("required", "must specify required node constraints") }
            checker.inside("required", affinity["required"]) { SchedulingRules.checkNodeSelector(&$0, $1) }
        }
        let sources = sources(spec)
        if sources.isEmpty { checker.required("", "must specify a volume type") }
        for (index, source) in sources.enumerated() {
            let name = DriverVolumeRules.shownName(source.name)
            if index > 0 {
                checker.forbidden(name, "may not specify more than 1 volume type")
            } else {
                checker.inside(name, source.value) { checkSource(&$0, source.name, $1) }
            }
        }
        if spec["local"] != nil, spec["nodeAffinity"] == nil {
            checker.required("nodeAffinity", "Local volume requires node affinity")
        }
        if spec["hostPath", "path"]?.string == "/", spec["persistentVolumeReclaimPolicy"]?.string == "Recycle" {
            checker.forbidden("persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")
        }
        checker.check("storageClassName", of: spec, Validation.isDNS1123Subdomain)
        checker.oneOf("volumeMode", of: spec, ClaimRules.volumeModes, mayBeAbsent: true)
        if let name = spec["volumeAttributesClassName"]?.string {
            if name.isEmpty {
                checker.required("volumeAttributesClassName", "an empty string is disallowed")
            } else {
                checker.check("volumeAttributesClassName", name, Validation.isDNS1123Subdomain)
            }
            if spec["csi"] == nil {
                checker.required("csi", "has to be specified when using volumeAttributesClassName")
            }
        }
    }

    private static func checkCapacity(_ checker: inout FieldChecker, _ spec: JSON) {
        let capacity = spec["capacity"] ?? .object
        if capacity.isEmpty { checker.required("capacity") }
        if capacity["storage"] == nil || capacity.count > 1 {
            checker.notSupported("capacity", capacity.sortedKeys, ["storage"])
        }
        for member in capacity.members where QuantityRules.quantity(member.value) <= .zero {
            ClaimRules.checkAmount(&checker, "capacity[\(member.name)]", member.value)
            checker.invalid("capacity[\(member.name)]", member.value, "must be greater than zero")
        }
    }

    private static func checkSource(_ checker: inout FieldChecker, _ name: String, _ source: JSON) {
        switch name {
        case "hostPath": VolumeRules.checkHostPath(&checker, source)
        case "local": checker.requireText("path", of: source, PathRules.noBacksteps)
        case "iscsi": DriverVolumeRules.checkISCSI(&checker, source, beginnings: "")
        case "csi":
            DriverRules.checkName(&checker, "driver", source["driver"])
            checker.requireText("volumeHandle", of: source)
            for field in [
                "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef",
                "nodeExpandSecretRef",
            ] {
                checker.inside(field, source[field]) { checker, secret in
                    checker.requireText("name", of: secret)
                    checker.requireText("namespace", of: secret)
                }
            }
        default: DriverVolumeRules.check(&checker, name, source)
        }
    }

    static func checkUpdate(_ checker: inout FieldChecker, _ new: JSON, _ old: JSON) {
        if JSON(members: sources(new)) != JSON(members: sources(old)) {
            checker.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation")
        }
        checker.immutable("volumeMode", new["volumeMode"], old["volumeMode"])
        if let affinity = old["nodeAffinity"] { checker.immutable("nodeAffinity", new["nodeAffinity"], affinity) }
    }
}
