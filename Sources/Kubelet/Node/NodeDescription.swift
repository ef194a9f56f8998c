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
    let pressures: Set<NodePressure>
    let volumesInUse: Set<String>
    /// What runs the containers can do.
    let runtime: RuntimeInformation?
    let isShuttingDown: Bool

    /// The facts of the machine, read from /proc and uname.
    package struct Machine: Equatable, Sendable {
        package init() {}
        package var processors = 1
        package var memoryKibibytes = 0
        var swapKibibytes = 0
        package var storageBytes = 0
        package var kernel = ""
        var architecture = "amd64"
        package var osImage = "Linux"
        package var machineID = ""
        package var bootID = ""
        /// Bytes by the resource's name; of sizes that the machine has.
        var hugepages = ["hugepages-1Gi": 0, "hugepages-2Mi": 0]

        static func read(_ directory: String) -> Machine {
            var machine = Machine()
            machine.processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
            let memory = text("/proc/meminfo")
            machine.memoryKibibytes = amount("MemTotal:", memory)
            machine.swapKibibytes = amount("SwapTotal:", memory)
            var disk = statvfs()
            if statvfs(directory, &disk) == 0 {
                machine.storageBytes = Int(clamping: UInt64(disk.f_blocks) &* UInt64(disk.f_frsize))
            }
            machine.kernel = text("/proc/sys/kernel/osrelease").trimmed
            #if arch(arm64)
                machine.architecture = "arm64"
            #endif
            machine.machineID = text("/etc/machine-id").trimmed
            machine.readHugepages("/sys/kernel/mm/hugepages")
            machine.bootID = text("/proc/sys/kernel/random/boot_id").trimmed
            for line in text("/etc/os-release").split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
                machine.osImage = String(line.dropFirst(12)).replacing("\"", with: "")
            }
            return machine
        }
        /// Directories such as `hugepages-2048kB` tell how many there are (Documentation/admin-guide/mm/hugetlbpage.rst).
        mutating func readHugepages(_ directory: String) {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
                guard let kibibytes = Int(name.drop { !$0.isNumber }.prefix { $0.isNumber }),
                    let count = Int(Self.text("\(directory)/\(name)/nr_hugepages").trimmed)
                else { continue }
                let size = Quantity(kibibytes << 10, format: .binarySI)
                hugepages["hugepages-\(size)"] = count * kibibytes << 10
            }
        }
        /// Of a line of /proc/meminfo, in KiB.
        static func amount(_ name: String, _ text: String) -> Int {
            for line in text.split(separator: "\n") where line.hasPrefix(name) {
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
        machine: Machine? = nil, pressures: Set<NodePressure> = [], runtime: RuntimeInformation? = nil,
        isShuttingDown: Bool = false, volumesInUse: Set<String> = []
    ) {
        self.volumesInUse = volumesInUse
        self.isShuttingDown = isShuttingDown
        self.runtime = runtime
        self.pressures = pressures
        self.configuration = configuration
        self.runtimeVersion = runtimeVersion
        self.images = images
        self.machine = machine ?? .read("/")
    }

    /// What holds pods to their limits here.
    static let limitsAnnotation = "skiff.dev/resource-limits"

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
        annotations[Self.limitsAnnotation] =
            configuration.cgroups.map { "cgroups \($0.version)" }
            ?? configuration.whyUnlimited.map { "none: \($0)" }
        node.metadata.annotations = annotations
        if node.spec.podCIDR == nil {
            node.spec.podCIDR = configuration.podCIDR
            node.spec.podCIDRs = [configuration.podCIDR]
        }
        node.status = status(before.status, now)
        return node
    }

    /// What pods may have: all but what is reserved, and what is kept free before pods are evicted.
    private func allocatable(_ capacity: [String: String]) -> [String: String] {
        var allocatable = capacity
        let thresholds = configuration.evictionThresholds
        let kept = [
            "memory": EvictionThreshold.kept(thresholds, .memory, of: machine.memoryKibibytes << 10),
            "ephemeral-storage": EvictionThreshold.kept(thresholds, .disk, of: machine.storageBytes),
        ]
        for name in ["cpu", "memory", "ephemeral-storage"] {
            guard let amount = capacity[name].flatMap({ try? Quantity($0) }) else { continue }
            let reserved = (configuration.reserved[name] ?? .zero) + Quantity(kept[name] ?? 0)
            if !reserved.isZero { allocatable[name] = max(amount - reserved, .zero).text }
        }
        return allocatable
    }

    private func status(_ before: NodeStatus, _ now: Instant) -> NodeStatus {
        var status = before
        var amounts = [
            "cpu": String(machine.processors), "memory": "\(machine.memoryKibibytes)Ki",
            "ephemeral-storage": "\(machine.storageBytes / 1024)Ki", "pods": String(configuration.maximumPods),
        ]
        amounts.merge(configuration.capacity) { $1 }
        for (name, bytes) in machine.hugepages { amounts[name] = Quantity(bytes, format: .binarySI).text }
        // What others say that the node has, such as devices, stays.
        let capacity = before.capacity.merging(amounts) { _, ours in ours }
        status.capacity = capacity
        status.allocatable = allocatable(capacity)
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
            if machine.swapKibibytes > 0 {
                info.swap = NodeSwapStatus { $0.capacity = machine.swapKibibytes << 10 }
            }
        }
        if let runtime {
            status.features =
                runtime.can(.supplementalGroupsPolicy)
                ? NodeFeatures { $0.supplementalGroupsPolicy = true } : nil
            status.runtimeHandlers = runtime.handlers.map { handler in
                NodeRuntimeHandler {
                    $0.name = handler.name
                    $0.features = NodeRuntimeHandlerFeatures {
                        $0.recursiveReadOnlyMounts = handler.canMountReadOnlyRecursively
                        $0.userNamespaces = handler.hasUserNamespaces
                    }
                }
            }
        }
        status.images = images.prefix(50).map { image in
            ContainerImage {
                $0.names = image.names
                $0.sizeBytes = image.sizeBytes
            }
        }
        status.volumesInUse = volumesInUse.sorted()
        let shortages = NodePressure.allCases.map { pressure in
            let isThere = pressures.contains(pressure)
            let words = pressure.words(isThere)
            return (pressure.rawValue, isThere ? "True" : "False", words.reason, words.message)
        }
        let ready =
            isShuttingDown
            ? ("Ready", "False", "KubeletNotReady", "node is shutting down")
            : ("Ready", "True", "KubeletReady", "kubelet is posting ready status")
        for (type, value, reason, message) in shortages + [ready] {
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
