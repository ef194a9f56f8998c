import APIMachinery

/// What Kubernetes warns of in volumes, claims and persistent volumes.
enum VolumeWarnings {
    private static let deprecatedSources = [
        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
        ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
        ("storageOS", "deprecated in v1.22, non-functional in v1.25+"),
        ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("ephemeral", ""),
        ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ]
    /// The JSON name, where the sentence has another.
    private static func member(_ source: String) -> String { source == "storageOS" ? "storageos" : source }

    /// A pod's volumes.
    static func check(_ warnings: inout WarningCollector, _ spec: JSON, _ place: String) {
        guard let volumes = spec["volumes"], volumes.count > 0 else { return }
        warnings.inside("\(place)spec") { warnings in
            warnings.each("volumes", of: spec) { warnings, volume in
                for (source, sentence) in deprecatedSources where volume[member(source)] != nil {
                    if source == "ephemeral" {
                        let claim = volume["ephemeral", "volumeClaimTemplate", "spec"]
                        warnings.inside("ephemeral.volumeClaimTemplate.spec", claim, checkClaimSpec)
                    } else {
                        warnings.warn(source, sentence)
                    }
                }
            }
        }
        for volume in volumes.elements { checkPaths(&warnings, volume) }
    }

    static func checkClaimSpec(_ warnings: inout WarningCollector, _ spec: JSON) {
        for part in ["requests", "limits"] {
            warnings.wholeBytes("resources.\(part)", of: spec["resources", part], "storage")
        }
    }

    // MARK: Paths in one another's way

    private struct Place: Equatable, CustomStringConvertible {
        var path: String
        var source: String
        var description: String { JSON(path).text + (source.isEmpty ? "" : " (\(source))") }

        func overlaps(_ other: Place) -> Bool {
            if path.isEmpty || other.path.isEmpty { return false }
            return "\(other.path)/".hasPrefix("\(path)/") || "\(path)/".hasPrefix("\(other.path)/")
        }
    }

    private static func checkPaths(_ warnings: inout WarningCollector, _ volume: JSON) {
        let name = JSON(volume["name"]?.string ?? "").text
        func tell(_ source: String, _ places: [Place]) {
            guard places.count > 1 else { return }
            var seen: [Place] = []
            for place in places {
                for other in seen where place.overlaps(other) {
                    warnings.say("volume \(name) (\(source)): overlapping paths: \(place) with \(other)")
                }
                seen.append(place)
            }
        }
        if let map = volume["configMap"] { tell("ConfigMap \(quoted(map["name"]))", items(map, "")) }
        if let secret = volume["secret"] { tell("Secret \(quoted(secret["secretName"]))", items(secret, "")) }
        if let downward = volume["downwardAPI"] { tell("DownwardAPI", items(downward, "")) }
        if let projected = volume["projected"] {
            var places: [Place] = []
            for source in projected["sources"]?.elements ?? [] {
                if source.count == 0 {
                    warnings.say("volume \(name) (Projected) has no sources provided")
                } else {
                    places += projectedPlaces(source)
                }
            }
            tell("Projected", places)
        }
    }

    private static func projectedPlaces(_ source: JSON) -> [Place] {
        if let map = source["configMap"] { return items(map, "ConfigMap \(quoted(map["name"]))") }
        if let secret = source["secret"] { return items(secret, "Secret \(quoted(secret["name"]))") }
        if let downward = source["downwardAPI"] { return items(downward, "DownwardAPI") }
        if let token = source["serviceAccountToken"] { return [place(token["path"], "ServiceAccountToken")] }
        if let bundle = source["clusterTrustBundle"] {
            let name = bundle["name"] ?? bundle["signerName"]
            return [place(bundle["path"], "ClusterTrustBundle \(quoted(name))")]
        }
        guard let certificate = source["podCertificate"] else { return [] }
        let parts = [
            ("certificateChainPath", "chain"), ("keyPath", "key"), ("credentialBundlePath", "credential bundle"),
        ]
        return parts.filter { !certificate.lacks($0.0) }.map { place(certificate[$0.0], "PodCertificate \($0.1)") }
    }

    private static func items(_ source: JSON, _ name: String) -> [Place] {
        (source["items"]?.elements ?? []).map { place($0["path"], name) }
    }
    private static func place(_ path: JSON?, _ source: String) -> Place {
        var path = path?.string ?? ""
        while path.hasSuffix("/") { path.removeLast() }
        return Place(path: path, source: source)
    }
    private static func quoted(_ name: JSON?) -> String { JSON(name?.string ?? "").text }

    // MARK: Claims, volumes, classes

    static func ofClaim(_ claim: JSON) -> [String] {
        var warnings = WarningCollector()
        let name = "volume.beta.kubernetes.io/storage-class"
        if claim["metadata", "annotations"]?[name] != nil {
            warnings.warn(
                "metadata.annotations[\(name)]", "deprecated since v1.8; use \"storageClassName\" attribute instead")
        }
        warnings.inside("spec", claim["spec"], checkClaimSpec)
        return warnings.sentences
    }

    static func ofPersistentVolume(_ volume: JSON) -> [String] {
        var warnings = WarningCollector()
        let annotations = [
            (
                "volume.beta.kubernetes.io/storage-class",
                "deprecated since v1.8; use \"storageClassName\" attribute instead"
            ),
            (
                "volume.beta.kubernetes.io/mount-options",
                "deprecated since v1.31; use \"mountOptions\" attribute instead"
            ),
        ]
        for (name, sentence) in annotations where volume["metadata", "annotations"]?[name] != nil {
            warnings.warn("metadata.annotations[\(name)]", sentence)
        }
        warnings.inside("spec", volume["spec"]) { warnings, spec in
            if spec["persistentVolumeReclaimPolicy"]?.string == "Recycle" {
                warnings.warn(
                    "persistentVolumeReclaimPolicy",
                    "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic "
                        + "provisioning.")
            }
            warnings.inside("nodeAffinity.required", spec["nodeAffinity", "required"]) { warnings, required in
                warnings.each("nodeSelectorTerms", of: required) {
                    NodeLabelWarnings.check(&$0, term: $1, checksValues: false)
                }
            }
            let sources = ["cephfs", "photonPersistentDisk", "scaleIO", "storageOS", "glusterfs", "rbd"]
            for source in sources where spec[member(source)] != nil {
                let sentence = deprecatedSources.first { $0.0 == source }?.1 ?? ""
                warnings.warn(source, sentence)
            }
        }
        return warnings.sentences
    }

    static func ofStorageClass(_ storageClass: JSON) -> [String] {
        var warnings = WarningCollector()
        warnings.each("allowedTopologies", of: storageClass) { warnings, topology in
            warnings.each("matchLabelExpressions", of: topology) { warnings, expression in
                if let sentence = NodeLabelWarnings.sentence(expression["key"]?.string) {
                    warnings.warn("key", sentence)
                }
            }
        }
        return warnings.sentences
    }
}
