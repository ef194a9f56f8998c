import APIMachinery

/// The volumes of a pod.
enum VolumeRules {
    private static let modeSentence =
        "must be a number between 0 and 0777 (octal), both inclusive"
    private static let hostPathTypes = [
        "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
    ]

    /// Checks all volumes and answers the sound ones by name, which containers may mount.
    static func check(_ checker: inout FieldChecker, _ spec: JSON) -> [String: JSON] {
        var sound: [String: JSON] = [:]
        checker.each("volumes", of: spec) { checker, volume in
            let before = checker.errors.count
            checkSources(&checker, volume)
            checker.requireText("name", of: volume, Validation.isDNS1123Label)
            let name = volume["name"]?.string ?? ""
            if sound[name] != nil { checker.duplicate("name", JSON(name)) }
            if checker.errors.count == before { sound[name] = volume }
        }
        return sound
    }

    private static func checkSources(_ checker: inout FieldChecker, _ volume: JSON) {
        let sources = volume.members.filter { $0.name != "name" && !$0.value.isNull }
        if sources.isEmpty { checker.required("", "must specify a volume type") }
        for (index, source) in sources.enumerated() {
            let name = DriverVolumeRules.shownName(source.name)
            if index > 0 {
                checker.forbidden(name, "may not specify more than 1 volume type")
            } else {
                checker.inside(name, source.value) { checkSource(&$0, source.name, $1) }
            }
        }
    }

    private static func checkSource(_ checker: inout FieldChecker, _ name: String, _ source: JSON) {
        switch name {
        case "emptyDir":
            if let limit = source["sizeLimit"], QuantityRules.quantity(limit).isNegative {
                checker.forbidden("sizeLimit", "SizeLimit field must be a valid resource quantity")
            }
        case "hostPath": checkHostPath(&checker, source)
        case "secret":
            checker.requireText("secretName", of: source)
            checkFiles(&checker, source)
        case "configMap":
            checker.requireText("name", of: source)
            checkFiles(&checker, source)
        case "downwardAPI":
            checkMode(&checker, "defaultMode", source)
            checkDownwardFiles(&checker, source)
        case "projected": checkProjected(&checker, source)
        case "persistentVolumeClaim": checker.requireText("claimName", of: source)
        case "csi":
            DriverRules.checkName(&checker, "driver", source["driver"])
            if let secret = source["nodePublishSecretRef"], secret.isObject {
                if secret.lacks("name") { checker.required("nodePublishSecretRef.name") }
                checker.check("name", of: secret, Validation.isDNS1123Subdomain)
            }
        case "iscsi":
            DriverVolumeRules.checkISCSI(&checker, source, beginnings: " starting with iqn, eui, or naa")
        case "image":
            checker.requireText("reference", of: source)
            checker.oneOf("pullPolicy", of: source, ["Always", "IfNotPresent", "Never"])
        case "ephemeral":
            checker.inside("volumeClaimTemplate", source["volumeClaimTemplate"]) { checker, template in
                checkTemplateMetadata(&checker, template["metadata"] ?? .object)
                checker.inside("spec", template["spec"] ?? .object) { ClaimRules.checkSpec(&$0, $1) }
            }
            if source["volumeClaimTemplate"] == nil { checker.required("volumeClaimTemplate") }
        default: DriverVolumeRules.check(&checker, name, source)
        }
    }

    /// Of a template's metadata only labels and annotations are used.
    private static func checkTemplateMetadata(_ checker: inout FieldChecker, _ metadata: JSON) {
        checker.inside("metadata") { checker in
            for annotation in metadata["annotations"]?.members ?? [] {
                checker.check("annotations", annotation.name) { Validation.isQualifiedName($0.lowercased()) }
            }
            checker.labels("labels", metadata["labels"])
            for member in metadata.members
            where !["annotations", "labels"].contains(member.name) && !member.value.isNull && !member.value.isEmpty {
                checker.forbidden(member.name, "cannot be set")
            }
        }
    }

