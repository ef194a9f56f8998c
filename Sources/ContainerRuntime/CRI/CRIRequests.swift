/// Our configurations as CRI v1 has them on the wire. Source: cri-api, pkg/apis/runtime/v1/api.proto.
enum CRIRequests {
    /// CRI's NamespaceMode.
    private enum NamespaceMode: Int { case pod, container, node, target }
    /// Whose sandboxes and containers these are: a runtime's directory. Others may use the same containerd.
    static let ownerLabel = "skiff.io/owner"
    /// The image as the kubelet named it; the runtime itself tells the name that it has for it.
    static let imageAnnotation = "skiff.io/image"
    /// Which of `stdin` and `tty` a container has, as attach must ask for the same.
    static let streamsAnnotation = "skiff.io/streams"

    // MARK: Sandboxes

    /// PodSandboxConfig
    static func sandbox(_ configuration: SandboxConfiguration, owner: String) -> ProtobufMessage {
        ProtobufMessage { message in
            message.message(1) {
                $0.text(1, configuration.name)
                $0.text(2, configuration.uid)
                $0.text(3, configuration.namespace)
                $0.number(4, configuration.attempt)
            }
            // The machine's own, where the pod is in its network.
            if !configuration.usesHostNetwork { message.text(2, configuration.hostname) }
            message.text(3, configuration.logDirectory)
            if !configuration.dns.servers.isEmpty {
                message.message(4) {
                    $0.texts(1, configuration.dns.servers)
                    $0.texts(2, configuration.dns.searches)
                    $0.texts(3, configuration.dns.options)
                }
            }
            message.map(6, configuration.labels.merging([ownerLabel: owner]) { $1 })
            message.map(7, configuration.annotations)
            message.message(8) { linux in
                if let parent = configuration.cgroupParent { linux.text(1, parent) }
                linux.message(2) { security in
                    security.message(1, namespaces(configuration, processes: sandboxProcesses(configuration)))
                    security.flag(6, configuration.isPrivileged == true)
                    security.message(9, profile(.runtimeDefault))
                }
                linux.map(3, configuration.sysctls ?? [:])
            }
        }
    }

    private static func profile(_ profile: SecurityProfile) -> ProtobufMessage {
        ProtobufMessage { message in
            switch profile {
            case .runtimeDefault: message.number(1, 0)
            case .unconfined: message.number(1, 1)
            case .localhost(let name):
                message.number(1, 2)
                message.text(2, name)
            }
        }
    }

    private static func sandboxProcesses(_ configuration: SandboxConfiguration) -> NamespaceMode {
        if configuration.usesHostProcesses { return .node }
        return configuration.sharesProcesses == true ? .pod : .container
    }
    private static func namespaces(
        _ configuration: SandboxConfiguration, processes: NamespaceMode, target: String = ""
    ) -> ProtobufMessage {
        ProtobufMessage {
            $0.number(1, (configuration.usesHostNetwork ? NamespaceMode.node : .pod).rawValue)
            $0.number(2, processes.rawValue)
            $0.number(3, (configuration.usesHostIPC == true ? NamespaceMode.node : .pod).rawValue)
            $0.text(4, target)
        }
    }

    /// A filter's label selector: only what is this runtime's.
    static func owned(_ owner: String, field: Int) -> ProtobufMessage {
        ProtobufMessage { $0.message(1) { $0.map(field, [ownerLabel: owner]) } }
    }

    // MARK: Containers

