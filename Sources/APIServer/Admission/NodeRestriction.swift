import APIMachinery
import KubeAPI

/// A node changes only itself and its pods (Kubernetes' admission plugin NodeRestriction): what the authorizer cannot tell
/// without looking into the object.
struct NodeRestriction: ValidatingAdmission {
    private static let leases = GroupResource(group: "coordination.k8s.io", resource: "leases")
    private static let csiNodes = GroupResource(group: "storage.k8s.io", resource: "csinodes")
    private static let resourceSlices = GroupResource(group: "resource.k8s.io", resource: "resourceslices")
    let scope = AdmissionScope(
        [.create, .update, .delete],
        [.pods, .nodes, .persistentVolumeClaims, .serviceAccounts, leases, csiNodes, resourceSlices], subresources: nil)

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        guard let node = NodeUser.name(of: request.user) else { return nil }
        if node.isEmpty {
            throw request.forbidden("could not determine node from user \"\(request.user.name)\"")
        }
        if let refusal = try await refusal(request, node, view) { throw request.forbidden(refusal) }
        return nil
    }

    private func refusal(_ request: AdmissionRequest, _ node: String, _ view: AdmissionView) async throws -> String? {
        switch request.resource {
        case .pods: return try await refusal(ofPod: request, node, view)
        case .nodes: return NodeChange(request, node).refusal
        case .persistentVolumeClaims:
            return request.subresource == .status ? claimStatus(request, node) : "may only update PVC status"
        case .serviceAccounts:
            return request.subresource == .token ? try await token(request, node, view) : nil
        case Self.resourceSlices:
            guard request.operation != .update, request.object["spec", "nodeName"]?.string != node else { return nil }
            let verb = request.operation == .create ? "create" : "delete"
            return "can only \(verb) ResourceSlice with the same NodeName as the requesting node"
        case Self.leases:
            if request.namespace != "kube-node-lease" {
                return "can only access leases in the \"kube-node-lease\" system namespace"
            }
            return request.name == node
                ? nil : "can only access node lease with the same name as the requesting node"
        default:
            return request.name == node ? nil : "can only access CSINode with the same name as the requesting node"
        }
    }

    // MARK: Pods

    private func refusal(
        ofPod request: AdmissionRequest, _ node: String, _ view: AdmissionView
    ) async throws -> String? {
        func isOwn(_ pod: JSON?) -> Bool { pod?["spec", "nodeName"]?.string == node }
        switch (request.subresource, request.operation) {
        case (nil, .create): return try await mirrorPod(request, node, view)
        case (nil, .delete):
            return isOwn(request.object)
                ? nil : "node \"\(node)\" can only delete pods with spec.nodeName set to itself"
        case (nil, _):
            return "unexpected operation \"UPDATE\", node \"\(node)\" can only create and delete mirror pods"
        case (.status, .update):
            if !isOwn(request.old) {
                return "node \"\(node)\" can only update pod status for pods with spec.nodeName set to itself"
            }
            if request.object["metadata", "labels"] != request.old?["metadata", "labels"] {
                return "node \"\(node)\" cannot update labels through pod status"
            }
            if request.object["status", "resourceClaimStatuses"] != request.old?["status", "resourceClaimStatuses"] {
                return "node \"\(node)\" cannot update resource claim statues"
            }
            return nil
        case (.eviction, .create):
            let pod = try await view.object(.pods, namespace: request.namespace, request.name)
            guard let pod else { throw StatusError.notFound(.pods, request.name) }
            return isOwn(pod) ? nil : "node \(node) can only evict pods with spec.nodeName set to itself"
        case (let other?, _):
            return "unexpected pod subresource \"\(other)\", only 'status' and 'eviction' are allowed"
        }
    }

    /// A node makes only such pods as it runs by itself, and they refer to nothing.
    private func mirrorPod(_ request: AdmissionRequest, _ node: String, _ view: AdmissionView) async throws -> String? {
        let pod = request.object
        if pod["metadata", "annotations", NodeUser.mirrorAnnotation] == nil {
            return
                "pod does not have \"\(NodeUser.mirrorAnnotation)\" annotation, node \"\(node)\" can only create mirror "
                + "pods"
        }
        let only = "node \"\(node)\" can only create pods with"
        if pod["spec", "nodeName"]?.string != node { return "\(only) spec.nodeName set to itself" }
        let owners = pod["metadata", "ownerReferences"]?.elements ?? []
        if owners.count > 1 { return "\(only) a single owner reference set to itself" }
        guard let owner = owners.first, owner["apiVersion"]?.string == "v1", owner["kind"]?.string == "Node",
            owner["name"]?.string == node
        else { return "\(only) an owner reference set to itself" }
        if owner["controller"]?.bool != true { return "\(only) a controller owner reference set to itself" }
        if owner["blockOwnerDeletion"]?.bool == true {
            return "node \"\(node)\" must not set blockOwnerDeletion on an owner reference"
        }
        guard let object = try await view.object(.nodes, node) else { throw StatusError.notFound(.nodes, node) }
        if owner["uid"]?.string != object.uid {
            return "node \(node) UID mismatch: expected \(owner["uid"]?.string ?? "") got \(object.uid)"
        }
        let uses = PodReference.all(of: pod).map(\.resource.resource)
        let claims = pod["spec", "resourceClaims"]?.isEmpty == false ? ["resourceclaims"] : []
        return (uses + claims).min().map { "node \"\(node)\" can not create pods that reference \($0)" }
    }

    // MARK: Tokens and claims

    /// A node gets tokens for its pods alone, for whom they are mounted.
    private func token(_ request: AdmissionRequest, _ node: String, _ view: AdmissionView) async throws -> String? {
        let reference = request.object["spec", "boundObjectRef"] ?? .object
        let name = reference["name"]?.string ?? ""
        guard reference["apiVersion"]?.string == "v1", reference["kind"]?.string == "Pod", !name.isEmpty else {
            return "node requested token not bound to a pod"
        }
        let uid = reference["uid"]?.string ?? ""
        if uid.isEmpty { return "node requested token with a pod binding without a uid" }
        guard let pod = try await view.object(.pods, namespace: request.namespace, name) else {
            throw StatusError.notFound(.pods, name)
        }
        if uid != pod.uid {
            return
                "the UID in the bound object reference (\(uid)) does not match the UID in record. The object might have "
                + "been deleted and then recreated"
        }
        if pod["spec", "nodeName"]?.string != node {
            return "node requested token bound to a pod scheduled on a different node"
        }
        let audiences = request.object["spec", "audiences"]?.strings ?? []
        if audiences.count > 1 { return "node may only request 0 or 1 audiences" }
        let audience = audiences.first ?? ""
        let isMounted = (pod["spec", "volumes"]?.elements ?? []).contains { volume in
            (volume["projected", "sources"]?.elements ?? []).contains { source in
                source["serviceAccountToken"].map { ($0["audience"]?.string ?? "") == audience } ?? false
            }
        }
        if isMounted { return nil }
        let asked = RequestAttributes(
            verb: .other("request-serviceaccounts-token-audience"), version: "v1", resource: audience,
            namespace: request.namespace, name: pod["spec", "serviceAccountName"]?.string ?? "", path: "",
            isResourceRequest: true)
        if await view.isAllowed(request.user, asked) { return nil }
        return
            "audience \"\(audience)\" not found in pod spec volume, \(request.user.name) is not authorized to request "
            + "tokens for this audience"
    }

    private func claimStatus(_ request: AdmissionRequest, _ node: String) -> String? {
        func rest(_ claim: JSON?) -> JSON {
            var claim = claim ?? .object
            for field in ["resourceVersion", "managedFields"] { claim["metadata", field] = nil }
            for field in ["capacity", "conditions", "allocatedResourceStatuses", "allocatedResources"] {
                if claim["status", field] != nil { claim["status", field] = nil }
            }
            return claim
        }
        if rest(request.object) == rest(request.old) { return nil }
        return "node \"\(node)\" is not allowed to update fields other than status.quantity and status.conditions"
    }
}

