import APIMachinery
import KubeAPI

/// Objects of the cluster that no single loop owns; made at the start if they are missing, never changed after.
enum SystemObjects {
    /// The user that Kubernetes' setup scripts call their addon manager.
    static let identity = LoopIdentity(
        userName: "system:addon-manager", agent: "skiff",
        permissions: PermissionSet(
            [IngressClass.resource, Service.resource].flatMap { [Permission(.get, $0), Permission(.create, $0)] }
                + StartCheck.permissions))

    static func ensure(_ api: any ClusterAPI, _ network: ClusterNetwork) async throws {
        let objects = [
            (IngressClass.resource, ingressClass.json), (Service.resource, dnsService(network.dnsAddress).json),
        ]
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