    /// ContainerConfig
    static func container(
        _ configuration: ContainerConfiguration, in sandbox: SandboxConfiguration, owner: String
    ) -> ProtobufMessage {
        ProtobufMessage { message in
            message.message(1) {
                $0.text(1, configuration.name)
                $0.number(2, configuration.attempt)
            }
            message.message(2) { $0.text(1, configuration.image) }
            message.texts(3, configuration.command)
            message.texts(4, configuration.arguments)
            message.text(5, configuration.workingDirectory)
            for variable in configuration.environment {
                message.message(6) {
                    $0.text(1, variable.name)
                    $0.text(2, variable.value)
                }
            }
            for mount in configuration.mounts {
                message.message(7) {
                    $0.text(1, mount.containerPath)
                    $0.text(2, mount.hostPath)
                    $0.flag(3, mount.isReadOnly)
                    $0.number(5, mount.propagation?.rawValue ?? 0)
                    $0.flag(8, mount.isRecursivelyReadOnly == true)
                }
            }
            for device in configuration.devices ?? [] {
                message.message(8) {
                    $0.text(1, device.containerPath)
                    $0.text(2, device.hostPath)
                    $0.text(3, device.permissions)
                }
            }
            message.map(9, configuration.labels.merging([ownerLabel: owner]) { $1 })
            let streams = [configuration.hasStandardInput ? "stdin" : nil, configuration.hasTerminal ? "tty" : nil]
            let own = [
                imageAnnotation: configuration.image,
                streamsAnnotation: streams.compactMap(\.self).joined(separator: ","),
            ]
            message.map(10, configuration.annotations.merging(own) { $1 })
            message.text(11, configuration.logPath)
            message.flag(12, configuration.hasStandardInput)
            message.flag(13, configuration.standardInputOnce)
            message.flag(14, configuration.hasTerminal)
            message.message(15) { linux in
                linux.message(1, resources(configuration.resources, configuration.oomScoreAdjustment ?? 0))
                linux.message(2, security(configuration, sandbox))
            }
        }
    }

    /// LinuxContainerResources. What is left out stays as it is; processes are limited by the pod's cgroup.
    private static func resources(_ resources: LinuxResources?, _ oomScoreAdjustment: Int?) -> ProtobufMessage {
        ProtobufMessage { message in
            if let quota = resources?.cpuQuotaMicroseconds {
                message.number(1, LinuxResources.cpuPeriodMicroseconds)
                message.number(2, quota)
            }
            if let shares = resources?.cpuShares { message.number(3, shares) }
            if let limit = resources?.memoryLimitBytes { message.number(4, limit) }
            if let oomScoreAdjustment { message.number(5, oomScoreAdjustment) }
        }
    }
    /// UpdateContainerResourcesRequest
    static func update(_ id: String, _ new: LinuxResources) -> ProtobufMessage {
        ProtobufMessage {
            $0.text(1, id)
            $0.message(2, resources(new, nil))
        }
    }

    /// LinuxContainerSecurityContext
    private static func security(
        _ configuration: ContainerConfiguration, _ sandbox: SandboxConfiguration
    ) -> ProtobufMessage {
        let security = configuration.security
        let processes = configuration.target == nil ? sandboxProcesses(sandbox) : .target
        return ProtobufMessage { message in
            message.message(1) {
                $0.texts(1, security.addedCapabilities ?? [])
                $0.texts(2, security.droppedCapabilities ?? [])
            }
            message.flag(2, security.isPrivileged)
            message.message(3, namespaces(sandbox, processes: processes, target: configuration.target ?? ""))
            message.optional(5, security.user)
            if let name = security.userName, security.user == nil { message.text(6, name) }
            // The runtime takes a group only beside a user.
            if security.user != nil || security.userName != nil { message.optional(12, security.group) }
            message.flag(7, security.hasReadOnlyRoot)
            for group in security.supplementalGroups { message.number(8, group) }
            message.flag(11, !security.allowsPrivilegeEscalation)
            if !security.isPrivileged, security.hasUnmaskedProc != true {
                message.texts(13, maskedPaths)
                message.texts(14, readOnlyPaths)
            }
            message.message(15, profile(security.seccomp ?? .unconfined))
            if let appArmor = security.appArmor { message.message(16, profile(appArmor)) }
            if security.hasOnlyTheseGroups == true { message.number(17, 1) }
        }
    }

    /// Through which a container could learn of the machine, or change it (the kubelet's defaults for procMount).
    private static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]
    private static let readOnlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]

    static func id(_ id: String) -> ProtobufMessage { ProtobufMessage { $0.text(1, id) } }

    /// ImageSpec in field 1, which is how all calls about one image begin.
    static func image(_ image: String) -> ProtobufMessage { ProtobufMessage { $0.message(1) { $0.text(1, image) } } }
}
