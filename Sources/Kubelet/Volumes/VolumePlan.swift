import APIMachinery
import ContainerRuntime
import KubeAPI

/// What a pod's volume is to be on this node.
enum VolumePlan: Equatable {
    /// A directory of the pod's own.
    case empty
    /// The same in memory, with at most this many bytes.
    case memory(sizeBytes: Int?)
    /// The same in huge pages of one size, such as `2M`.
    case hugePages(pageSize: String)
    /// A path of the host.
    case hostPath(String, type: String)
    /// A directory of this node that is a PersistentVolume; whom its files belong to is the pod's to say.
    case local(String)
    /// A device of this node.
    case device(String)
    /// A directory of another machine, `server:path`, with options of mount(8).
    case nfs(String, options: [String])
    /// What a driver brings.
    case csi(CSIVolume)
    /// Files from objects, replaced all at once when these change.
    case payload([String: PayloadFile])

    struct PayloadFile: Equatable {
        var bytes: [UInt8]
        /// Permission bits.
        var mode: Int
        /// The owner; nil is root.
        var user: Int?
    }
}

/// Says what each volume of a pod is to be; pure but for the look-ups it is given.
struct VolumePlanner {
    let pod: Pod
    let fields: DownwardFields
    let configMap: (String) -> ConfigMap?
    let secret: (String) -> Secret?
    let claim: (String) -> PersistentVolumeClaim?
    let volume: (String) -> PersistentVolume?
    /// The node that the pod is on; nil asks no volume whether it is for the node.
    var node: Node?
    /// Service accounts' tokens by audience and time.
    let tokens: [TokenRequestKey: String]

    struct TokenRequestKey: Hashable { var audience: String; var seconds: Int }
    struct Failure: Error, CustomStringConvertible {
        /// As in an event, where it is not the mounting itself that failed.
        var operation = PodWork.VolumeFailure.setUp
        /// The volume's name in the event, where it is not the pod's.
        var volume: String?
        var description: String
    }

    func plan(_ source: Volume) throws -> VolumePlan {
        let name = source.name ?? ""
        if let empty = source.emptyDir {
            switch empty.medium ?? "" {
            case "": return .empty
            case "Memory": return .memory(sizeBytes: memoryLimit(empty))
            case let medium where medium.hasPrefix("HugePages"): return .hugePages(pageSize: try pageSize(medium))
            case let medium: throw Failure(description: "unknown storage medium \"\(medium)\"")
            }
        }
        if let path = source.hostPath { return .hostPath(path.path ?? "", type: path.type ?? "") }
        if let map = source.configMap {
            return .payload(
                try configMapFiles(map.name ?? "", map.items, map.optional == true, map.defaultMode ?? 0o644))
        }
        if let secret = source.secret {
            return .payload(
                try secretFiles(
                    secret.secretName ?? "", secret.items, secret.optional == true, secret.defaultMode ?? 0o644))
        }
        if let downward = source.downwardAPI {
            return .payload(try downwardFiles(downward.items, downward.defaultMode ?? 0o644))
        }
        if let projected = source.projected { return .payload(try projectedFiles(projected)) }
        if let reference = source.persistentVolumeClaim {
            return try claimPlan(reference.claimName ?? "", isReadOnly: reference.readOnly == true)
        }
        if source.ephemeral != nil { return try claimPlan("\(pod.name)-\(name)", isReadOnly: false, isOwned: true) }
        if let driver = source.csi { return .csi(CSIVolume(driver, name: name, in: pod)) }
        if let share = source.nfs { return Self.nfs(share, options: [], isReadOnly: share.readOnly == true) }
        // With no source at all a volume is an empty directory.
        if source.json.members.allSatisfy({ $0.name == "name" }) { return .empty }
        throw Failure(description: "volume \"\(name)\" has a type that this node cannot mount")
    }

    /// The least of the volume's own limit, what all containers may use, and what the node has for pods.
    private func memoryLimit(_ source: EmptyDirVolumeSource) -> Int? {
        func bytes(_ text: String?) -> Int? { text.flatMap { try? Quantity($0) }?.value }
        let containers = pod.spec.containers.map { bytes($0.resources?.limits["memory"]) }
        let ofContainers = containers.contains(nil) ? nil : containers.compactMap(\.self).reduce(0, +)
        let limits = [
            bytes(source.sizeLimit), bytes(pod.json["spec", "resources", "limits"]?["memory"]?.string) ?? ofContainers,
            bytes(fields.nodeCapacity["memory"]),
        ]
        return limits.compactMap(\.self).filter { $0 > 0 }.min()
    }

