import APIMachinery

/// Everything known of ResourceClaims and of the templates that they are made from.
enum ResourceClaims {
    static let resource = Resource(
        "resource.k8s.io/v1", "ResourceClaim", plural: "resourceclaims",
        subresources: [.status("resource.k8s.io/v1", "ResourceClaim")],
        columns: [.name, .text("State", state), .age],
        prepareForCreate: Strategy.create(generation: false, status: .object),
        prepareForUpdate: Strategy.update(generation: false, status: true),
        prepareForStatusUpdate: prepareForStatusUpdate, setDefaults: { setDefaults(&$0, ["spec"]) },
        validate: { claim in
            var checker = FieldChecker()
            checker.inside("spec.devices", claim["spec", "devices"] ?? .object) { DeviceClaimRules.check(&$0, $1) }
            return checker.errors
        }, validateUpdate: { immutableSpec($0, $1, as: "ResourceClaimSpec") },
        validateStatusUpdate: validateStatusUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    static let templates = Resource(
        "resource.k8s.io/v1", "ResourceClaimTemplate", plural: "resourceclaimtemplates", columns: [.name, .age],
        setDefaults: { setDefaults(&$0, ["spec", "spec"]) },
        validate: { template in
            var checker = FieldChecker()
            checker.inside("spec.metadata", template["spec", "metadata"]) { checker, metadata in
                checker.labels("labels", metadata["labels"])
                for member in metadata["annotations"]?.members ?? [] {
                    checker.check("annotations", member.name.lowercased(), Validation.isQualifiedName)
                }
            }
            checker.inside("spec.spec.devices", template["spec", "spec", "devices"] ?? .object) {
                DeviceClaimRules.check(&$0, $1)
            }
            return checker.errors
        }, validateUpdate: { immutableSpec($0, $1) }, validateName: Validation.isDNS1123Subdomain,
        finalizerNames: .qualifiedWhenCreated)

    private static func state(_ claim: JSON) -> String {
        let isBeingDeleted = claim.isBeingDeleted
        var words = isBeingDeleted ? ["deleted"] : []
        if claim["status", "allocation"] == nil {
            if !isBeingDeleted { words.append("pending") }
        } else {
            words.append("allocated")
            if claim["status", "reservedFor"]?.isEmpty == false { words.append("reserved") }
        }
        return words.joined(separator: ",")
    }

    private static func setDefaults(_ object: inout JSON, _ path: [String]) {
        if path.isEmpty {
            return object.update("devices") { devices in
                devices.updateEach("requests") { request in
                    request.update("exactly", setCount)
                    request.updateEach("firstAvailable", setCount)
                }
            }
        }
        object.update(path[0]) { setDefaults(&$0, Array(path.dropFirst())) }
    }

    private static func setCount(_ asked: inout JSON) {
        if asked.lacks("allocationMode") { asked["allocationMode"] = "ExactCount" }
        if asked["allocationMode"]?.string == "ExactCount", asked["count"]?.int ?? 0 == 0 { asked["count"] = 1 }
        asked.updateEach("tolerations") { if $0.lacks("operator") { $0["operator"] = "Equal" } }
    }

    private static func immutableSpec(_ new: JSON, _ old: JSON, as type: String = "") -> [FieldError] {
        var checker = FieldChecker()
        if new["spec"] != old["spec"] {
            checker.invalid("spec", new["spec"], as: type, "field is immutable")
        }
        return checker.errors
    }

    // MARK: Status

    /// What is told of devices goes with their allocation.
    private static func prepareForStatusUpdate(_ new: inout JSON, _ old: JSON) {
        Strategy.statusAlone(&new, old)
        guard old["status", "allocation"] != nil, new["status", "allocation"] == nil else { return }
        new.update("status") { $0["devices"] = nil }
    }

    private static let mostConsumers = 256
    private static let mostResults = 32

    private static func validateStatusUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        let names = RequestNames(new["spec", "devices"] ?? .object)
        checker.inside("status", new["status"] ?? .object) { checker, status in
            let before = old["status"] ?? .object
            DeviceClaimRules.checkSet(
                &checker, "reservedFor", status, most: mostConsumers, { $0["uid"]?.string ?? "" }
            ) { checker, consumer in
                for field in ["resource", "name", "uid"] where consumer.lacks(field) { checker.required(field) }
            }
            AllocatedDeviceRules.check(&checker, status)
            checkReservation(&checker, status, before, isBeingDeleted: new.isBeingDeleted)
            if let allocation = status["allocation"] {
                if let earlier = before["allocation"] {
                    checker.immutable("allocation", allocation, earlier)
                } else {
                    checker.inside("allocation", allocation) { checkAllocation(&$0, $1, names) }
                }
            }
        }
        return checker.errors
    }

    private static func checkReservation(
        _ checker: inout FieldChecker, _ status: JSON, _ before: JSON, isBeingDeleted: Bool
    ) {
        let consumers = status["reservedFor"]?.elements ?? []
        if consumers.isEmpty { return }
        if status["allocation"] == nil {
            return checker.forbidden("reservedFor", "may not be specified when `allocated` is not set")
        }
        let earlier = before["reservedFor"]?.elements ?? []
        if isBeingDeleted, !consumers.allSatisfy(earlier.contains) {
            checker.forbidden(
                "reservedFor",
                "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set")
        }
    }

    private static func checkAllocation(_ checker: inout FieldChecker, _ allocation: JSON, _ names: RequestNames) {
        checker.inside("devices", allocation["devices"] ?? .object) { checker, devices in
            DeviceClaimRules.checkList(&checker, "results", devices, most: mostResults) { checker, result in
                names.check(&checker, "request", result["request"]?.string ?? "")
                DriverRules.checkName(&checker, "driver", result["driver"])
                AllocatedDeviceRules.checkPoolName(&checker, "pool", result["pool"])
                checker.check("device", result["device"]?.string ?? "", Validation.isDNS1123Label)
                AllocatedDeviceRules.checkBindingConditions(&checker, result)
            }
            DeviceClaimRules.checkList(
                &checker, "config", devices, most: 2 * DeviceClaimRules.mostConfigurations
            ) { checker, configuration in
                checker.oneOf("source", of: configuration, ["FromClaim", "FromClass"])
                names.check(&checker, configuration)
                DeviceClaimRules.checkConfiguration(&checker, configuration)
            }
        }
        checker.inside("nodeSelector", allocation["nodeSelector"]) { SchedulingRules.checkNodeSelector(&$0, $1) }
    }
}
