import APIMachinery
import ControlLoops
import KubeAPI

/// Makes the ResourceClaims that a pod wants from templates, names them in the pod's status, and reserves claims for pods
/// that got their node without the scheduler.
struct PodResourceClaimReconciler: Reconciler {
    static let name = "resource_claim"
    static let account = "resource-claim-controller"
    /// On a claim made from a template: which of the pod's claims it is.
    static let annotation = "resource.kubernetes.io/pod-claim-name"
    static let reads: [Interest] = [
        Interest(Pod.resource) { change, _ in change.new.map { ResourceClaims.isUsed(by: $0) ? [$0.key] : [] } ?? [] },
        .mapped(ResourceClaim.self) { claim, world in
            ResourceClaims.owner(of: claim.json).map { [$0.key] } ?? ResourceClaims.pods(using: claim.key, world)
        },
        .mapped(ResourceClaimTemplate.self) { template, world in
            world.cache(Pod.resource).indexed(ResourceClaims.templateIndex, template.key.description).map(\.key)
        },
    ]
    static let writes: [Permission] = [
        .create(ResourceClaim.self), .patchStatus(Pod.self), .patchStatus(ResourceClaim.self),
    ]
    let world: World

    init(_ context: LoopContext) {
        world = context.world
        ResourceClaims.addIndexes(to: world)
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let pod = world.get(Pod.self, key), !pod.isBeingDeleted else { return [] }
        var creations: [Change] = []
        var notes: [Change] = []
        var statuses = pod.json["status", "resourceClaimStatuses"]?.elements ?? []
        let before = statuses
        for entry in pod.json["spec", "resourceClaims"]?.elements ?? [] {
            guard let template = entry["resourceClaimTemplateName"]?.string else { continue }
            let name = entry["name"]?.string ?? ""
            let index = statuses.firstIndex { $0["name"]?.string == name }
            if let index, isThere(statuses[index], pod) { continue }
            if let claim = made(for: pod, name) {
                let status: JSON = ["name": JSON(name), "resourceClaimName": JSON(claim.key.name)]
                if let index { statuses[index] = status } else { statuses.append(status) }
                continue
            }
            let templateKey = ObjectKey(namespace: key.namespace, name: template)
            if let template = world.get(ResourceClaimTemplate.self, templateKey) {
                creations.append(.create(ResourceClaim.resource, Self.claim(name, for: pod, template)))
            } else {
                let sentence =
                    "PodResourceClaim \(name): resource claim template \"\(template)\": "
                    + "resourceclaimtemplate.resource.k8s.io \"\(template)\" not found"
                notes.append(.note(EventNote(pod, .warning, "FailedResourceClaimCreation", sentence)))
            }
        }
        var changes = notes
        if !creations.isEmpty {
            changes.append(
                .batch(
                    Batch(
                        creations,
                        failed: { error in
                            [.note(EventNote(pod, .warning, "FailedResourceClaimCreation", "\(error)"))]
                        })))
        }
        if statuses != before {
            let patch: JSON = [
                "metadata": ["uid": JSON(pod.uid)], "status": ["resourceClaimStatuses": JSON(statuses)],
            ]
            changes.append(.patch(pod, patch, subresource: .status))
        }
        return changes + reservations(pod)
    }

    /// Whether a claim that the status names is there and the pod's; none may be needed either.
    private func isThere(_ status: JSON, _ pod: Pod) -> Bool {
        guard let name = status["resourceClaimName"]?.string else { return true }
        let claim = world.get(ResourceClaim.self, ObjectKey(namespace: pod.namespace, name: name))
        return claim?.json.controller?["uid"]?.string == pod.uid
    }
    private func made(for pod: Pod, _ name: String) -> JSON? {
        world.cache(ResourceClaim.resource).controlled(by: pod.uid).filter {
            $0["metadata", "annotations", Self.annotation]?.string == name && !$0.isBeingDeleted
        }.min { $0.key < $1.key }
    }

