import APIMachinery
import ContainerRuntime
import KubeAPI

/// Which of its pod's volumes a container has, where, and how (`makeMounts` of the kubelet).
struct ContainerMounts {
    let work: PodWork
    let container: Container
    /// The volumes' paths on the host, by name.
    let paths: [String: String]
    let environment: ContainerEnvironment

    struct Failure: Error, CustomStringConvertible { var description: String }

    private var name: String { container.name ?? "" }

    func mounts() throws -> [ContainerConfiguration.Mount] {
        try container.volumeMounts.enumerated().map { index, mount in
            let volume = mount.name ?? ""
            guard let base = paths[volume] else {
                throw Failure(description: "cannot find volume \"\(volume)\" to mount into container \"\(name)\"")
            }
            var made = ContainerConfiguration.Mount(
                name: volume, hostPath: try part(mount, of: base, index), containerPath: mount.mountPath ?? "/",
                isReadOnly: mount.readOnly == true || isReadOnly(volume))
            switch mount.mountPropagation ?? "None" {
            case "HostToContainer": made.propagation = .hostToContainer
            case "Bidirectional": made.propagation = .bidirectional
            case "", "None": break
            case let mode: throw Failure(description: "invalid MountPropagation mode: \"\(mode)\"")
            }
            if try isRecursivelyReadOnly(mount) { made.isRecursivelyReadOnly = true }
            return made
        }
    }

    func devices() throws -> [ContainerConfiguration.Device]? {
        let devices = try container.volumeDevices.map { device in
            let volume = device.name ?? ""
            guard let path = paths[volume] else {
                throw Failure(description: "cannot find volume \"\(volume)\" to pass into container \"\(name)\"")
            }
            return ContainerConfiguration.Device(
                hostPath: path, containerPath: device.devicePath ?? "", permissions: isReadOnly(volume) ? "r" : "mrw")
        }
        return devices.isEmpty ? nil : devices
    }

    /// Whether nobody may write to a volume, whatever the mount says.
    private func isReadOnly(_ volume: String) -> Bool {
        guard let source = work.pod.spec.volumes.first(where: { $0.name == volume }) else { return false }
        let isPayload =
            source.configMap != nil || source.secret != nil || source.downwardAPI != nil || source.projected != nil
        return isPayload || source.persistentVolumeClaim?.readOnly == true || source.csi?.readOnly == true
            || source.nfs?.readOnly == true
    }

    /// A volume's path with the mount's subPath. What is wrong with the host's files is told to no client.
    private func part(_ mount: VolumeMount, of base: String, _ index: Int) throws -> String {
        let path = try subPath(mount)
        if path.isEmpty { return base }
        if path.hasPrefix("/") {
            throw Failure(description: "error SubPath `\(path)` must not be an absolute path")
        }
        if path.split(separator: "/").contains("..") {
            throw Failure(description: "unable to provision SubPath `\(path)`: must not contain '..'")
        }
        let volume = mount.name ?? ""
        let part = SubPath(volume: base, path: path)
        do {
            return try part.prepare(at: work.volumes.subPathPlace(volume, name, index))
        } catch {
            work.context.logger.error(
                "Cannot prepare a part of a volume",
                metadata: ["pod": "\(work.pod.key)", "volume": "\(volume)", "error": "\(error)"])
            let what = error is SubPath.NotMade ? "create subPath directory" : "prepare subPath"
            throw Failure(description: "failed to \(what) for volumeMount \"\(volume)\" of container \"\(name)\"")
        }
    }

    private func subPath(_ mount: VolumeMount) throws -> String {
        guard let expression = mount.subPathExpr, !expression.isEmpty else { return mount.subPath ?? "" }
        let values = Dictionary(
            environment.variables.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let expansion = VariableExpansion(variables: values)
        let missing = expansion.names(in: expression).filter { values[$0]?.isEmpty ?? true }
        guard missing.isEmpty else {
            throw Failure(description: "missing value for \(missing.sorted().joined(separator: ", "))")
        }
        return expansion.expand(expression)
    }

    private func isRecursivelyReadOnly(_ mount: VolumeMount) throws -> Bool {
        let mode = mount.recursiveReadOnly ?? "Disabled"
        if mode.isEmpty || mode == "Disabled" { return false }
        let isPossible = work.context.runtime.information.can(.recursiveReadOnly)
        if mode == "Enabled", !isPossible {
            throw Failure(
                description: "failed to resolve recursive read-only mode: volume \"\(mount.name ?? "")\" "
                    + "requested recursive read-only mode, but it is not supported by the runtime")
        }
        return isPossible
    }
}
