import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI

/// Makes volumes that are directories on a node, one for each claim, under one root.
public struct HostPathProvisioner: Sendable {
    /// Where the directories are, the same on every node.
    public var root: String
    /// Removes a volume's directory where it is (`node` is nil if any node may use it); it must be repeatable.
    public var removeDirectory: @Sendable (_ path: String, _ node: String?) async throws -> Void

    /// Without `removeDirectory`, directories are removed from this machine.
    public init(
        root: String, removeDirectory: (@Sendable (_ path: String, _ node: String?) async throws -> Void)? = nil
    ) {
        self.root = root
        self.removeDirectory =
            removeDirectory ?? { path, _ in
                if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            }
    }

    func provision(_ claim: PersistentVolumeClaim, _ storage: StorageClass, _ node: String?) -> [Change] {
        let provisioner = storage.provisioner ?? ""
        if provisioner.hasPrefix("kubernetes.io/") {
            // What was once built in, and what makes none.
            let sentence = "no volume plugin matched name: \(provisioner)"
            return [.note(EventNote(claim, .warning, "ProvisioningFailed", sentence))]
        }
        if claim.annotations[VolumeNames.storageProvisioner] != provisioner {
            // The mark by which provisioners outside of the cluster find their claims.
            let annotations = [
                VolumeNames.storageProvisioner: provisioner,
                "volume.beta.kubernetes.io/storage-provisioner": provisioner,
            ]
            return [.patch(claim, claim.metadataPatch(annotations: annotations))]
        }
        guard provisioner == VolumeNames.hostPathProvisioner else {
            let sentence = """
                Waiting for a volume to be created either by the external provisioner '\(provisioner)' or manually by the \
                system administrator. If volume creation is delayed, please verify that the provisioner is running and \
                correctly registered.
                """
            return [.note(EventNote(claim, .normal, "ExternalProvisioning", sentence))]
        }
        let name = "pvc-\(claim.uid)"
        return [
            .create(volume(name, claim, storage, node)),
            .note(
                EventNote(claim, .normal, "ProvisioningSucceeded", "Successfully provisioned volume \(name)")),
        ]
    }

    private func volume(
        _ name: String, _ claim: PersistentVolumeClaim, _ storage: StorageClass, _ node: String?
    ) -> PersistentVolume {
        PersistentVolume { volume in
            volume.metadata = ObjectMeta {
                $0.name = name
                $0.annotations = [VolumeNames.provisionedBy: VolumeNames.hostPathProvisioner]
                $0.finalizers = [VolumeNames.volumeProtection]
            }
            var spec: JSON = [
                "capacity": ["storage": claim.json["spec", "resources", "requests", "storage"] ?? "0"],
                "accessModes": claim.json["spec", "accessModes"] ?? .array,
                "persistentVolumeReclaimPolicy": JSON(storage.reclaimPolicy ?? "Delete"),
                "storageClassName": JSON(storage.name),
                "volumeMode": claim.json["spec", "volumeMode"] ?? "Filesystem",
                "hostPath": ["path": JSON("\(root)/\(name)"), "type": "DirectoryOrCreate"],
                "claimRef": Self.reference(to: claim),
            ]
            if let node {
                let term: JSON = ["key": "kubernetes.io/hostname", "operator": "In", "values": [JSON(node)]]
                spec["nodeAffinity"] = ["required": ["nodeSelectorTerms": [["matchExpressions": [term]]]]]
            }
            if !storage.mountOptions.isEmpty { spec["mountOptions"] = JSON(storage.mountOptions) }
            volume.json["spec"] = spec
        }
    }

    /// Only what we made and what lies under our root is removed.
    func remove(_ volume: PersistentVolume) -> [Change] {
        guard volume.annotations[VolumeNames.provisionedBy] == VolumeNames.hostPathProvisioner,
            let path = volume.json["spec", "hostPath", "path"]?.string, path == "\(root)/\(volume.name)"
        else { return [] }
        let terms = volume.json["spec", "nodeAffinity", "required", "nodeSelectorTerms"]?[0]
        let node = terms?["matchExpressions"]?[0]["values"]?[0].string
        let removeDirectory = removeDirectory
        return [.perform("remove \(path)", { try await removeDirectory(path, node) }), .delete(volume)]
    }

    static func reference(to claim: PersistentVolumeClaim) -> JSON {
        [
            "kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": JSON(claim.namespace),
            "name": JSON(claim.name), "uid": JSON(claim.uid), "resourceVersion": JSON(String(claim.json.revision)),
        ]
    }
}

/// Makes the class `standard` when the cluster starts, as its default; whoever deletes or changes it has the last word
/// until the next start.
struct StandardStorageClass: ControlLoop {
    /// Kubernetes has no such loop; whoever makes volumes says of which class they are.
    static let identity = LoopIdentity.controller(
        ClaimReconciler.account, follows: [], calls: [.create(StorageClass.self)], recordsEvents: false)
    let name = "standard-storage-class"
    private let context: LoopContext

    init(_ context: LoopContext) { self.context = context.acting(as: Self.identity) }

    func run() async throws {
        var failures = 0
        while !Task.isCancelled {
            do {
                _ = try await context.api.create(standard)
                break
            } catch let error as StatusError where error.reason == .alreadyExists {
                break
            } catch {
                try await context.clock.sleep(for: Backoff.reconnect.delay(afterFailures: failures))
                failures += 1
            }
        }
        await Signal().wait()
    }

    private var standard: StorageClass {
        StorageClass { storage in
            storage.metadata = ObjectMeta {
                $0.name = VolumeNames.standardClass
                $0.annotations = ["storageclass.kubernetes.io/is-default-class": "true"]
            }
            storage.provisioner = VolumeNames.hostPathProvisioner
            storage.reclaimPolicy = "Delete"
            storage.volumeBindingMode = "WaitForFirstConsumer"
            storage.allowVolumeExpansion = true
        }
    }
}
