import APIMachinery
import KubeAPI

/// How Kubernetes names nodes as users.
enum NodeUser {
    static let group = "system:nodes"
    static let prefix = "system:node:"
    /// What a pod has that a node runs by itself, and shows the cluster.
    static let mirrorAnnotation = "kubernetes.io/config.mirror"

    /// The node that a user is; nil for who is none, empty for one that has no name.
    static func name(of user: UserInfo) -> String? {
        guard user.groups.contains(group), user.name.hasPrefix(prefix) else { return nil }
        return String(user.name.dropFirst(prefix.count))
    }
}

/// Lets a node do what nodes do, with its own objects and with what its pods use (Kubernetes' Node authorizer).
struct NodeAuthorizer: Authorizer {
    let book: NodeBook
    let cache: WatchCache

    func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision {
        guard let node = NodeUser.name(of: user) else { return .noOpinion() }
        if node.isEmpty { return .noOpinion(reason: "unknown node for user \"\(user.name)\"") }
        guard (try? await cache.waitForOwnWrites()) != nil else {
            return .noOpinion(reason: "the server is loading its pods, try again")
        }
        return NodeCall(node: node, call: attributes, book: book, cache: cache).decision
    }

    func rules(for user: UserInfo, namespace: String) async -> AccessRules {
        var rules = AccessRules()
        if NodeUser.name(of: user) != nil {
            rules.incompleteness = "node authorizer does not support user rule resolution"
        }
        return rules
    }
}

/// One call of a node.
private struct NodeCall {
    let node: String
    let call: RequestAttributes
    let book: NodeBook
    let cache: WatchCache

    private static let reads: Set<Verb> = [.get, .list, .watch]
    private static let ownVerbs: Set<Verb> = [.get, .create, .update, .patch, .delete]

    var decision: AccessDecision {
        guard call.isResourceRequest else { return general }
        switch GroupResource(group: call.group, resource: call.resource) {
        case PodReference.secrets, PodReference.configMaps: return reading
        case .persistentVolumeClaims: return call.subresource == .status ? claimStatus : related(only: .get)
        case .persistentVolumes, Self.attachments, Self.resourceClaims: return related(only: .get)
        case .serviceAccounts: return serviceAccount
        case Self.leases: return own("node lease", "a node lease", namespace: "kube-node-lease")
        case Self.csiNodes: return own("CSINode", "a CSINode", namespace: "")
        case Self.resourceSlices: return resourceSlice
        case .nodes: return nodeObject
        case .pods: return pod
        default: return general
        }
    }

    /// What all nodes may do alike (the role system:node of Kubernetes).
    private static let everyNode = RoleRights([
        RoleRule(verbs: ["create"], groups: ["authentication.k8s.io"], resources: ["tokenreviews"]),
        RoleRule(
            verbs: ["create"], groups: ["authorization.k8s.io"],
            resources: ["subjectaccessreviews", "localsubjectaccessreviews"]),
        RoleRule(verbs: ["get", "list", "watch"], groups: [""], resources: ["services"]),
        RoleRule(verbs: ["create", "update", "patch"], groups: ["", "events.k8s.io"], resources: ["events"]),
        RoleRule(verbs: ["get"], groups: [""], resources: ["endpoints"]),
        RoleRule(
            verbs: ["create", "get", "list", "watch"], groups: ["certificates.k8s.io"],
            resources: ["certificatesigningrequests"]),
        RoleRule(verbs: ["get", "list", "watch"], groups: ["storage.k8s.io"], resources: ["csidrivers"]),
        RoleRule(verbs: ["get", "list", "watch"], groups: ["node.k8s.io"], resources: ["runtimeclasses"]),
    ])
    private var general: AccessDecision { Self.everyNode.allows(call) ? .allow() : .noOpinion() }

    private static let attachments = GroupResource(group: "storage.k8s.io", resource: "volumeattachments")
    private static let resourceClaims = GroupResource(group: "resource.k8s.io", resource: "resourceclaims")
    private static let resourceSlices = GroupResource(group: "resource.k8s.io", resource: "resourceslices")
    private static let leases = GroupResource(group: "coordination.k8s.io", resource: "leases")
    private static let csiNodes = GroupResource(group: "storage.k8s.io", resource: "csinodes")

    // MARK: Objects that pods use

    /// One secret or ConfigMap, also by a list or watch of that name.
    private var reading: AccessDecision {
        if !Self.reads.contains(call.verb) { return .noOpinion(reason: "can only read resources of this type") }
        if call.subresource != nil { return .noOpinion(reason: "cannot read subresource") }
        if call.namespace.isEmpty { return .noOpinion(reason: "can only read namespaced object of this type") }
        return related
    }

    private func related(only verb: Verb) -> AccessDecision {
        if call.verb != verb { return .noOpinion(reason: "can only get individual resources of this type") }
        if call.subresource != nil { return .noOpinion(reason: "cannot get subresource") }
        return related
    }

    private var claimStatus: AccessDecision {
        guard [.update, .patch].contains(call.verb) else {
            return .noOpinion(reason: "can only get/update/patch this type")
        }
        return related
    }

    private var serviceAccount: AccessDecision {
        if call.verb == .get, call.subresource == nil { return reading }
        guard call.verb == .create, !call.name.isEmpty else {
            return .noOpinion(reason: "can only create tokens for individual service accounts")
        }
        guard call.subresource == .token else {
            return .noOpinion(reason: "can only create token subresource of serviceaccount")
        }
        return related
    }