    /// The size of huge pages that a medium means, as a mount option has it (pkg/volume/emptydir).
    private func pageSize(_ medium: String) throws -> String {
        let containers = pod.spec.containers + pod.spec.initContainers
        let sizes = Set(
            containers.flatMap { container in
                (container.resources?.requests ?? [:]).keys.filter { $0.hasPrefix("hugepages-") }
            })
        if medium == "HugePages" {
            guard sizes.count <= 1 else {
                throw Failure(
                    description: "medium: \(medium) can't be used if container requests multiple huge page sizes")
            }
            guard let size = sizes.first else { throw Self.withoutPages(medium) }
            return Self.option(String(size.dropFirst("hugepages-".count)))
        }
        let size = String(medium.dropFirst("HugePages-".count))
        guard sizes.contains("hugepages-" + size) else { throw Self.withoutPages(medium) }
        return Self.option(size)
    }
    private static func withoutPages(_ medium: String) -> Failure {
        Failure(
            description:
                "medium \(medium): hugePages storage requested, but there is no resource request for huge pages")
    }
    /// `2M` for `2Mi`.
    private static func option(_ size: String) -> String { size.hasSuffix("i") ? String(size.dropLast()) : size }

    private static func nfs(_ source: NFSVolumeSource, options: [String], isReadOnly: Bool) -> VolumePlan {
        let server = source.server ?? ""
        let host = server.contains(":") && !server.hasPrefix("[") ? "[\(server)]" : server
        return .nfs("\(host):\(source.path ?? "")", options: (isReadOnly ? ["ro"] : []) + options)
    }

    /// The name of the PersistentVolume that a pod's volume is bound to.
    func persistentVolume(of source: Volume) -> String? {
        let name =
            source.persistentVolumeClaim?.claimName
            ?? (source.ephemeral == nil ? nil : "\(pod.name)-\(source.name ?? "")")
        return name.flatMap { claim($0)?.spec.volumeName }
    }

    /// A claim that was made for this pod must be its own.
    private func claimPlan(_ name: String, isReadOnly: Bool, isOwned: Bool = false) throws -> VolumePlan {
        guard let claim = claim(name) else {
            throw Failure(description: "persistentvolumeclaim \"\(name)\" not found")
        }
        if isOwned, !claim.metadata.ownerReferences.contains(where: { $0.uid == pod.uid && $0.controller == true }) {
            throw Failure(
                description:
                    "PVC \(pod.namespace)/\(name) was not created for pod \(pod.namespace)/\(pod.name) (pod is not owner)"
            )
        }
        guard claim.status.phase == "Bound", let volumeName = claim.spec.volumeName, !volumeName.isEmpty else {
            throw Failure(description: "PVC is not bound")
        }
        guard let volume = volume(volumeName) else {
            throw Failure(description: "persistentvolume \"\(volumeName)\" not found")
        }
        if let required = volume.spec.nodeAffinity?.required, let node,
            !NodeRequirement(selector: required.json).matches(node.name, node.metadata.labels)
        {
            let operation = isDevice(volume) ? "MapVolume.NodeAffinity" : "MountVolume.NodeAffinity"
            throw Failure(
                operation: "\(operation) check failed", volume: volumeName, description: "no matching NodeSelectorTerms"
            )
        }
        if let source = volume.spec.hostPath { return .hostPath(source.path ?? "", type: source.type ?? "") }
        if let local = volume.spec.local {
            return isDevice(volume) ? .device(local.path ?? "") : .local(local.path ?? "")
        }
        if let share = volume.spec.nfs {
            return Self.nfs(share, options: volume.spec.mountOptions, isReadOnly: isReadOnly || share.readOnly == true)
        }
        let key = ObjectKey(namespace: pod.namespace, name: name)
        if let brought = CSIVolume(volume, isReadOnly: isReadOnly, claim: key) { return .csi(brought) }
        throw Failure(description: "persistentvolume \"\(volumeName)\" has a type that this node cannot mount")
    }

    private func isDevice(_ volume: PersistentVolume) -> Bool { volume.spec.volumeMode == "Block" }