    static func claim(_ name: String, for pod: Pod, _ template: ResourceClaimTemplate) -> JSON {
        let given = template.json["spec", "metadata"]
        var annotations = given?["annotations"]?.stringMap ?? [:]
        annotations[annotation] = name
        var metadata: JSON = [
            "namespace": JSON(pod.namespace), "generateName": JSON(prefix(pod.name, name)),
            "annotations": JSON(annotations),
            "ownerReferences": [
                [
                    "apiVersion": "v1", "kind": "Pod", "name": JSON(pod.name), "uid": JSON(pod.uid),
                    "controller": true,
                ]
            ],
        ]
        metadata["labels"] = given?["labels"]
        return [
            "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": metadata,
            "spec": template.json["spec", "spec"] ?? .object,
        ]
    }
    /// Room is left for a hyphen and five letters in a name of 63.
    static func prefix(_ pod: String, _ claim: String) -> String {
        let most = 57
        let text = "\(pod)-\(claim)-"
        let length = text.utf8.count
        if length <= most { return text }
        return "\(pod.prefix(pod.utf8.count * most / length))-\(claim.prefix(claim.utf8.count * most / length))"
    }

    /// The scheduler reserves claims of pods that it binds.
    private func reservations(_ pod: Pod) -> [Change] {
        if pod.nodeName.isEmpty || ResourceClaims.isDone(pod.json) { return [] }
        return ResourceClaims.names(of: pod.json).compactMap { name in
            guard let claim = world.get(ResourceClaim.self, ObjectKey(namespace: pod.namespace, name: name)),
                claim.json["status", "allocation"] != nil, !claim.isBeingDeleted
            else { return nil }
            let users = claim.json["status", "reservedFor"]?.elements ?? []
            if users.contains(where: { $0["uid"]?.string == pod.uid }) { return nil }
            let consumer: JSON = ["resource": "pods", "name": JSON(pod.name), "uid": JSON(pod.uid)]
            let patch: JSON = [
                "metadata": ["uid": JSON(claim.uid), "resourceVersion": JSON(String(claim.json.revision))],
                "status": ["reservedFor": JSON(users + [consumer])],
            ]
            return .patch(claim, patch, subresource: .status)
        }
    }
}

/// What pods and claims have to do with each other.
enum ResourceClaims {
    static let finalizer = "resource.kubernetes.io/delete-protection"
    /// Pods by the claims that they use, and by the templates that they want claims from.
    static let claimIndex = "resource-claims"
    static let templateIndex = "resource-claim-templates"

    static func addIndexes(to world: World) {
        world.cache(Pod.self).addIndex(claimIndex) { pod in
            names(of: pod).map { ObjectKey(namespace: pod.key.namespace, name: $0).description }
        }
        world.cache(Pod.self).addIndex(templateIndex) { pod in
            (pod["spec", "resourceClaims"]?.elements ?? []).compactMap { entry in
                entry["resourceClaimTemplateName"]?.string.map {
                    ObjectKey(namespace: pod.key.namespace, name: $0).description
                }
            }
        }
    }
    static func isUsed(by pod: JSON) -> Bool { pod["spec", "resourceClaims"]?.isEmpty == false }
    static func pods(using claim: ObjectKey, _ world: World) -> [ObjectKey] {
        world.cache(Pod.resource).indexed(claimIndex, claim.description).map(\.key)
    }

    /// The claims that a pod uses, as far as they have names.
    static func names(of pod: JSON) -> [String] {
        let statuses = pod["status", "resourceClaimStatuses"]?.elements ?? []
        return (pod["spec", "resourceClaims"]?.elements ?? []).compactMap { entry in
            if let name = entry["resourceClaimName"]?.string { return name }
            return statuses.first { $0["name"] == entry["name"] }?["resourceClaimName"]?.string
        }
    }
    /// It will not run any more, or never will.
    static func isDone(_ pod: JSON) -> Bool {
        PodLifecycle.isTerminal(phase: pod["status", "phase"]?.string)
            || pod.isBeingDeleted && (pod["spec", "nodeName"]?.string ?? "").isEmpty
    }
    /// The pod that a claim was made for.
    static func owner(of claim: JSON) -> (key: ObjectKey, uid: String)? {
        guard let reference = claim.controller, reference["kind"]?.string == "Pod",
            reference["apiVersion"]?.string == "v1", let name = reference["name"]?.string
        else { return nil }
        return (ObjectKey(namespace: claim.key.namespace, name: name), reference["uid"]?.string ?? "")
    }
}
