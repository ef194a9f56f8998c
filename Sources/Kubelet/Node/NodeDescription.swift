import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import FoundationEssentials
import Glibc
import KubeAPI

/// What there is to say of this machine as a node.
package struct NodeDescription {
    let configuration: KubeletConfiguration
    let runtimeVersion: String
    let images: [RuntimeImage]
    let machine: Machine

    /// The facts of the machine, read from /proc and uname.
    package struct Machine: Equatable, Sendable {
        package init() {}
        package var processors = 1
        package var memoryKibibytes = 0
        package var storageBytes = 0
        package var kernel = ""
        var architecture = "amd64"
        package var osImage = "Linux"
        package var machineID = ""
        package var bootID = ""

        static func read(_ directory: String) -> Machine {
            var machine = Machine()
            machine.processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
            machine.memoryKibibytes = memory(text("/proc/meminfo"))
            var disk = statvfs()
            if statvfs(directory, &disk) == 0 {
                machine.storageBytes = Int(clamping: UInt64(disk.f_blocks) &* UInt64(disk.f_frsize))
            }
            machine.kernel = text("/proc/sys/kernel/osrelease").trimmed
            #if arch(arm64)
                machine.architecture = "arm64"
            #endif
            machine.machineID = text("/etc/machine-id").trimmed
            machine.bootID = text("/proc/sys/kernel/random/boot_id").trimmed
            for line in text("/etc/os-release").split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
                machine.osImage = String(line.dropFirst(12)).replacing("\"", with: "")
            }
            return machine
        }
        /// MemTotal in KiB.
        static func memory(_ text: String) -> Int {
            for line in text.split(separator: "\n") where line.hasPrefix("MemTotal:") {
                return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
            }
            return 0
        }
        private static func text(_ path: String) -> String {
            KernelFile.text(of: path)
        }
    }

    package init(
        _ configuration: KubeletConfiguration, _ runtimeVersion: String, _ images: [RuntimeImage],
        machine: Machine? = nil
    ) {
        self.configuration = configuration
        self.runtimeVersion = runtimeVersion
        self.images = images
        self.machine = machine ?? .read("/")
    }

    /// The node with our labels, addresses, capacity, conditions; what others wrote stays.
    package func updated(_ before: Node, now: Instant) -> Node {
        var node = before
        var labels = node.metadata.labels
        labels["kubernetes.io/hostname"] = configuration.nodeName
        for prefix in ["", "beta."] {
            labels["\(prefix)kubernetes.io/os"] = "linux"
            labels["\(prefix)kubernetes.io/arch"] = machine.architecture
        }
        for (name, value) in configuration.labels { labels[name] = value }
        node.metadata.labels = labels
        var annotations = node.metadata.annotations
        annotations["volumes.kubernetes.io/controller-managed-attach-detach"] = "true"
        node.metadata.annotations = annotations
        if node.spec.podCIDR == nil {
            node.spec.podCIDR = configuration.podCIDR
            node.spec.podCIDRs = [configuration.podCIDR]
        }
        node.status = status(before.status, now)
        return node
    }

    private func status(_ before: NodeStatus, _ now: Instant) -> NodeStatus {
        var status = before
        let amounts = [
            "cpu": String(machine.processors), "memory": "\(machine.memoryKibibytes)Ki",
            "ephemeral-storage": "\(machine.storageBytes / 1024)Ki", "pods": String(configuration.maximumPods),
            "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        ]
        status.capacity = amounts
        var allocatable = amounts
        // As the kubelet keeps 100 MiB and a tenth of the disk free before it evicts.
        allocatable["memory"] = "\(max(0, machine.memoryKibibytes - 102_400))Ki"
        allocatable["ephemeral-storage"] = String(machine.storageBytes / 10 * 9)
        status.allocatable = allocatable
        status.addresses = [
            NodeAddress {
                $0.type = "InternalIP"
                $0.address = configuration.nodeIP
            },
            NodeAddress {
                $0.type = "Hostname"
                $0.address = configuration.nodeName
            },
        ]
        status.daemonEndpoints = NodeDaemonEndpoints { endpoints in
            endpoints.kubeletEndpoint = DaemonEndpoint { $0.Port = KubeletServer.port }
        }
        status.nodeInfo = NodeSystemInfo { info in
            info.architecture = machine.architecture
            info.operatingSystem = "linux"
            info.kernelVersion = machine.kernel
            info.osImage = machine.osImage
            info.machineID = machine.machineID
            info.systemUUID = machine.machineID
            info.bootID = machine.bootID
            info.containerRuntimeVersion = runtimeVersion
            info.kubeletVersion = configuration.kubeletVersion
            info.kubeProxyVersion = ""
        }
        status.images = images.prefix(50).map { image in
            ContainerImage {
                $0.names = image.names
                $0.sizeBytes = image.sizeBytes
            }
        }
        for (type, value, reason, message) in [
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ] {
            var conditions = status.conditions
            let index = conditions.firstIndex { $0.type == type }
            var condition = index.map { conditions[$0] } ?? NodeCondition()
            if condition.status != value { condition.lastTransitionTime = now.rfc3339 }
            condition.type = type
            condition.status = value
            condition.reason = reason
            condition.message = message
            condition.lastHeartbeatTime = now.rfc3339
            if let index { conditions[index] = condition } else { conditions.append(condition) }
            status.conditions = conditions
        }
        return status
    }
}

extension String {
    fileprivate var trimmed: String { replacing("\n", with: "") }
}
