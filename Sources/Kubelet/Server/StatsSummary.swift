import APIMachinery
import Basics
import ContainerRuntime
import Glibc

extension KubeletServer {
    /// `/stats/summary` (stats.k8s.io's v1alpha1 Summary): what is known of the node, its pods and their containers. `isShort`
    /// leaves out all but processor and memory.
    func summary(isShort: Bool) async -> JSON {
        let stats = await kubelet.resourceStats()
        let machine = MachineUsage.read()
        let time = stats.usage.time
        var node: JSON = [
            "nodeName": JSON(stats.node), "startTime": JSON(stats.startedAt.rfc3339),
            "cpu": Self.processor(stats.usage),
            "memory": Self.memory(
                time, workingSet: stats.usage.workingSetBytes, usage: machine.usedBytes,
                available: machine.availableBytes),
        ]
        if !isShort {
            if let network = NetworkCounts.read("/proc/net/dev") { node["network"] = network.json(time) }
            let disk = DiskCounts.read(context.configuration.directory)
            if let disk {
                node["fs"] = disk.json(time)
                node["runtime"] = ["imageFs": disk.json(time), "containerFs": disk.json(time)]
            }
            node["rlimit"] = [
                "time": JSON(time.rfc3339), "maxpid": JSON(machine.maximumProcesses),
                "curproc": JSON(machine.processes),
            ]
        }
        let containers = isShort ? [] : (try? await context.runtime.listContainers()) ?? []
        let byID = Dictionary(containers.map { ($0.id, $0) }) { first, _ in first }
        return ["node": node, "pods": JSON(stats.pods.map { pod($0, time, byID, isShort: isShort) })]
    }

    private func pod(
        _ pod: ResourceStats.Pod, _ time: Instant, _ known: [String: RuntimeContainer], isShort: Bool
    ) -> JSON {
        var told: JSON = [
            "podRef": ["name": JSON(pod.name), "namespace": JSON(pod.namespace), "uid": JSON(pod.uid)],
            "startTime": JSON(pod.startedAt.rfc3339),
        ]
        let disk = isShort ? nil : DiskCounts.read(context.configuration.directory)
        var logBytes = 0
        told["containers"] = JSON(
            pod.containers.map { container in
                var entry: JSON = [
                    "name": JSON(container.name), "startTime": JSON(container.startedAt.rfc3339),
                    "cpu": Self.processor(container.usage),
                    "memory": Self.memory(container.usage.time, workingSet: container.usage.workingSetBytes),
                ]
                if var logs = disk, let path = known[container.id]?.logPath, let used = DiskCounts.bytes(ofLog: path) {
                    logs.usedBytes = used
                    logBytes += used
                    entry["logs"] = logs.json(time)
                }
                return entry
            })
        if !pod.containers.isEmpty {
            let usages = pod.containers.map(\.usage)
            var sum = ResourceStats.Usage(
                time: time, processorNanoseconds: usages.reduce(0) { $0 + $1.processorNanoseconds },
                workingSetBytes: usages.reduce(0) { $0 + $1.workingSetBytes })
            let rates = usages.compactMap(\.rate)
            if rates.count == usages.count, let window = rates.map(\.window).max() {
                sum.rate = .init(nanocores: rates.reduce(0) { $0 + $1.nanocores }, window: window)
            }
            told["cpu"] = Self.processor(sum)
            told["memory"] = Self.memory(time, workingSet: sum.workingSetBytes)
        }
        guard !isShort else { return told }
        let volumes = volumeStats(ofPod: pod.uid, pod.namespace, pod.name, time)
        if !volumes.isEmpty { told["volume"] = JSON(volumes) }
        if var storage = disk {
            // Those in memory have a file system of their own.
            let onDisk = volumes.filter { $0["capacityBytes"]?.int == storage.capacityBytes }
            storage.usedBytes = onDisk.reduce(logBytes) { $0 + ($1["usedBytes"]?.int ?? 0) }
            told["ephemeral-storage"] = storage.json(time)
        }
        // A pod with a network of its own: any of its processes sees it.
        if context.runtime.information.can(.networkNamespaces),
            let process = pod.containers.lazy.compactMap({ known[$0.id]?.process }).first,
            let network = NetworkCounts.read("/proc/\(process)/net/dev")
        {
            told["network"] = network.json(time)
        }
        return told
    }

