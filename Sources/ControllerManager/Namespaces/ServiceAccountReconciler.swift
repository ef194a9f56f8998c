import APIMachinery
import ControlLoops
import KubeAPI

/// Every namespace has a ServiceAccount `default`.
struct ServiceAccountReconciler: Reconciler {
    static let name = "serviceaccount-controller"
    static let account = "service-account-controller"
    static let reads: [Interest] = [
        .every(Namespace.self),
        .mapped(ServiceAccount.self) { account, _ in
            account.name == "default" ? [ObjectKey(name: account.namespace)] : []
        },
    ]
    static let writes: [Permission] = [.create(ServiceAccount.self)]

    let world: World

    init(_ context: LoopContext) { world = context.world }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let namespace = world.get(Namespace.self, key), !namespace.isBeingDeleted,
            world.get(ServiceAccount.self, ObjectKey(namespace: key.name, name: "default")) == nil
        else { return [] }
        return [
            .create(
                ServiceAccount { account in
                    account.metadata = ObjectMeta {
                        $0.name = "default"
                        $0.namespace = key.name
                    }
                })
        ]
    }
}

/// Every namespace has the cluster's CA in a ConfigMap, for its pods to mount.
struct RootCAReconciler: Reconciler {
    static let name = "root-ca-certificate-publisher-controller"
    static let account = "root-ca-cert-publisher"
    static let configMap = "kube-root-ca.crt"
    static let reads: [Interest] = [
        .every(Namespace.self),
        .mapped(ConfigMap.self) { map, _ in map.name == configMap ? [ObjectKey(name: map.namespace)] : [] },
    ]
    static let writes: [Permission] = [.create(ConfigMap.self), .update(ConfigMap.self)]
    private static let description = "kubernetes.io/description"
    private static let sentence =
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
        + "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
        + "clusters."

    let world: World
    /// PEM.
    let certificate: String

    init(_ context: LoopContext, certificate: String) {
        world = context.world
        self.certificate = certificate
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let namespace = world.get(Namespace.self, key), !namespace.isBeingDeleted else { return [] }
        let data: JSON = ["ca.crt": JSON(certificate)]
        guard var map = world.get(ConfigMap.self, ObjectKey(namespace: key.name, name: Self.configMap)) else {
            return [
                .create(
                    ConfigMap { map in
                        map.metadata = ObjectMeta {
                            $0.name = Self.configMap
                            $0.namespace = key.name
                            $0.annotations = [Self.description: Self.sentence]
                        }
                        map.json["data"] = data
                    })
            ]
        }
        let isDescribed = map.annotations[Self.description]?.isEmpty == false
        if map.json["data"] == data && isDescribed || map.isBeingDeleted { return [] }
        map.json["data"] = data
        map.metadata.annotations[Self.description] = Self.sentence
        return [.update(map)]
    }
}
