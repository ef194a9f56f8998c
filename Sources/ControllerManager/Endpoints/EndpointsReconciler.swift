import APIMachinery
import ControlLoops
import KubeAPI

/// Keeps the Endpoints object (the older form of EndpointSlices) of every Service that has a selector.
struct EndpointsReconciler: Reconciler {
    static let name = "endpoint-controller"
    static let reads: [Interest] = [.every(Service.self), ServiceIndex.podInterest, .every(Endpoints.self)]
    static let writes: [Permission] = [.create(Endpoints.self), .update(Endpoints.self), .delete(Endpoints.self)]
    /// More are left out, and an annotation says so.
    static let addressLimit = 1_000
    private static let managedBy = "endpoints.kubernetes.io/managed-by"
    private static let overCapacity = "endpoints.kubernetes.io/over-capacity"

    let world: World

    init(_ context: LoopContext) {
        world = context.world
        ServiceIndex.add(to: world)
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        let present = world.get(Endpoints.self, key)
        guard let service = world.get(Service.self, key) else {
            guard let present, present.labels[Self.managedBy] == Self.name, !present.isBeingDeleted else { return [] }
            return [.delete(present)]
        }
        // Without a selector they are somebody else's to keep.
        if service.spec.selector.isEmpty || service.spec.type == "ExternalName" || service.isBeingDeleted { return [] }
        let pods = ServiceIndex.pods(of: service, world).sorted { $0.key < $1.key }
        var wanted =
            present
            ?? Endpoints { new in
                new.metadata = ObjectMeta {
                    $0.name = key.name
                    $0.namespace = key.namespace
                }
            }
        var labels = service.labels
        labels[Self.managedBy] = Self.name
        labels["service.kubernetes.io/headless"] = service.spec.clusterIP == "None" ? "" : nil
        wanted.metadata.labels = labels
        let (subsets, isCut) = subsets(of: service, pods)
        wanted.json["subsets"] = subsets.isEmpty ? nil : JSON(subsets)
        var annotations = wanted.annotations
        annotations[Self.overCapacity] = isCut ? "truncated" : nil
        if annotations != wanted.annotations { wanted.metadata.annotations = annotations }
        if wanted == present { return [] }
        return [present == nil ? .create(wanted) : .update(wanted)]
    }

    /// Addresses grouped by the ports they have, the ready apart from those that are not.
    private func subsets(of service: Service, _ pods: [Pod]) -> (subsets: [JSON], isCut: Bool) {
        var groups: [(ports: JSON, ready: [JSON], notReady: [JSON])] = []
        let takesUnready = service.spec.publishNotReadyAddresses == true
        var count = 0
        for pod in pods where belongs(pod, takesUnready) {
            guard let address = pod.addresses(service.spec.ipFamilies.first ?? "IPv4").first else { continue }
            let ports: [JSON] = service.spec.ports.compactMap { port in
                guard var result = EndpointPorts.port(port, of: pod) else { return nil }
                if (port.name ?? "").isEmpty { result["name"] = nil }
                return result
            }
            if ports.isEmpty, !service.spec.ports.isEmpty { continue }
            count += 1
            if count > Self.addressLimit { continue }
            let index: Int
            if let found = groups.firstIndex(where: { $0.ports == JSON(ports) }) {
                index = found
            } else {
                groups.append((JSON(ports), [], []))
                index = groups.count - 1
            }
            let entry = self.address(of: pod, address, service)
            if takesUnready || pod.isReady {
                groups[index].ready.append(entry)
            } else {
                groups[index].notReady.append(entry)
            }
        }
        let subsets: [JSON] = groups.map { group in
            var subset: JSON = .object
            if !group.ready.isEmpty { subset["addresses"] = JSON(group.ready) }
            if !group.notReady.isEmpty { subset["notReadyAddresses"] = JSON(group.notReady) }
            if !group.ports.isEmpty { subset["ports"] = group.ports }
            return subset
        }
        return (subsets, count > Self.addressLimit)
    }

    private func belongs(_ pod: Pod, _ takesUnready: Bool) -> Bool {
        !pod.isTerminal && (takesUnready || !pod.isBeingDeleted)
    }

    private func address(of pod: Pod, _ address: String, _ service: Service) -> JSON {
        var entry: JSON = [
            "ip": JSON(address),
            "targetRef": [
                "kind": "Pod", "namespace": JSON(pod.namespace), "name": JSON(pod.name), "uid": JSON(pod.uid),
            ],
        ]
        let node = pod.nodeName
        if !node.isEmpty { entry["nodeName"] = JSON(node) }
        if let hostname = pod.spec.hostname, !hostname.isEmpty, pod.spec.subdomain == service.name {
            entry["hostname"] = JSON(hostname)
        }
        return entry
    }
}
