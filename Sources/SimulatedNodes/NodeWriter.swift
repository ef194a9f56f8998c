import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Kubelet

/// How one simulated node writes itself and its Lease, as a kubelet does.
struct NodeWriter: Sendable {
    let name: String
    let index: Int
    let plan: NodePlan
    let network: ClusterNetwork
    let version: String
    let api: any ClusterAPI
    let clock: any TimeSource

    /// The node as it is in the cluster then.
    func register() async throws -> Node {
        var wanted = described(Node { $0.metadata.name = name })
        if !plan.taints.isEmpty { wanted.json["spec", "taints"] = JSON(plan.taints) }
        var written: Node
        do {
            written = try await api.create(wanted)
        } catch let error as StatusError where error.reason == .alreadyExists {
            let before = try await api.get(Node.self, ObjectKey(name: name))
            let after = described(before)
            written = before
            if after.metadata.json != before.metadata.json || after.spec.json != before.spec.json {
                written = try await api.update(after)
            }
        }
        // A server takes no status with a new object of kinds whose status is apart.
        return try await api.updateStatus(described(written))
    }

    /// Writes the status of the node, which `before` was when it was last heard of.
    func writeStatus(_ before: Node) async throws -> Node {
        do {
            return try await api.updateStatus(described(before))
        } catch let error as StatusError where error.reason == .conflict {
            return try await api.updateStatus(described(try await api.get(Node.self, before.key)))
        }
    }

    /// Renews the Lease; `lease` is it as it was written last, nil when it is not known.
    func renew(_ lease: Lease?, owner: @autoclosure () -> Node?) async throws -> Lease {
        let now = clock.now.rfc3339Micro
        let key = ObjectKey(namespace: Self.leaseNamespace, name: name)
        do {
            var lease = if let lease { lease } else { try await api.get(Lease.self, key) }
            lease.json["spec", "renewTime"] = JSON(now)
            return try await api.update(lease)
        } catch let error as StatusError where error.code == 404 {
            guard let owner = owner() else { throw error }
            return try await api.create(
                Lease { lease in
                    lease.metadata.name = name
                    lease.metadata.namespace = key.namespace
                    lease.metadata.ownerReferences = [
                        OwnerReference {
                            $0.apiVersion = "v1"
                            $0.kind = "Node"
                            $0.name = name
                            $0.uid = owner.uid
                        }
                    ]
                    lease.spec.holderIdentity = name
                    lease.spec.leaseDurationSeconds = 40
                    lease.spec.renewTime = now
                })
        }
    }
    private static let leaseNamespace = "kube-node-lease"

    // MARK: What the node is

    private func described(_ before: Node) -> Node {
        plan.described(before, name: name, index: index, network: network, version: version, now: clock.now)
    }
}

extension NodePlan {
    /// A node as it says that it is; `before` is it as it was.
    func described(
        _ before: Node, name: String, index: Int, network: ClusterNetwork, version: String, now: Instant
    ) -> Node {
        var configuration = KubeletConfiguration(nodeName: name, index: index, directory: "")
        configuration.network = network
        configuration.kubeletVersion = version
        configuration.labels = labels
        if zones > 0 { configuration.labels["topology.kubernetes.io/zone"] = "zone-\(index % zones + 1)" }
        configuration.labels["type"] = "simulated"
        let description = NodeDescription(configuration, "simulated://\(version)", [], machine: Self.machine)
        var node = description.updated(before, now: now)
        node.status.capacity = capacity
        node.status.allocatable = capacity
        return node
    }
    private static let machine: NodeDescription.Machine = {
        var machine = NodeDescription.Machine()
        machine.osImage = "Skiff's simulation"
        return machine
    }()

    /// A node of this plan as it would be, for who has to know before there is one.
    public var example: Node {
        let version = KubeletConfiguration(nodeName: "", index: 0, directory: "").kubeletVersion
        var node = described(
            Node { $0.metadata.name = "example" }, name: "example", index: 0, network: NodeSimulator.network,
            version: version, now: SystemClock().now)
        if !taints.isEmpty { node.json["spec", "taints"] = JSON(taints) }
        return node
    }
}