    private static func processor(_ usage: ResourceStats.Usage) -> JSON {
        var told: JSON = [
            "time": JSON(usage.time.rfc3339), "usageCoreNanoSeconds": JSON(usage.processorNanoseconds),
        ]
        if let rate = usage.rate { told["usageNanoCores"] = JSON(rate.nanocores) }
        return told
    }
    private static func memory(_ time: Instant, workingSet: Int, usage: Int? = nil, available: Int? = nil) -> JSON {
        var told: JSON = ["time": JSON(time.rfc3339)]
        if let available { told["availableBytes"] = JSON(available) }
        told["usageBytes"] = JSON(usage ?? workingSet)
        told["workingSetBytes"] = JSON(workingSet)
        return told
    }
}

/// What passed through a network's interfaces (proc_net(5), `dev`).
struct NetworkCounts: Equatable {
    struct Interface: Equatable {
        var name: String
        var receivedBytes: Int
        var receivedErrors: Int
        var sentBytes: Int
        var sentErrors: Int
    }
    /// Without the loopback.
    var interfaces: [Interface]

    static func read(_ path: String) -> NetworkCounts? {
        guard let bytes = KernelFile.contents(of: path) else { return nil }
        let counts = NetworkCounts(String(decoding: bytes, as: UTF8.self))
        return counts.interfaces.isEmpty ? nil : counts
    }

    init(_ text: String) {
        interfaces = text.split(separator: "\n").dropFirst(2).compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let name = String(parts[0].drop { $0 == " " })
            let numbers = parts[1].split(separator: " ").map { Int($0) ?? 0 }
            guard numbers.count >= 11, name != "lo" else { return nil }
            return Interface(
                name: name, receivedBytes: numbers[0], receivedErrors: numbers[2], sentBytes: numbers[8],
                sentErrors: numbers[10])
        }
    }

    /// NetworkStats, whose own figures are those of the first interface: eth0, where there is one.
    func json(_ time: Instant) -> JSON {
        let list = interfaces.map(Self.json)
        var told = interfaces.first { $0.name == "eth0" }.map(Self.json) ?? list.first ?? ["name": ""]
        told["time"] = JSON(time.rfc3339)
        told["interfaces"] = JSON(list)
        return told
    }
    private static func json(_ interface: Interface) -> JSON {
        [
            "name": JSON(interface.name), "rxBytes": JSON(interface.receivedBytes),
            "rxErrors": JSON(interface.receivedErrors), "txBytes": JSON(interface.sentBytes),
            "txErrors": JSON(interface.sentErrors),
        ]
    }
}

/// What a file system has, and has left (statvfs(3)).
struct DiskCounts: Equatable {
    var availableBytes: Int
    var capacityBytes: Int
    var usedBytes: Int
    var inodesFree: Int
    var inodes: Int

    static func read(_ path: String) -> DiskCounts? {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { return nil }
        func bytes(_ blocks: fsblkcnt_t) -> Int { Int(clamping: UInt64(blocks) &* UInt64(disk.f_frsize)) }
        return DiskCounts(
            availableBytes: bytes(disk.f_bavail), capacityBytes: bytes(disk.f_blocks),
            usedBytes: bytes(disk.f_blocks) - bytes(disk.f_bfree), inodesFree: Int(clamping: disk.f_ffree),
            inodes: Int(clamping: disk.f_files))
    }

    /// The size of a container's log, without what it was rotated to.
    static func bytes(ofLog path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    func json(_ time: Instant) -> JSON {
        [
            "time": JSON(time.rfc3339), "availableBytes": JSON(availableBytes), "capacityBytes": JSON(capacityBytes),
            "usedBytes": JSON(usedBytes), "inodesFree": JSON(inodesFree), "inodes": JSON(inodes),
            "inodesUsed": JSON(max(0, inodes - inodesFree)),
        ]
    }
}