    private func configMapFiles(
        _ name: String, _ items: [KeyToPath], _ isOptional: Bool, _ mode: Int
    ) throws -> [String: VolumePlan.PayloadFile] {
        guard let map = configMap(name) else {
            if isOptional { return [:] }
            throw Failure(description: "configmap \"\(name)\" not found")
        }
        var data: [String: [UInt8]] = [:]
        for (key, value) in map.data { data[key] = Array(value.utf8) }
        for (key, value) in map.binaryData { data[key] = Secret.bytes(value) }
        return try select(data, items, isOptional, mode, what: "configmap references non-existent config")
    }
    private func secretFiles(
        _ name: String, _ items: [KeyToPath], _ isOptional: Bool, _ mode: Int
    ) throws -> [String: VolumePlan.PayloadFile] {
        guard let secret = secret(name) else {
            if isOptional { return [:] }
            throw Failure(description: "secret \"\(name)\" not found")
        }
        return try select(
            secret.data.mapValues { Secret.bytes($0) }, items, isOptional, mode, what: "references non-existent secret")
    }
    private func select(
        _ data: [String: [UInt8]], _ items: [KeyToPath], _ isOptional: Bool, _ mode: Int, what: String
    ) throws -> [String: VolumePlan.PayloadFile] {
        if items.isEmpty { return data.mapValues { VolumePlan.PayloadFile(bytes: $0, mode: mode) } }
        var files: [String: VolumePlan.PayloadFile] = [:]
        for item in items {
            let key = item.key ?? ""
            guard let bytes = data[key] else {
                if isOptional { continue }
                throw Failure(description: "\(what) key: \(key)")
            }
            files[try checked(item.path ?? "")] = VolumePlan.PayloadFile(bytes: bytes, mode: item.mode ?? mode)
        }
        return files
    }
    private func downwardFiles(_ items: [DownwardAPIVolumeFile], _ mode: Int) throws -> [String: VolumePlan.PayloadFile]
    {
        var files: [String: VolumePlan.PayloadFile] = [:]
        for item in items {
            var text = ""
            if let field = item.fieldRef {
                text = try fields.field(field.fieldPath ?? "")
            } else if let resource = item.resourceFieldRef {
                guard let container = pod.spec.containers.first(where: { $0.name == resource.containerName }) else {
                    throw Failure(description: "no container named \(resource.containerName ?? "")")
                }
                text = try fields.resource(resource, in: container)
            }
            files[try checked(item.path ?? "")] = VolumePlan.PayloadFile(
                bytes: Array(text.utf8), mode: item.mode ?? mode)
        }
        return files
    }
    private func projectedFiles(_ projected: ProjectedVolumeSource) throws -> [String: VolumePlan.PayloadFile] {
        let mode = projected.defaultMode ?? 0o644
        var files: [String: VolumePlan.PayloadFile] = [:]
        for source in projected.sources {
            if let map = source.configMap {
                files.merge(try configMapFiles(map.name ?? "", map.items, map.optional == true, mode)) { _, new in new }
            }
            if let secret = source.secret {
                files.merge(try secretFiles(secret.name ?? "", secret.items, secret.optional == true, mode)) { _, new in
                    new
                }
            }
            if let downward = source.downwardAPI {
                files.merge(try downwardFiles(downward.items, mode)) { _, new in new }
            }
            if let token = source.serviceAccountToken {
                let key = TokenRequestKey(audience: token.audience ?? "", seconds: token.expirationSeconds ?? 3600)
                guard let text = tokens[key] else { throw Failure(description: "there is no token for the volume") }
                // A token is for the pod's user, if there is one for all containers, and for the volume's group alone.
                let user = commonUser
                let isOpen = user == nil && pod.spec.securityContext?.fsGroup == nil
                files[try checked(token.path ?? "token")] = VolumePlan.PayloadFile(
                    bytes: Array(text.utf8), mode: isOpen ? mode : 0o600, user: user)
            }
        }
        return files
    }

    /// The user that all containers run as; nil where they differ or leave it to their images.
    private var commonUser: Int? {
        let users = (pod.spec.initContainers + pod.spec.containers).map {
            $0.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser
        }
        guard let first = users.first, let first, users.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    /// A path below the volume; the API server checks it too.
    private func checked(_ path: String) throws -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, !path.hasPrefix("/"), !parts.contains(".."), !(parts.first?.hasPrefix("..") ?? true) else {
            throw Failure(description: "invalid path \"\(path)\" in volume")
        }
        return path
    }

    /// The tokens that projected volumes ask for.
    static func tokenRequests(_ pod: Pod) -> Set<TokenRequestKey> {
        var keys: Set<TokenRequestKey> = []
        for source in pod.spec.volumes.flatMap({ $0.projected?.sources ?? [] }) {
            guard let token = source.serviceAccountToken else { continue }
            keys.insert(TokenRequestKey(audience: token.audience ?? "", seconds: token.expirationSeconds ?? 3600))
        }
        return keys
    }
}
