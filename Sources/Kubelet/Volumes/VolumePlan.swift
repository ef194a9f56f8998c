import APIMachinery
import ContainerRuntime
import KubeAPI

/// What a pod's volume is to be on this node.
enum VolumePlan: Equatable {
    /// A directory of the pod's own.
    case empty
    /// The same in memory, with at most this many bytes.
    case memory(sizeBytes: Int?)
    /// A path of the host.
    case hostPath(String, type: String)
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
    /// Service accounts' tokens by audience and time.
    let tokens: [TokenRequestKey: String]

    struct TokenRequestKey: Hashable { var audience: String; var seconds: Int }
    struct Failure: Error, CustomStringConvertible { var description: String }

    func plan(_ source: Volume) throws -> VolumePlan {
        let name = source.name ?? ""
        if let empty = source.emptyDir {
            return empty.medium == "Memory" ? .memory(sizeBytes: memoryLimit(empty)) : .empty
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
        if let reference = source.persistentVolumeClaim { return try claimPlan(reference.claimName ?? "") }
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

    private func claimPlan(_ name: String) throws -> VolumePlan {
        guard let claim = claim(name) else {
            throw Failure(description: "persistentvolumeclaim \"\(name)\" not found")
        }
        guard claim.status.phase == "Bound", let volumeName = claim.spec.volumeName, !volumeName.isEmpty else {
            throw Failure(description: "PVC is not bound")
        }
        guard let volume = volume(volumeName) else {
            throw Failure(description: "persistentvolume \"\(volumeName)\" not found")
        }
        if let path = volume.json["spec", "hostPath"]?["path"]?.string {
            return .hostPath(path, type: volume.json["spec", "hostPath"]?["type"]?.string ?? "")
        }
        if let path = volume.json["spec", "local"]?["path"]?.string { return .hostPath(path, type: "Directory") }
        throw Failure(description: "persistentvolume \"\(volumeName)\" has a type that this node cannot mount")
    }

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
        return try select(data, items, isOptional, mode, what: "configmap")
    }
    private func secretFiles(
        _ name: String, _ items: [KeyToPath], _ isOptional: Bool, _ mode: Int
    ) throws -> [String: VolumePlan.PayloadFile] {
        guard let secret = secret(name) else {
            if isOptional { return [:] }
            throw Failure(description: "secret \"\(name)\" not found")
        }
        return try select(secret.data.mapValues { Secret.bytes($0) }, items, isOptional, mode, what: "secret")
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
                throw Failure(description: "references non-existent \(what) key: \(key)")
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
