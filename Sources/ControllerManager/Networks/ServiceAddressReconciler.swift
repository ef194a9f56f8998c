import APIMachinery
import ControlLoops
import KubeAPI

/// Keeps an IPAddress for each cluster IP that a Service has, so that who asks can see which are taken and by whom. The API
/// server gives the addresses out; these objects tell of them.
struct ServiceAddressReconciler: Reconciler {
    static let name = "service-ip-address-controller"
    static let reads: [Interest] = [
        .mapped(Service.self) { service, _ in
            ServiceAddressReconciler.addresses(of: service).map { ObjectKey(name: $0) }
        },
        .every(IPAddressObject.self),
    ]
    static let writes: [Permission] = [.create(IPAddressObject.self), .delete(IPAddressObject.self)]

    let world: World

    /// Services by their cluster IPs.
    private static let index = "service-address"

    init(_ context: LoopContext) {
        world = context.world
        world.cache(Service.self).addIndex(Self.index) { Self.addresses(of: Service($0)) }
    }

    /// The key is an address.
    func reconcile(_ key: ObjectKey) -> [Change] {
        let owner = world.cache(Service.self).indexed(Self.index, key.name).first.map { Service($0) }
        let present = world.get(IPAddressObject.self, key)
        if let present {
            // Others' are theirs.
            guard present.labels[IPAddresses.managerLabel] == IPAddresses.manager, !present.isBeingDeleted else {
                return []
            }
            if let owner, Self.isParent(owner, of: present) { return [] }
            return [.delete(present)]
        }
        guard let owner, !owner.isBeingDeleted, let address = IPAddress(key.name) else { return [] }
        let object: JSON = [
            "kind": "IPAddress", "apiVersion": "networking.k8s.io/v1",
            "metadata": [
                "name": JSON(key.name),
                "labels": [
                    IPAddresses.familyLabel: address.isIPv6 ? "IPv6" : "IPv4",
                    IPAddresses.managerLabel: JSON(IPAddresses.manager),
                ],
            ],
            "spec": [
                "parentRef": ["resource": "services", "namespace": JSON(owner.namespace), "name": JSON(owner.name)]
            ],
        ]
        return [.create(IPAddressObject(object))]
    }

    private static func addresses(of service: Service) -> [String] {
        let spec = service.json["spec"]
        let all = spec?["clusterIPs"]?.strings ?? [spec?["clusterIP"]?.string].compactMap { $0 }
        return all.filter { $0 != "None" && !$0.isEmpty }
    }

    private static func isParent(_ service: Service, of address: IPAddressObject) -> Bool {
        let parent = address.json["spec", "parentRef"]
        return parent?["resource"]?.string == "services" && parent?["namespace"]?.string == service.namespace
            && parent?["name"]?.string == service.name
    }
}
