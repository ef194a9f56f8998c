import APIMachinery
import ControlLoops
import KubeAPI

/// Whether a new volume for a claim can be made where a node can use it: where its class allows, and where its driver says
/// that there is room (storage.k8s.io CSIStorageCapacity).
struct Provision {
    private let topologies: [[(key: String, values: Set<String>)]]
    /// Where there is room; nil if the driver does not tell.
    private let capacities: [LabelSelector]?

    init(_ claim: PersistentVolumeClaim, _ storage: StorageClass, _ world: World) {
        topologies = (storage.json["allowedTopologies"]?.elements ?? []).map { term in
            (term["matchLabelExpressions"]?.elements ?? []).map {
                ($0["key"]?.string ?? "", Set($0["values"]?.strings ?? []))
            }
        }
        let provisioner = storage.json["provisioner"]?.string ?? ""
        let driver = world.get(CSIDriver.self, ObjectKey(name: provisioner))
        guard driver?.json["spec", "storageCapacity"]?.bool == true else {
            capacities = nil
            return
        }
        let size = VolumeMatch.request(claim)
        capacities = world.cache(CSIStorageCapacity.resource).all().filter { capacity in
            guard capacity["storageClassName"]?.string == storage.name,
                let room = capacity["maximumVolumeSize"] ?? capacity["capacity"],
                let amount = try? Quantity(room)
            else { return false }
            return !(amount < size)
        }.compactMap { $0["nodeTopology"].map { LabelSelector($0) } }
    }

    /// Why the node will not do.
    func refusal(_ node: NodeInfo) -> String? {
        let isAllowed =
            topologies.isEmpty
            || topologies.contains { term in
                term.allSatisfy { expression in
                    node.labels[expression.key].map { expression.values.contains($0) } ?? false
                }
            }
        if !isAllowed { return "node(s) didn't find available persistent volumes to bind" }
        guard let capacities, !capacities.contains(where: { $0.matches(node.labels) }) else { return nil }
        return "node(s) did not have enough free storage"
    }
}