/// What a node does to its own object.
private struct NodeChange {
    private let request: AdmissionRequest
    private let node: String

    init(_ request: AdmissionRequest, _ node: String) {
        self.request = request
        self.node = node
    }

    var refusal: String? {
        if request.name != node { return "node \"\(node)\" is not allowed to modify node \"\(request.name)\"" }
        let labels = forbiddenLabels.joined(separator: ", ")
        guard let old = request.old, request.operation == .update else {
            if request.operation == .create, !labels.isEmpty {
                return "node \"\(node)\" is not allowed to set the following labels: \(labels)"
            }
            return nil
        }
        let new = request.object
        if new["spec", "taints"] != old["spec", "taints"] { return "node \"\(node)\" is not allowed to modify taints" }
        if new["metadata", "ownerReferences"] != old["metadata", "ownerReferences"] {
            return "node \"\(node)\" is not allowed to modify ownerReferences"
        }
        return labels.isEmpty ? nil : "is not allowed to modify labels: \(labels)"
    }

    private static let ownLabels: Set<String> = [
        "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type", "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os", "beta.kubernetes.io/arch",
    ]

    /// Labels that are changed and that decide what runs on a node.
    private var forbiddenLabels: [String] {
        let new = request.object["metadata", "labels"]?.stringMap ?? [:]
        let old = request.old?["metadata", "labels"]?.stringMap ?? [:]
        let changed = Set(new.keys).union(old.keys).filter { new[$0] != old[$0] }
        return changed.filter { label in
            guard let slash = label.firstIndex(of: "/") else { return false }
            let domain = label[..<slash]
            func isOf(_ parent: String) -> Bool { domain == parent || domain.hasSuffix(".\(parent)") }
            if isOf("node-restriction.kubernetes.io") { return true }
            guard isOf("kubernetes.io") || isOf("k8s.io") else { return false }
            return !Self.ownLabels.contains(label) && !isOf("kubelet.kubernetes.io") && !isOf("node.kubernetes.io")
        }.sorted()
    }
}