    private var related: AccessDecision {
        if call.namedObject.isEmpty { return .noOpinion(reason: "No Object name found") }
        return isRelated ? .allow() : .noOpinion(reason: unrelated)
    }
    private var unrelated: String { "no relationship found between node '\(node)' and this object" }

    private var isRelated: Bool {
        let name = call.namedObject
        let resource = GroupResource(group: call.group, resource: call.resource)
        switch resource {
        case .persistentVolumes: return object(resource, name).map(usesVolume) ?? false
        case Self.attachments, Self.resourceSlices: return object(resource, name)?["spec", "nodeName"]?.string == node
        case Self.resourceClaims: return hasPod { Self.claims($0, name) }
        default: break
        }
        let reference = PodReference(resource: resource, namespace: call.namespace, name: name)
        return book.uses(reference, on: node) || (resource == PodReference.secrets && isSecretOfVolume(name))
    }

    private func object(_ resource: GroupResource, _ key: String) -> JSON? { cache.cache(resource)?.newest(key)?.json }

    private func usesVolume(_ volume: JSON) -> Bool {
        let claim = volume["spec", "claimRef"]
        return book.uses(
            PodReference(
                resource: .persistentVolumeClaims, namespace: claim?["namespace"]?.string ?? "",
                name: claim?["name"]?.string ?? ""), on: node)
    }

    /// Whether a volume that a pod of the node has needs the secret on nodes.
    private func isSecretOfVolume(_ name: String) -> Bool {
        (cache.cache(.persistentVolumes)?.newest(below: "") ?? []).contains { stored in
            let spec = stored.json["spec"] ?? .object
            let home = spec["claimRef", "namespace"]?.string ?? ""
            var secrets = [
                spec["csi", "nodePublishSecretRef"], spec["csi", "nodeStageSecretRef"],
                spec["csi", "nodeExpandSecretRef"],
                spec["azureFile"].map {
                    ["name": $0["secretName"] ?? .null, "namespace": $0["secretNamespace"] ?? .null]
                },
            ]
            for source in ["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"] {
                secrets.append(spec[source, "secretRef"])
            }
            return secrets.contains { secret in
                secret?["name"]?.string == name && (secret?["namespace"]?.string ?? home) == call.namespace
            } && usesVolume(stored.json)
        }
    }

    private func hasPod(_ isWanted: (JSON) -> Bool) -> Bool {
        (cache.cache(.pods)?.newest(below: "\(call.namespace)/") ?? []).contains { stored in
            stored.json["spec", "nodeName"]?.string == node && isWanted(stored.json)
        }
    }
    /// Whether the pod has a ResourceClaim of this name.
    private static func claims(_ pod: JSON, _ name: String) -> Bool {
        (pod["spec", "resourceClaims"]?.elements ?? []).contains { $0["resourceClaimName"]?.string == name }
            || (pod["status", "resourceClaimStatuses"]?.elements ?? []).contains {
                $0["resourceClaimName"]?.string == name
            }
    }

    // MARK: The node's own objects

    /// An object that has the node's name; what is made has a name that admission looks at.
    private func own(_ kind: String, _ one: String, namespace: String) -> AccessDecision {
        guard Self.ownVerbs.contains(call.verb) else {
            return .noOpinion(reason: "can only get, create, update, patch, or delete \(one)")
        }
        if namespace.isEmpty, call.subresource != nil {
            return .noOpinion(reason: "cannot authorize \(kind) subresources")
        }
        if call.namespace != namespace {
            return .noOpinion(reason: "can only access leases in the \"\(namespace)\" system namespace")
        }
        if call.verb != .create, call.name != node {
            return .noOpinion(reason: "can only access \(kind) with the same name as the requesting node")
        }
        return .allow()
    }

    private var resourceSlice: AccessDecision {
        if call.subresource != nil { return .noOpinion(reason: "cannot authorize ResourceSlice subresources") }
        switch call.verb {
        case .create: return .allow()
        case .get, .update, .patch, .delete: return related
        case .watch, .list, .deleteCollection:
            return call.requires("spec.nodeName", node)
                ? .allow()
                : .noOpinion(reason: "can only list/watch/deletecollection resourceslices with nodeName field selector")
        default:
            return .noOpinion(
                reason: "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, "
                    + "patch, delete, deletecollection")
        }
    }

    private var nodeObject: AccessDecision {
        switch (call.subresource, call.verb) {
        case (nil, .create), (nil, .update), (nil, .patch), (.status, .update), (.status, .patch): return .allow()
        case (nil, .get), (nil, .list), (nil, .watch):
            let name = call.namedObject
            if name == node { return .allow() }
            let what = name.isEmpty ? "all nodes" : "'\(name)'"
            return .noOpinion(reason: "node '\(node)' cannot read \(what), only its own Node object")
        default: return .noOpinion()
        }
    }

    private var pod: AccessDecision {
        switch (call.subresource, call.verb) {
        case (nil, .create), (nil, .delete), (.status, .update), (.status, .patch), (.eviction, .create):
            return .allow()
        case (nil, .get), (nil, .list), (nil, .watch):
            if call.verb != .get, call.requires("spec.nodeName", node) { return .allow() }
            let name = call.namedObject
            if name.isEmpty { return .noOpinion(reason: "can only list/watch pods with spec.nodeName field selector") }
            return book.isPod("\(call.namespace)/\(name)", on: node) ? .allow() : .noOpinion(reason: unrelated)
        default: return .noOpinion()
        }
    }
}
