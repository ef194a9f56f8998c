import APIMachinery

/// Everything known of VolumeAttachments.
enum VolumeAttachments {
    static let resource = Resource(
        "storage.k8s.io/v1", "VolumeAttachment", plural: "volumeattachments", isNamespaced: false,
        subresources: [.status("storage.k8s.io/v1", "VolumeAttachment")],
        columns: [
            .name,
            Resource.Column("Attacher", "string", format: "name") { $0["spec", "attacher"] ?? "" },
            .text("PV") { $0["spec", "source", "persistentVolumeName"]?.string ?? "" },
            .text("Node") { $0["spec", "nodeName"]?.string ?? "" },
            Resource.Column("Attached", "boolean") { $0["status", "attached"] ?? false },
            .age,
        ],
        allowsUnconditionalUpdate: false,
        prepareForCreate: Strategy.create(generation: false, status: ["attached": false]),
        prepareForUpdate: Strategy.update(generation: false, status: true),
        prepareForStatusUpdate: Strategy.statusAlone, validate: validate, validateUpdate: validateUpdate,
        validateStatusUpdate: { new, _ in checked { checkStatus(&$0, new) } },
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated)

    private static let maximumMetadataBytes = 256 << 10
    private static let maximumMessageBytes = 1024

    private static func checked(_ check: (inout FieldChecker) -> Void) -> [FieldError] {
        var checker = FieldChecker()
        check(&checker)
        return checker.errors
    }

    private static func validate(_ attachment: JSON) -> [FieldError] {
        checked { checker in
            checker.inside("spec", attachment["spec"] ?? .object) { checker, spec in
                DriverRules.checkName(&checker, "attacher", spec["attacher"])
                checker.inside("source", spec["source"] ?? .object) { checkSource(&$0, $1) }
                checker.check("nodeName", spec["nodeName"]?.string ?? "", Validation.isDNS1123Subdomain)
            }
            checkStatus(&checker, attachment)
        }
    }

    private static func checkSource(_ checker: inout FieldChecker, _ source: JSON) {
        let sentence = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        switch (source["persistentVolumeName"], source["inlineVolumeSpec"]) {
        case (nil, nil): checker.required("", sentence)
        case (.some, .some): checker.forbidden("", sentence)
        case (let name?, nil):
            if name.string?.isEmpty ?? true {
                checker.required("persistentVolumeName", "must specify non empty persistentVolumeName")
            }
            checker.check("persistentVolumeName", name.string ?? "", Validation.isDNS1123Subdomain)
        case (nil, let spec?):
            checker.inside("inlineVolumeSpec", spec) { PersistentVolumeRules.check(&$0, $1) }
        }
    }

    private static func checkStatus(_ checker: inout FieldChecker, _ attachment: JSON) {
        checker.inside("status", attachment["status"]) { checker, status in
            if DriverRules.bytes(of: status["attachmentMetadata"]?.members ?? []) > maximumMetadataBytes {
                checker.tooLong("attachmentMetadata", maximumMetadataBytes)
            }
            for field in ["attachError", "detachError"] {
                checker.inside(field, status[field]) { checker, error in
                    if error["message"]?.string?.utf8.count ?? 0 > maximumMessageBytes {
                        checker.tooLong("message", maximumMetadataBytes)
                    }
                    if let code = error["errorCode"], code.int ?? 0 < 0 {
                        checker.invalid("errorCode", code, "must be between 0 and 2147483647, inclusive")
                    }
                }
            }
        }
    }

    private static func validateUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        validate(new)
            + checked { checker in
                guard new["spec"] != old["spec"] else { return }
                checker.invalid("spec", new["spec"], as: "VolumeAttachmentSpec", "field is immutable")
            }
    }
}
