import APIMachinery

/// Everything known of CSIDrivers.
enum CSIDrivers {
    static let resource = Resource(
        "storage.k8s.io/v1", "CSIDriver", plural: "csidrivers", isNamespaced: false, columns: columns,
        allowsUnconditionalUpdate: false,
        prepareForUpdate: { new, old in
            // A new driver has no generation; the first change of its spec gives it one.
            if new["spec"] != old["spec"] {
                new.set(["metadata", "generation"], to: JSON((old["metadata", "generation"]?.int ?? 0) + 1))
            }
        }, setDefaults: setDefaults, validate: validate, validateUpdate: validateUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated, warnings: warnings)

    private static let columns: [Resource.Column] = [
        .name,
        flag("AttachRequired", "attachRequired", whenAbsent: true), flag("PodInfoOnMount", "podInfoOnMount"),
        flag("StorageCapacity", "storageCapacity"),
        .text("TokenRequests") { driver in
            guard let requests = driver["spec", "tokenRequests"] else { return Cells.unset }
            return requests.elements.map { $0["audience"]?.string ?? "" }.joined(separator: ",")
        },
        flag("RequiresRepublish", "requiresRepublish"),
        .text("Modes") { driver in
            let modes = driver["spec", "volumeLifecycleModes"]?.strings ?? []
            return modes.isEmpty ? Cells.none : modes.joined(separator: ",")
        },
        .age,
    ]
    private static func flag(_ name: String, _ field: String, whenAbsent: Bool = false) -> Resource.Column {
        Resource.Column(name, "boolean") { JSON($0["spec", field]?.bool ?? whenAbsent) }
    }

    private static func setDefaults(_ driver: inout JSON) {
        driver.updateOrMake("spec") { spec in
            spec.setDefault("attachRequired", true)
            for field in ["podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount"] {
                spec.setDefault(field, false)
            }
            spec.setDefault("fsGroupPolicy", "ReadWriteOnceWithFSType")
            if spec["volumeLifecycleModes"]?.isEmpty ?? true { spec["volumeLifecycleModes"] = ["Persistent"] }
            // Of a feature that is off.
            spec["preventPodSchedulingIfMissing"] = nil
        }
    }

    private static let shortestUpdateSeconds = 10
    private static let tokenSeconds = 600...(1 << 32)

    private static func validate(_ driver: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", driver["spec"] ?? .object) { checker, spec in
            checker.oneOf(
                "fsGroupPolicy", of: spec, ["File", "None", "ReadWriteOnceWithFSType"], mayBeAbsent: true)
            checkTokens(&checker, spec)
            for mode in spec["volumeLifecycleModes"]?.strings ?? [] where !["Persistent", "Ephemeral"].contains(mode) {
                checker.notSupported("volumeLifecycleModes", JSON(mode), ["Persistent", "Ephemeral"])
            }
            if let period = spec["nodeAllocatableUpdatePeriodSeconds"], period.int ?? 0 < shortestUpdateSeconds {
                checker.invalid(
                    "nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds")
            }
            if let inSecrets = spec["serviceAccountTokenInSecrets"], spec["tokenRequests"]?.isEmpty ?? true {
                checker.invalid(
                    "serviceAccountTokenInSecrets", inSecrets,
                    "serviceAccountTokenInSecrets is set but no tokenRequests are specified")
            }
        }
        return checker.errors
    }

    private static func checkTokens(_ checker: inout FieldChecker, _ spec: JSON) {
        var audiences: Set<String> = []
        checker.each("tokenRequests", of: spec) { checker, request in
            guard audiences.insert(request["audience"]?.string ?? "").inserted else {
                return checker.duplicate("audience", request["audience"] ?? "")
            }
            guard let expiration = request["expirationSeconds"], let seconds = expiration.int else { return }
            if seconds < tokenSeconds.lowerBound {
                checker.invalid("expirationSeconds", expiration, "may not specify a duration less than 10 minutes")
            }
            if seconds > tokenSeconds.upperBound {
                checker.invalid("expirationSeconds", expiration, "may not specify a duration larger than 2^32 seconds")
            }
        }
    }

    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec") { checker in
            let (new, old) = (new["spec"] ?? .object, old["spec"] ?? .object)
            checker.immutable("attachedRequired", new["attachRequired"], old["attachRequired"])
            checker.immutable("volumeLifecycleModes", new["volumeLifecycleModes"], old["volumeLifecycleModes"])
        }
        return validate(new) + checker.errors
    }

    private static func warnings(_ new: JSON, _ old: JSON?) -> [String] {
        guard new["spec", "tokenRequests"]?.isEmpty == false, new["spec", "serviceAccountTokenInSecrets"] == nil else {
            return []
        }
        return [
            "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible "
                + "logging of tokens in volume attributes"
        ]
    }
}
