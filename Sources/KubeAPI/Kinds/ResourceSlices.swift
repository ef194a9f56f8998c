import APIMachinery

/// Everything known of ResourceSlices.
enum ResourceSlices {
    static let resource = Resource(
        "resource.k8s.io/v1", "ResourceSlice", plural: "resourceslices", isNamespaced: false,
        columns: [
            .name,
            .text("Node") { $0["spec", "nodeName"]?.string ?? "" },
            .text("Driver") { $0["spec", "driver"]?.string ?? "" },
            .text("Pool") { $0["spec", "pool", "name"]?.string ?? "" },
            .age,
        ],
        prepareForCreate: Strategy.create(generation: true, status: nil),
        prepareForUpdate: Strategy.update(generation: true, status: false), validate: validate,
        validateUpdate: { new, old in
            var checker = FieldChecker()
            checker.inside("spec") { checker in
                let (new, old) = (new["spec"] ?? .object, old["spec"] ?? .object)
                checker.immutable("pool.name", new["pool", "name"], old["pool", "name"])
                for field in ["driver", "nodeName"] { checker.immutable(field, new[field], old[field]) }
            }
            return checker.errors + validate(new)
        }, validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        selectableFields: [
            "spec.nodeName": { $0["spec", "nodeName"]?.string ?? "" },
            "spec.driver": { $0["spec", "driver"]?.string ?? "" },
        ])

    private static let mostDevices = 128
    /// Where devices have taints or share counters.
    private static let mostComplexDevices = 64
    private static let mostCounterSets = 8
    private static let mostCounters = 32

    private static func validate(_ slice: JSON) -> [FieldError] {
        var checker = FieldChecker()
        checker.inside("spec", slice["spec"] ?? .object) { checker, spec in
            DriverRules.checkName(&checker, "driver", spec["driver"])
            checker.inside("pool", spec["pool"] ?? .object) { checkPool(&$0, $1) }
            checkPlace(
                &checker, spec, ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"],
                "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
                whenMany: ", but multiple fields are set")
            if spec["sharedCounters"] != nil, spec["devices"] != nil {
                checker.invalid("", "", "only one of `sharedCounters` or `devices` is allowed")
            }
            let devices = spec["devices"]?.elements ?? []
            let isComplex = devices.contains {
                $0["taints"]?.isEmpty == false || $0["consumesCounters"]?.isEmpty == false
            }
            DeviceClaimRules.checkSet(
                &checker, "devices", spec, most: isComplex ? mostComplexDevices : mostDevices,
                { $0["name"]?.string ?? "" }
            ) { checker, device in
                DeviceRules.check(&checker, device)
                checkPlace(&checker, device, chosenByDevice: spec["perDeviceNodeSelection"]?.bool == true)
            }
            DeviceClaimRules.checkSet(
                &checker, "sharedCounters", spec, most: mostCounterSets, { $0["name"]?.string ?? "" }
            ) { checker, set in
                checker.requireText("name", of: set, Validation.isDNS1123Label)
                DeviceRules.checkCounters(&checker, set, most: mostCounters)
            }
        }
        return checker.errors
    }

    private static func checkPool(_ checker: inout FieldChecker, _ pool: JSON) {
        AllocatedDeviceRules.checkPoolName(&checker, "name", pool["name"])
        if pool["resourceSliceCount"]?.int ?? 0 <= 0 {
            checker.invalid("resourceSliceCount", pool["resourceSliceCount"] ?? 0, "must be greater than zero")
        }
        if pool["generation"]?.int ?? 0 < 0 {
            checker.invalid("generation", pool["generation"], "must be greater than or equal to zero")
        }
    }

    /// Exactly one of the members says where devices are.
    private static func checkPlace(
        _ checker: inout FieldChecker, _ holder: JSON, _ members: [String], _ sentence: String, whenMany: String
    ) {
        var present: [String] = []
        for member in members {
            guard let value = holder[member] else { continue }
            switch member {
            case "nodeName":
                if value.string?.isEmpty ?? true {
                    checker.invalid(member, value, "must be either unset or set to a non-empty string")
                    continue
                }
                checker.check(member, value.string ?? "", Validation.isDNS1123Subdomain)
            case "nodeSelector":
                checker.inside(member, value) { SchedulingRules.checkNodeSelector(&$0, $1) }
                let terms = value["nodeSelectorTerms"]
                if terms?.count ?? 0 != 1 {
                    checker.invalid(
                        "nodeSelector.nodeSelectorTerms", terms, "must have exactly one node selector term")
                }
            default:
                if value.bool != true {
                    checker.invalid(member, value, "must be either unset or set to true")
                    continue
                }
            }
            present.append("`\(member)`")
        }
        if present.isEmpty { checker.required("", sentence) }
        if present.count > 1 {
            checker.invalid("", JSON("{\(present.joined(separator: ", "))}"), sentence + whenMany)
        }
    }

    private static func checkPlace(_ checker: inout FieldChecker, _ device: JSON, chosenByDevice: Bool) {
        let members = ["nodeName", "nodeSelector", "allNodes"]
        if chosenByDevice {
            checkPlace(
                &checker, device, members,
                "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is "
                    + "set to true in the ResourceSlice spec", whenMany: "")
        } else if members.contains(where: { device[$0] != nil }) {
            checker.invalid(
                "", .null,
                "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in "
                    + "the ResourceSlice spec")
        }
    }
}
