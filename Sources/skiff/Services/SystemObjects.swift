import APIMachinery
import Basics
import KubeAPI

/// Objects of the cluster that no single loop owns; made at the start if they are missing, never changed after.
enum SystemObjects {
    /// The user that Kubernetes' setup scripts call their addon manager.
    static let identity = LoopIdentity(
        userName: "system:addon-manager", agent: "skiff",
        permissions: PermissionSet(
            [
                IngressClass.resource, Service.resource, ConfigMap.resource, Role.resource, RoleBinding.resource,
                ClusterRole.resource, ClusterRoleBinding.resource,
            ].flatMap {
                [Permission(.get, $0), Permission(.create, $0)]
            }
                + [Role.resource, ClusterRole.resource].flatMap {
                    [Permission(.other("escalate"), $0), Permission(.other("bind"), $0)]
                } + StartCheck.permissions))

    /// `server` is the API's URL, `authorityPEM` who signs its certificate.
    static func ensure(
        _ api: any ClusterAPI, _ network: ClusterNetwork, server: String, authorityPEM: String
    ) async throws {
        let objects =
            [(IngressClass.resource, ingressClass.json), (Service.resource, dnsService(network.dnsAddress).json)]
            + clusterInfo(server, authorityPEM) + JoiningNodes.objects(network, server: server)
        for (resource, object) in objects {
            do {
                _ = try await api.get(resource, object.key)
            } catch let error as StatusError where error.reason == .notFound {
                _ = try await api.create(resource, object)
            }
        }
    }

    /// The class of our own ingress controller, under the name that manifests written for ingress-nginx use.
    static var ingressClass: IngressClass {
        IngressClass { ingressClass in
            ingressClass.metadata.name = "nginx"
            ingressClass.metadata.annotations = ["ingressclass.kubernetes.io/is-default-class": "true"]
            ingressClass.spec.controller = "skiff.dev/ingress"
        }
    }

    /// What whoever wants to join may know: where the API is, and by which CA to know it (as kubeadm makes it).
    private static func clusterInfo(_ server: String, _ authorityPEM: String) -> [(GroupResource, JSON)] {
        let metadata: JSON = ["name": "cluster-info", "namespace": "kube-public"]
        let config: JSON = [
            "apiVersion": "v1", "kind": "Config",
            "clusters": [
                [
                    "name": "",
                    "cluster": [
                        "server": JSON(server),
                        "certificate-authority-data": JSON(Base64.encode(Array(authorityPEM.utf8))),
                    ],
                ]
            ],
            "contexts": .null, "current-context": "", "users": .null,
        ]
        let right: JSON = ["name": "kubeadm:bootstrap-signer-clusterinfo", "namespace": "kube-public"]
        let group: JSON = "rbac.authorization.k8s.io"
        let rule: JSON = [
            "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cluster-info"], "verbs": ["get"],
        ]
        let reference: JSON = ["apiGroup": group, "kind": "Role", "name": right["name"] ?? .null]
        let anybody: JSON = ["apiGroup": group, "kind": "User", "name": "system:anonymous"]
        return [
            (ConfigMap.resource, ["metadata": metadata, "data": ["kubeconfig": JSON(config.text)]]),
            (Role.resource, ["metadata": right, "rules": [rule]]),
            (RoleBinding.resource, ["metadata": right, "roleRef": reference, "subjects": [anybody]]),
        ]
    }

    /// Served by this process itself, so it has no selector and no pods.
    static func dnsService(_ address: IPAddress) -> Service {
        Service { service in
            service.metadata.name = "kube-dns"
            service.metadata.namespace = "kube-system"
            service.metadata.labels = ["k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS"]
            service.spec.clusterIP = address.description
            service.spec.ports = [("dns", "UDP"), ("dns-tcp", "TCP")].map { name, transport in
                ServicePort { port in
                    port.name = name
                    port.port = 53
                    port.protocol = transport
                }
            }
        }
    }
}
