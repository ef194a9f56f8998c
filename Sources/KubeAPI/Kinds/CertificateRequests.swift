import APIMachinery

/// Everything known of CertificateSigningRequests. Who asks, and when conditions were set, the server fills in.
public enum CertificateRequests {
    static let resource = Resource(
        "certificates.k8s.io/v1", "CertificateSigningRequest", plural: "certificatesigningrequests",
        shortNames: ["csr"], isNamespaced: false,
        subresources: [
            Resource.Subresource(
                .approval,
                GroupVersionKind(group: "certificates.k8s.io", version: "v1", kind: "CertificateSigningRequest"),
                verbs: [.get, .patch, .update]),
            .status("certificates.k8s.io/v1", "CertificateSigningRequest"),
        ], columns: columns,
        prepareForCreate: Strategy.create(generation: false, status: .object),
        prepareForUpdate: { new, old in
            new.keep("spec", of: old)
            new.keep("status", of: old)
        }, prepareForStatusUpdate: prepareForStatusUpdate,
        validate: { CertificateRequestRules.errors($0, old: nil, mayApprove: false, mayIssue: false) },
        validateUpdate: { CertificateRequestRules.errors($0, old: $1, mayApprove: false, mayIssue: false) },
        validateStatusUpdate: { CertificateRequestRules.errors($0, old: $1, mayApprove: false, mayIssue: true) },
        finalizerNames: .qualifiedWhenCreated,
        parts: [
            .approval: Resource.Part(
                prepare: prepareForApproval,
                validate: { CertificateRequestRules.errors($0, old: $1, mayApprove: true, mayIssue: false) })
        ], selectableFields: ["spec.signerName": { $0["spec", "signerName"]?.string ?? "" }])

    private static let columns: [Resource.Column] = [
        .name, .age,
        .text("SignerName") { Cells.orNone($0["spec", "signerName"]) },
        .text("Requestor") { $0["spec", "username"]?.string ?? "" },
        .text("RequestedDuration") { request in
            request["spec", "expirationSeconds"]?.int.map { HumanDuration.text(seconds: $0) } ?? Cells.none
        },
        .text("Condition", state),
    ]

    private static func state(_ request: JSON) -> String {
        let types = (request["status", "conditions"]?.elements ?? []).map { $0["type"]?.string ?? "" }
        let decision = types.contains("Denied") ? "Denied" : types.contains("Approved") ? "Approved" : "Pending"
        let issued = (request["status"] ?? .object).lacks("certificate") ? "" : ",Issued"
        return decision + (types.contains("Failed") ? ",Failed" : "") + issued
    }

    /// What was decided stays as it is in an update of the status.
    private static func prepareForStatusUpdate(_ new: inout JSON, _ old: JSON) {
        new.keep("spec", of: old)
        let before = old["status", "conditions"]?.elements ?? []
        for type in ["Approved", "Denied"] {
            let decided = before.filter { $0["type"]?.string == type }
            var conditions = new["status", "conditions"]?.elements ?? []
            let places = conditions.indices.filter { conditions[$0]["type"]?.string == type }
            guard !decided.isEmpty, places.count == decided.count else { continue }
            for (place, condition) in zip(places, decided) { conditions[place] = condition }
            new.set(["status", "conditions"], to: JSON(conditions))
        }
    }

    private static func prepareForApproval(_ new: inout JSON, _ old: JSON) {
        let conditions = new["status", "conditions"]
        new.keep("spec", of: old)
        new.keep("status", of: old)
        new.updateOrMake("status") { $0["conditions"] = conditions }
    }

    /// The organizations in the subject that a request asks for; none if it cannot be read.
    public static func organizations(_ request: JSON) -> [String] {
        CertificateRequestRules.organizations(request["spec", "request"]?.string ?? "")
    }

    /// Tells when each condition was set where the writer does not; `now` is RFC 3339.
    public static func setTimes(_ request: inout JSON, old: JSON, now: String) {
        let before = old["status", "conditions"]?.elements ?? []
        request.update("status") { status in
            status.updateEach("conditions") { condition in
                if condition.lacks("lastUpdateTime") { condition["lastUpdateTime"] = JSON(now) }
                guard condition.lacks("lastTransitionTime") else { return }
                let same = before.first {
                    $0["type"] == condition["type"] && $0["status"] == condition["status"]
                        && !$0.lacks("lastTransitionTime")
                }
                condition["lastTransitionTime"] = same?["lastTransitionTime"] ?? JSON(now)
            }
        }
    }
}