    static func checkHostPath(_ checker: inout FieldChecker, _ source: JSON) {
        guard let path = source["path"]?.string, !path.isEmpty else { return checker.required("path") }
        checker.check("path", path, PathRules.noBacksteps)
        if let type = source["type"]?.string, !hostPathTypes.contains(type) {
            checker.notSupported("type", JSON(type), hostPathTypes)
        }
    }

    private static func checkMode(_ checker: inout FieldChecker, _ field: String, _ source: JSON) {
        if let mode = source[field], !(0...0o777).contains(mode.int ?? -1) {
            checker.invalid(field, mode, modeSentence)
        }
    }

    /// The default mode and the chosen keys of a ConfigMap or Secret.
    private static func checkFiles(_ checker: inout FieldChecker, _ source: JSON) {
        checkMode(&checker, "defaultMode", source)
        checker.each("items", of: source) { checker, item in
            checker.requireText("key", of: item)
            checker.requireText("path", of: item, PathRules.descendingAndNotReserved)
            checkMode(&checker, "mode", item)
        }
    }

    private static func checkDownwardFiles(_ checker: inout FieldChecker, _ source: JSON) {
        for file in source["items"]?.elements ?? [] {
            checker.requireText("path", of: file, PathRules.descendingAndNotReserved)
            if let field = file["fieldRef"] {
                checker.inside("fieldRef", field) {
                    EnvironmentRules.checkField(&$0, $1, EnvironmentRules.volumePaths)
                }
                if file["resourceFieldRef"] != nil {
                    checker.invalid(
                        "", "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
                }
            } else if let resource = file["resourceFieldRef"] {
                checker.inside("resourceFieldRef", resource) {
                    EnvironmentRules.checkResourceField(&$0, $1, needsContainer: true)
                }
            } else {
                checker.required("", "one of fieldRef and resourceFieldRef is required")
            }
            checkMode(&checker, "mode", file)
        }
    }

    private static func checkProjected(_ checker: inout FieldChecker, _ projected: JSON) {
        checkMode(&checker, "defaultMode", projected)
        for (index, source) in (projected["sources"]?.elements ?? []).enumerated() {
            checker.inside("sources[\(index)]") { checkProjection(&$0, source) }
            // Kubernetes tells of the path as if it were the volume's.
            if let token = source["serviceAccountToken"] {
                checker.requireText("path", of: token, PathRules.descendingAndNotReserved)
            }
            if source.members.count(where: { !$0.value.isNull }) > 1 {
                checker.forbidden("sources[\(index)]", "may not specify more than 1 volume type per source")
            }
        }
        checkPathsDiffer(&checker, projected)
    }

    private static func checkProjection(_ checker: inout FieldChecker, _ source: JSON) {
        for name in ["secret", "configMap"] {
            checker.inside(name, source[name]) { checker, source in
                checker.requireText("name", of: source)
                checkFiles(&checker, source)
            }
        }
        checker.inside("downwardAPI", source["downwardAPI"]) { checkDownwardFiles(&$0, $1) }
        checker.inside("serviceAccountToken", source["serviceAccountToken"]) { checker, token in
            let seconds = token["expirationSeconds"]?.int ?? 3600
            if seconds < 600 {
                checker.invalid(
                    "expirationSeconds", JSON(seconds), "may not specify a duration less than 10 minutes")
            }
            if seconds > 1 << 32 {
                checker.invalid(
                    "expirationSeconds", JSON(seconds), "may not specify a duration larger than 2^32 seconds")
            }
        }
    }

    private static func checkPathsDiffer(_ checker: inout FieldChecker, _ projected: JSON) {
        var paths: Set<String> = []
        for source in projected["sources"]?.elements ?? [] {
            for kind in ["secret", "configMap", "downwardAPI"] {
                for item in source[kind, "items"]?.elements ?? [] {
                    guard let path = item["path"]?.string, !path.isEmpty, !paths.insert(path).inserted else { continue }
                    let shown = source[kind, "name"] ?? JSON(path)
                    checker.invalid("", shown, "conflicting duplicate paths")
                }
            }
        }
    }
}
