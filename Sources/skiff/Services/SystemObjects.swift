import APIMachinery
import KubeAPI

/// Objects of the cluster that no single loop owns; made at the start if they are missing, never changed after.
enum SystemObjects {
    /// The user that Kubernetes' setup scripts call their addon manager.
    static let identity = LoopIdentity(
        userName: "system:addon-manager", agent: "skiff",
        permissions: PermissionSet(
            [IngressClass.resource, Service.resource].flatMap { [Permission(.get, $0), Permission(.create, $0)] }
                + [Permission(.get, ServiceAccount.resource)]))

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
        try await waitForServiceAccount(api)
    }

    /// A pod is refused before its service account is there, which a controller makes.
    private static func waitForServiceAccount(_ api: any ClusterAPI) async throws {
        let key = ObjectKey(namespace: "default", name: "default")
        for _ in 0..<serviceAccountAttempts {
            do {
                _ = try await api.get(ServiceAccount.resource, key)
                return
            } catch let error as StatusError where error.reason == .notFound {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }
    /// Five seconds; a cluster whose controllers do not lead, or were told to leave it alone, is ready without.
    private static let serviceAccountAttempts = 1_000

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
