import APIMachinery
import KubeAPI

/// What the cluster must have for nodes of other processes to join it, as kubeadm makes it: the network's plan to read,
/// bindings by which bootstrap tokens become nodes and nodes go on being ones, and what leads traffic on a node.
enum JoiningNodes {
    /// Whose bootstrap tokens make nodes (`auth-extra-groups`).
    static let bootstrapGroup = "system:bootstrappers:kubeadm:default-node-token"
    private static let nodes = "system:nodes"
    private static let group: JSON = "rbac.authorization.k8s.io"

    static func objects(_ network: ClusterNetwork, server: String) -> [(GroupResource, JSON)] {
        let certificates = "system:certificates.k8s.io:certificatesigningrequests:"
        return configuration(network, server) + [
            clusterRole("kubeadm:get-nodes", [""], ["nodes"], ["get"]),
            clusterRole("skiff:node-dns", [""], ["namespaces"], ["list", "watch"]),
        ]
            + [
                ("kubeadm:get-nodes", "kubeadm:get-nodes", bootstrapGroup),
                ("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", bootstrapGroup),
                ("kubeadm:node-autoapprove-bootstrap", certificates + "nodeclient", bootstrapGroup),
                ("kubeadm:node-autoapprove-certificate-rotation", certificates + "selfnodeclient", nodes),
                // Our nodes lead traffic to Services and answer for their names by themselves.
                ("skiff:node-proxier", "system:node-proxier", nodes), ("skiff:node-dns", "skiff:node-dns", nodes),
            ].map(clusterBinding)
    }

    private static let configurationName = "kubeadm-config"

    /// The ConfigMap and who may read it.
    private static func configuration(_ network: ClusterNetwork, _ server: String) -> [(GroupResource, JSON)] {
        let plan: JSON = [
            "apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration", "clusterName": "skiff",
            "kubernetesVersion": JSON(SkiffVersion.kubernetes),
            "controlPlaneEndpoint": JSON(server.split(separator: "/").last.map(String.init) ?? server),
            "networking": [
                "dnsDomain": JSON(network.domain), "podSubnet": JSON(network.podCIDR.description),
                "serviceSubnet": JSON(network.serviceCIDR.description),
            ],
        ]
        let right: JSON = ["name": "kubeadm:nodes-kubeadm-config", "namespace": "kube-system"]
        let rule: JSON = [
            "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [JSON(configurationName)],
            "verbs": ["get"],
        ]
        let reference: JSON = ["apiGroup": group, "kind": "Role", "name": right["name"] ?? .null]
        return [
            (
                ConfigMap.resource,
                [
                    "metadata": ["name": JSON(configurationName), "namespace": "kube-system"],
                    "data": ["ClusterConfiguration": JSON(plan.text)],
                ]
            ),
            (Role.resource, ["metadata": right, "rules": [rule]]),
            (
                RoleBinding.resource,
                ["metadata": right, "roleRef": reference, "subjects": [subject(bootstrapGroup), subject(nodes)]]
            ),
        ]
    }

    /// Where the network's plan is read, and what it says: pods, Services, domain; nil for what is none.
    static let configurationKey = ObjectKey(namespace: "kube-system", name: configurationName)
    static func network(of map: ConfigMap) -> (pods: CIDR, services: CIDR, domain: String)? {
        guard let text = map.json["data", "ClusterConfiguration"]?.string,
            let plan = try? YAML.document(Array(text.utf8)).value, let networking = plan["networking"],
            let pods = CIDR(networking["podSubnet"]?.string ?? ""),
            let services = CIDR(networking["serviceSubnet"]?.string ?? "")
        else { return nil }
        return (pods, services, networking["dnsDomain"]?.string ?? ClusterNetwork.standard.domain)
    }

    private static func subject(_ name: String) -> JSON { ["apiGroup": group, "kind": "Group", "name": JSON(name)] }

    private static func clusterRole(
        _ name: String, _ groups: [String], _ resources: [String], _ verbs: [String]
    ) -> (GroupResource, JSON) {
        let rule: JSON = [
            "apiGroups": JSON(groups.map { JSON($0) }), "resources": JSON(resources.map { JSON($0) }),
            "verbs": JSON(verbs.map { JSON($0) }),
        ]
        return (ClusterRole.resource, ["metadata": ["name": JSON(name)], "rules": [rule]])
    }

    private static func clusterBinding(_ name: String, _ role: String, _ whose: String) -> (GroupResource, JSON) {
        let reference: JSON = ["apiGroup": group, "kind": "ClusterRole", "name": JSON(role)]
        return (
            ClusterRoleBinding.resource,
            ["metadata": ["name": JSON(name)], "roleRef": reference, "subjects": [subject(whose)]]
        )
    }
}
