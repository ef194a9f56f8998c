import APIMachinery
import ControlLoops
import KubeAPI

/// Keeps the EndpointSlices of every Service that has a selector.
struct EndpointSliceReconciler: Reconciler {
    static let name = "endpointslice-controller"
    static let managedBy = "endpointslice-controller.k8s.io"
    static let reads: [Interest] = [
        .every(Service.self), ServiceIndex.podInterest,
        Interest(Node.resource) { change, world in
            // A node that is told later where it is, or goes elsewhere.
            if zone(change.old) == zone(change.new) { return [] }
            return world.cache(Pod.self).onNode(change.key.name).flatMap { ServiceIndex.services(selecting: $0, world) }
        },
        .mapped(EndpointSlice.self) { slice, _ in
            guard slice.labels["endpointslice.kubernetes.io/managed-by"] == managedBy,
                let service = slice.labels["kubernetes.io/service-name"]
            else { return [] }
            return [ObjectKey(namespace: slice.namespace, name: service)]
        },
    ]
    static let writes: [Permission] = [
        .create(EndpointSlice.self), .update(EndpointSlice.self), .delete(EndpointSlice.self),
    ]

    let world: World

    private static func zone(_ node: JSON?) -> JSON? { node?["metadata", "labels", "topology.kubernetes.io/zone"] }

    init(_ context: LoopContext) {
        world = context.world
        ServiceIndex.add(to: world)
        Indexes.addLabels(to: world.cache(EndpointSlice.self))
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        // A Service that is gone takes its slices with it, as their owner.
        guard let service = world.get(Service.self, key), !service.isBeingDeleted, !service.spec.selector.isEmpty,
            service.spec.type != "ExternalName"
        else { return [] }
        let label = Indexes.label(key.namespace, "kubernetes.io/service-name", key.name)
        let slices: [EndpointSlice] = world.cache(EndpointSlice.self).indexed(Indexes.labels, label)
            .map { EndpointSlice($0) }
            .filter { $0.labels["endpointslice.kubernetes.io/managed-by"] == Self.managedBy && !$0.isBeingDeleted }
            .sorted { $0.key < $1.key }
        let pods = ServiceIndex.pods(of: service, world).filter { !$0.isTerminal }.sorted { $0.key < $1.key }
        var changes: [Change] = []
        let families = service.spec.ipFamilies.isEmpty ? ["IPv4"] : service.spec.ipFamilies
        for family in families {
            let wanted = wantedEndpoints(service, pods, family)
            let present = slices.filter { $0.addressType == family }
            changes += SlicePlan(service, family: family, wanted: wanted, present: present).changes
        }
        for slice in slices where !families.contains(slice.addressType ?? "") { changes.append(.delete(slice)) }
        return changes
    }

    /// Endpoints by the ports they have: pods may give different numbers to one named port.
    private func wantedEndpoints(_ service: Service, _ pods: [Pod], _ family: String) -> [(
        ports: JSON, endpoints: [JSON]
    )] {
        var groups: [(ports: JSON, endpoints: [JSON])] = []
        for pod in pods {
            let addresses = pod.addresses(family)
            if addresses.isEmpty { continue }
            let ports = JSON(service.spec.ports.compactMap { EndpointPorts.port($0, of: pod) })
            // A Service with ports, none of which this pod has, does not reach it; a headless one without ports does.
            if ports.isEmpty, !service.spec.ports.isEmpty { continue }
            let endpoint = endpoint(pod, of: service, addresses)
            if let index = groups.firstIndex(where: { $0.ports == ports }) {
                groups[index].endpoints.append(endpoint)
            } else {
                groups.append((ports, [endpoint]))
            }
        }
        return groups
    }

    private func endpoint(_ pod: Pod, of service: Service, _ addresses: [String]) -> JSON {
        let isServing = pod.isReady
        let isTerminating = pod.isBeingDeleted
        let isReady = service.spec.publishNotReadyAddresses == true || (isServing && !isTerminating)
        var endpoint: JSON = [
            "addresses": JSON(addresses),
            "conditions": ["ready": JSON(isReady), "serving": JSON(isServing), "terminating": JSON(isTerminating)],
            "targetRef": [
                "kind": "Pod", "namespace": JSON(pod.namespace), "name": JSON(pod.name), "uid": JSON(pod.uid),
            ],
        ]
        if let hostname = pod.spec.hostname, !hostname.isEmpty, pod.spec.subdomain == service.name {
            endpoint["hostname"] = JSON(hostname)
        }
        let node = pod.nodeName
        if !node.isEmpty {
            endpoint["nodeName"] = JSON(node)
            if let zone = Self.zone(world.cache(Node.self).get(ObjectKey(name: node))) { endpoint["zone"] = zone }
        }
        if let hints = EndpointHints.of(endpoint, service) { endpoint["hints"] = hints }
        return endpoint
    }
}

extension Pod {
    /// Its addresses of a family ("IPv4" or "IPv6").
    func addresses(_ family: String) -> [String] {
        var all = json["status"]?["podIPs"]?.elements.compactMap { $0["ip"]?.string } ?? []
        if all.isEmpty, let one = json["status"]?["podIP"]?.string, !one.isEmpty { all = [one] }
        return all.filter { $0.contains(":") == (family == "IPv6") }
    }
}
