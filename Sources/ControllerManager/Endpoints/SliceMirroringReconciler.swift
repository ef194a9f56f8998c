import APIMachinery
import ControlLoops
import KubeAPI

/// Keeps EndpointSlices that say what somebody's own Endpoints say, for Services without a selector: whoever routes reads
/// slices alone (KEP-752).
struct SliceMirroringReconciler: Reconciler {
    static let name = "endpointslicemirroring-controller"
    static let managedBy = "endpointslicemirroring-controller.k8s.io"
    /// More addresses of a subset are left out.
    static let addressLimit = 1_000
    private static let skipped = "endpointslice.kubernetes.io/skip-mirror"
    private static let leader = "control-plane.alpha.kubernetes.io/leader"
    /// What of the Endpoints' annotations means nothing on a slice.
    private static let ownAnnotations = [
        "kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time",
    ]

    static let reads: [Interest] = [
        .every(Endpoints.self), .mapped(Service.self) { service, _ in [service.key] },
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

    init(_ context: LoopContext) {
        world = context.world
        Indexes.addLabels(to: world.cache(EndpointSlice.self))
    }

    /// What one slice says.
    private struct Group {
        var family: String
        var ports: JSON
        var endpoints: [JSON]
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        let label = Indexes.label(key.namespace, "kubernetes.io/service-name", key.name)
        var present: [EndpointSlice] = world.cache(EndpointSlice.self).indexed(Indexes.labels, label)
            .map { EndpointSlice($0) }
            .filter { $0.labels["endpointslice.kubernetes.io/managed-by"] == Self.managedBy && !$0.isBeingDeleted }
            .sorted { $0.key < $1.key }
        guard let endpoints = world.get(Endpoints.self, key), isMirrored(endpoints) else {
            return present.map { .delete($0) }
        }
        var changes: [Change] = []
        for group in groups(of: endpoints) {
            // A slice's family is for life; its ports may change.
            let place =
                present.firstIndex { $0.addressType == group.family && $0.json["ports"] == group.ports }
                ?? present.firstIndex { $0.addressType == group.family }
            guard let place else {
                changes.append(.create(slice(of: endpoints, group)))
                continue
            }
            let old = present.remove(at: place)
            let new = slice(of: endpoints, group, from: old)
            if new != old { changes.append(.update(new)) }
        }
        return changes + present.map { .delete($0) }
    }

    private func isMirrored(_ endpoints: Endpoints) -> Bool {
        guard !endpoints.isBeingDeleted, endpoints.labels[Self.skipped] != "true",
            endpoints.annotations[Self.leader] == nil, let service = world.get(Service.self, endpoints.key)
        else { return false }
        return service.spec.selector.isEmpty && !service.isBeingDeleted
    }

    /// Addresses with the same ports and family, in the order of the subsets.
    private func groups(of endpoints: Endpoints) -> [Group] {
        var groups: [Group] = []
        for subset in endpoints.json["subsets"]?.elements ?? [] {
            let ports = JSON((subset["ports"]?.elements ?? []).map(Self.port))
            var room = Self.addressLimit
            for (list, isReady) in [("addresses", true), ("notReadyAddresses", false)] {
                for address in (subset[list]?.elements ?? []).prefix(room) {
                    guard let ip = address["ip"]?.string else { continue }
                    room -= 1
                    let family = ip.contains(":") ? "IPv6" : "IPv4"
                    let endpoint = Self.endpoint(address, ip, isReady)
                    if let index = groups.firstIndex(where: { $0.family == family && $0.ports == ports }) {
                        groups[index].endpoints.append(endpoint)
                    } else {
                        groups.append(Group(family: family, ports: ports, endpoints: [endpoint]))
                    }
                }
            }
        }
        return groups
    }

    private static func port(_ port: JSON) -> JSON {
        var result: JSON = [
            "name": port["name"] ?? "", "port": port["port"] ?? 0, "protocol": port["protocol"] ?? "TCP",
        ]
        if let appProtocol = port["appProtocol"] { result["appProtocol"] = appProtocol }
        return result
    }

    private static func endpoint(_ address: JSON, _ ip: String, _ isReady: Bool) -> JSON {
        var endpoint: JSON = ["addresses": [JSON(ip)], "conditions": ["ready": JSON(isReady)]]
        for field in ["hostname", "nodeName", "targetRef"] {
            if let value = address[field], value != "" { endpoint[field] = value }
        }
        return endpoint
    }

    private func slice(of endpoints: Endpoints, _ group: Group, from old: EndpointSlice? = nil) -> EndpointSlice {
        var slice =
            old
            ?? EndpointSlice { new in
                new.metadata = ObjectMeta {
                    $0.generateName = "\(endpoints.name)-"
                    $0.namespace = endpoints.namespace
                }
                new.addressType = group.family
            }
        var labels = endpoints.labels
        labels["kubernetes.io/service-name"] = endpoints.name
        labels["endpointslice.kubernetes.io/managed-by"] = Self.managedBy
        if slice.labels != labels { slice.metadata.labels = labels }
        let annotations = endpoints.annotations.filter { !Self.ownAnnotations.contains($0.key) }
        if slice.annotations != annotations { slice.metadata.annotations = annotations }
        let owner = OwnerReference(controlling: endpoints)
        if slice.metadata.ownerReferences.map(\.json) != [owner.json] { slice.metadata.ownerReferences = [owner] }
        if slice.json["ports"] != group.ports { slice.json["ports"] = group.ports }
        let addresses = JSON(group.endpoints)
        if slice.json["endpoints"] != addresses { slice.json["endpoints"] = addresses }
        return slice
    }
}
