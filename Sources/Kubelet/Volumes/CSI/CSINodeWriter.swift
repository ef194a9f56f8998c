import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI
import Logging

/// Says in the cluster which drivers of volumes a node has: in its CSINode, in an annotation of the node, and by labels for
/// where it is (pkg/volume/csi/nodeinfomanager).
struct CSINodeWriter: Sendable {
    static let identities = "csi.volume.kubernetes.io/nodeid"
    private static let migrated = "storage.alpha.kubernetes.io/migrated-plugins"
    /// The kinds of volumes that were once the kubelet's own work.
    private static let migratedPlugins = [
        "aws-ebs", "azure-disk", "azure-file", "cinder", "gce-pd", "portworx-volume", "vsphere-volume",
    ].map { "kubernetes.io/" + $0 }.joined(separator: ",")
    private static let tries = 6

    let node: String
    let api: any ClusterAPI
    let clock: any TimeSource
    let logger: Logger

    /// Makes the node's CSINode where there is none; what an earlier process said stays until its drivers are seen again or others.
    func begin() async {
        while !Task.isCancelled {
            do {
                return try await change { _ in }
            } catch {
                logger.debug("Cannot write the node's CSINode yet", metadata: ["error": "\(error)"])
                try? await clock.sleep(for: .milliseconds(300))
            }
        }
    }

    func install(_ driver: String, _ information: CSICalls.NodeInfo) async throws {
        do {
            try await changeNode { node in
                for (name, value) in information.topology {
                    if let present = node.metadata.labels[name], present != value {
                        throw MountFailure(
                            description:
                                "detected topology value collision: driver reported \"\(name)\":\"\(value)\" but existing label is \"\(name)\":\"\(present)\""
                        )
                    }
                    node.metadata.labels[name] = value
                }
                var identities = Self.identities(of: node)
                identities[driver] = information.nodeID
                node.metadata.annotations[Self.identities] = JSON(identities).text
            }
        } catch { throw MountFailure(description: "error updating Node object with CSI driver node info: \(error)") }
        do {
            try await change { spec in
                var own: JSON = [
                    "name": JSON(driver), "nodeID": JSON(information.nodeID),
                    "topologyKeys": JSON(information.topology.keys.sorted()),
                ]
                if information.maximumVolumes > 0 {
                    own["allocatable"] = ["count": JSON(min(information.maximumVolumes, Int(Int32.max)))]
                }
                spec.drivers = spec.drivers.filter { $0.name != driver } + [CSINodeDriver(own)]
            }
        } catch { throw MountFailure(description: "error updating CSINode object with CSI driver node info: \(error)") }
    }

    func uninstall(_ driver: String) async throws {
        try await change { $0.drivers.removeAll { $0.name == driver } }
        try await changeNode { node in
            var identities = Self.identities(of: node)
            identities[driver] = nil
            node.metadata.annotations[Self.identities] = identities.isEmpty ? nil : JSON(identities).text
        }
    }

    private static func identities(of node: Node) -> [String: String] {
        let text = node.metadata.annotations[identities] ?? ""
        return (try? JSON(parsing: text))?.stringMap ?? [:]
    }

    // MARK: Writing

    /// Again when others were quicker.
    private func trying(_ body: () async throws -> Void) async throws {
        for number in 1... {
            do { return try await body() } catch let error as StatusError where error.code == 409 && number < Self.tries
            {
                try await clock.sleep(for: .milliseconds(10 << number))
            }
        }
    }

    private func changeNode(_ change: (inout Node) throws -> Void) async throws {
        try await trying {
            let before = try await api.get(Node.self, ObjectKey(name: node))
            var after = before
            try change(&after)
            if after.json != before.json { _ = try await api.update(after) }
        }
    }

    private func change(_ change: (inout CSINodeSpec) -> Void) async throws {
        try await trying {
            do {
                let before = try await api.get(CSINode.self, ObjectKey(name: node))
                var after = before
                change(&after.spec)
                if after.spec.drivers.isEmpty { after.json["spec", "drivers"] = [] }
                if after.json != before.json { _ = try await api.update(after) }
            } catch let error as StatusError where error.code == 404 {
                let owner = try await api.get(Node.self, ObjectKey(name: node))
                var made = CSINode {
                    $0.metadata.name = node
                    $0.metadata.annotations = [Self.migrated: Self.migratedPlugins]
                    $0.metadata.ownerReferences = [
                        OwnerReference {
                            $0.apiVersion = "v1"
                            $0.kind = "Node"
                            $0.name = node
                            $0.uid = owner.uid
                        }
                    ]
                }
                change(&made.spec)
                if made.spec.drivers.isEmpty { made.json["spec", "drivers"] = [] }
                _ = try await api.create(made)
            }
        }
    }
}
