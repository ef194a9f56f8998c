import APIMachinery

/// Volumes whose making is a driver's business, as pods and PersistentVolumes name them.
enum DriverVolumeRules {
    /// What each kind must name. Other kinds have rules of their own.
    private static let required: [String: [String]] = [
        "awsElasticBlockStore": ["volumeID"], "azureDisk": ["diskName", "diskURI"],
        "azureFile": ["secretName", "shareName"], "cephfs": ["monitors"], "cinder": ["volumeID"],
        "flexVolume": ["driver"], "gcePersistentDisk": ["pdName"], "gitRepo": ["repository"],
        "glusterfs": ["endpoints", "path"], "nfs": ["server", "path"], "photonPersistentDisk": ["pdID"],
        "portworxVolume": ["volumeID"], "rbd": ["monitors", "image"],
        "scaleIO": ["gateway", "system", "volumeName"], "vsphereVolume": ["volumePath"],
    ]
    /// Where Kubernetes' sentences call a kind otherwise than its field.
    static func shownName(_ name: String) -> String { name == "gcePersistentDisk" ? "persistentDisk" : name }

    /// What pods and PersistentVolumes ask of a source alike, its fields relative to it.
    static func check(_ checker: inout FieldChecker, _ name: String, _ source: JSON) {
        for field in required[name] ?? []
        where source.lacks(field) || source[field]?.kind == .array && source[field]?.count == 0 {
            checker.required(field)
        }
        switch name {
        case "nfs":
            let path = source["path"]?.string ?? ""
            if !path.hasPrefix("/") { checker.invalid("path", JSON(path), "must be an absolute path") }
        case "gitRepo": checker.check("directory", of: source, PathRules.descending)
        case "fc": checkFibreChannel(&checker, source)
        case "awsElasticBlockStore", "gcePersistentDisk":
            if let partition = source["partition"], !(0...255).contains(partition.int ?? 0) {
                checker.invalid("partition", partition, "must be between 1 and 255, inclusive")
            }
        case "flexVolume":
            for option in source["options"]?.members ?? [] {
                let domain = "." + option.name.prefix { $0 != "/" }.lowercased()
                guard domain.hasSuffix(".kubernetes.io") || domain.hasSuffix(".k8s.io") else { continue }
                checker.invalid(
                    "options[\(option.name)]", JSON(option.name), "kubernetes.io and k8s.io namespaces are reserved")
            }
        default: break
        }
    }

    private static let unitNumbers = 0...255

    private static func checkFibreChannel(_ checker: inout FieldChecker, _ source: JSON) {
        let names = source["targetWWNs"] ?? .null
        let hasNames = !names.elements.isEmpty
        let hasIdentities = source["wwids"]?.elements.isEmpty == false
        if !hasNames, !hasIdentities {
            checker.required("targetWWNs", "must specify either targetWWNs or wwids, but not both")
        }
        if hasNames, hasIdentities {
            checker.invalid("targetWWNs", names, "targetWWNs and wwids can not be specified simultaneously")
        }
        guard hasNames else { return }
        if source.lacks("lun") {
            checker.required("lun", "lun is required if targetWWNs is specified")
        } else {
            for sentence in Validation.isInRange(source["lun"]?.int ?? 0, unitNumbers) {
                checker.invalid("lun", source["lun"], sentence)
            }
        }
    }

    /// iSCSI; what is wrong with a name's beginning is said at more length of pods.
    static func checkISCSI(_ checker: inout FieldChecker, _ source: JSON, beginnings: String) {
        checker.requireText("targetPortal", of: source)
        let name = source["iqn"]?.string ?? ""
        if name.isEmpty {
            checker.required("iqn")
        } else if let wrong = wrong(withInitiator: name, beginnings) {
            checker.invalid("iqn", JSON(name), wrong)
        }
        for sentence in Validation.isInRange(source["lun"]?.int ?? 0, unitNumbers) {
            checker.invalid("lun", source["lun"], sentence)
        }
        if source["chapAuthDiscovery"]?.bool == true || source["chapAuthSession"]?.bool == true,
            source.lacks("secretRef")
        {
            checker.required("secretRef")
        }
        if let initiator = source["initiatorName"]?.string, let wrong = wrong(withInitiator: initiator, beginnings) {
            checker.invalid("initiatorname", JSON(initiator), wrong)
        }
    }

    /// RFC 3720, section 3.2.6.3.
    private static func wrong(withInitiator name: String, _ beginnings: String) -> String? {
        func isHexadecimal(_ text: some StringProtocol) -> Bool {
            text.utf8.allSatisfy { Character(.init($0)).isHexDigit }
        }
        if name.hasPrefix("iqn") {
            // iqn.YYYY-MM.DOMAIN[:SUFFIX]
            let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "iqn", parts[1].utf8.count == 7, !parts[2].isEmpty else {
                return "must be valid format"
            }
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            let domain = parts[2].prefix { $0 != ":" }
            let isOne =
                date.count == 2 && date[0].utf8.count == 4 && date.allSatisfy { $0.allSatisfy(\.isWholeNumber) }
                && domain.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                    !label.isEmpty
                        && label.utf8.allSatisfy { 0x61...0x7A ~= $0 | 0x20 || 0x30...0x39 ~= $0 || $0 == 0x2D }
                }
            return isOne ? nil : "must be valid format"
        }
        if name.hasPrefix("eui") {
            let number = name.dropFirst(4)
            return name.hasPrefix("eui.") && number.utf8.count == 16 && isHexadecimal(number)
                ? nil : "must be valid format"
        }
        if name.hasPrefix("naa") {
            let number = name.dropFirst(4)
            return name.hasPrefix("naa.") && number.utf8.count == 32 && isHexadecimal(number)
                ? nil : "must be valid format"
        }
        return "must be valid format" + beginnings
    }
}
