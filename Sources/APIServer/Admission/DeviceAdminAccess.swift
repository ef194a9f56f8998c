import APIMachinery
import KubeAPI

extension GroupResource {
    static let resourceClaims = GroupResource(group: "resource.k8s.io", resource: "resourceclaims")
    static let resourceClaimTemplates = GroupResource(group: "resource.k8s.io", resource: "resourceclaimtemplates")
}

/// Only namespaces that are labelled for it get at devices that others use (a claim's `adminAccess`).
struct DeviceAdminAccess: ValidatingAdmission {
    static let label = "resource.kubernetes.io/admin-access"
    let scope = AdmissionScope(
        [.create, .update], [.resourceClaims, .resourceClaimTemplates], subresources: [nil, .status])

    func validate(
        _ request: inout AdmissionRequest, _ view: AdmissionView
    ) async throws -> AdmissionHolds.Settle? {
        guard let place = place(request) else { return nil }
        let namespace = try await view.object(.namespaces, request.namespace)
        if namespace?["metadata", "labels"]?[Self.label]?.string == "true" { return nil }
        let sentence =
            "Forbidden: admin access to devices requires the `\(Self.label): true` label on the containing namespace"
        throw StatusError.invalid(request.kind, request.name, [.init(.forbidden, place, sentence)])
    }

    /// Where an object asks for it, if the last one did not.
    private func place(_ request: AdmissionRequest) -> String? {
        let isTemplate = request.resource == .resourceClaimTemplates
        if request.subresource == nil {
            // Specs do not change.
            guard request.operation == .create else { return nil }
            let spec = isTemplate ? request.object["spec", "spec"] : request.object["spec"]
            let requests = spec?["devices", "requests"]?.elements ?? []
            let index = requests.firstIndex { $0["exactly", "adminAccess"]?.bool == true }
            return index.map { "\(isTemplate ? "spec.spec" : "spec").devices.requests[\($0)].adminAccess" }
        }
        func granted(_ claim: JSON?) -> Int? {
            claim?["status", "allocation", "devices", "results"]?.elements.firstIndex {
                $0["adminAccess"]?.bool == true
            }
        }
        if granted(request.old) != nil { return nil }
        return granted(request.object).map { "status.allocation.devices.results[\($0)].adminAccess" }
    }
}
