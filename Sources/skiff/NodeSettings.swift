import Basics
import APIMachinery
import ArgumentParser
import ContainerRuntime
import Foundation
import KubeAPI
import Kubelet
import Logging

extension UpOptions {
    /// Flags that are named as the kubelet's.
    struct Node: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The cgroup below which each node makes those of its pods; root only. (default: one by the data directory's "
                    + "name)", valueName: "path"))
        var cgroupRoot: String?
        @Option(help: ArgumentHelp("Most processes of one pod, -1 is any. (default: -1)", valueName: "count"))
        var podMaxPids: Int?
        @Option(
            help: ArgumentHelp(
                "What of a node is kept from pods for Kubernetes, such as cpu=100m,memory=200Mi.", valueName: "amounts")
        )
        var kubeReserved: String?
        @Option(help: ArgumentHelp("The same for all else that runs there.", valueName: "amounts"))
        var systemReserved: String?
        @Option(
            help: ArgumentHelp(
                "When pods are evicted at once because a node is short of something; empty is never. (default: "
                    + EvictionThreshold.standard + ")", valueName: "thresholds"))
        var evictionHard: String?
        @Option(
            help: ArgumentHelp(
                "The same for what must last, with --eviction-soft-grace-period.", valueName: "thresholds"))
        var evictionSoft: String?
        @Option(
            help: ArgumentHelp(
                "For how long, such as memory.available=90s,nodefs.available=2m.", valueName: "durations"))
        var evictionSoftGracePeriod: String?
        @Option(
            help: ArgumentHelp(
                "The longest grace of a pod that goes so, in seconds. (default: 0)", valueName: "seconds"))
        var evictionMaxPodGracePeriod: Int?
        @Option(
            help: ArgumentHelp(
                "How long a node tells of being short of something after it was last seen to be. (default: 5m)",
                valueName: "duration"))
        var evictionPressureTransitionPeriod: String?
        @Option(
            help: ArgumentHelp(
                "Below which are the files of seccomp that pods name. (default: seccomp in the node's directory)",
                valueName: "dir"))
        var seccompProfileRoot: String?
        @Option(
            help: ArgumentHelp(
                "A file, or a directory of files, that describe pods of the first node, which runs them by itself.",
                valueName: "path"))
        var podManifestPath: String?
        @Option(
            help: ArgumentHelp(
                "How long pods have at the end of the process, which fails them then, rather than leaving them to the next "
                    + "start. (default: 0s, off)", valueName: "duration"))
        var shutdownGracePeriod: String?
        @Option(
            help: ArgumentHelp("The last part of it, for critical pods. (default: 0s)", valueName: "duration"))
        var shutdownGracePeriodCriticalPods: String?
        @Option(
            help: ArgumentHelp(
                "In place of the two: seconds by priority, such as 0=20,100000=10.", valueName: "periods"))
        var shutdownGracePeriodByPodPriority: String?
    }
}

/// What nodes have in common.
struct NodeSettings: Sendable {
    var cgroupRoot: String?
    var podMaxPids: Int?
    var reserved = ResourceAmounts()
    var evictionThresholds: [EvictionThreshold] = []
    var evictionMaxPodGracePeriodSeconds = 0
    var evictionPressureTransitionPeriod = Duration.seconds(300)
    var seccompProfileRoot: String?
    private var podManifestPath: String?
    var shutdownGracePeriods: [ShutdownGracePeriod] = []

    init(_ options: UpOptions.Node, _ file: SettingsFile) throws {
        cgroupRoot = try options.cgroupRoot ?? file.string("cgroup-root")
        if let cgroupRoot, !cgroupRoot.hasPrefix("/") || cgroupRoot.split(separator: "/").contains("..") {
            throw ValidationError("--cgroup-root must be an absolute path, such as /skiff, not \(cgroupRoot)")
        }
        let pids = try options.podMaxPids ?? file.int("pod-max-pids") ?? -1
        guard pids == -1 || pids > 0 else {
            throw ValidationError("--pod-max-pids must be a number above 0, or -1, not \(pids)")
        }
        podMaxPids = pids == -1 ? nil : pids
        reserved = try Self.amounts("kube-reserved", options.kubeReserved, file)
        reserved += try Self.amounts("system-reserved", options.systemReserved, file)
        evictionThresholds = try Self.thresholds(
            "eviction-hard", try options.evictionHard ?? file.string("eviction-hard") ?? EvictionThreshold.standard)
        let soft = try Self.thresholds(
            "eviction-soft", try options.evictionSoft ?? file.string("eviction-soft") ?? "")
        var periods = try Self.periods(
            try options.evictionSoftGracePeriod ?? file.string("eviction-soft-grace-period") ?? "")
        for var threshold in soft {
            guard let period = periods.removeValue(forKey: threshold.signal.rawValue) else {
                throw ValidationError(
                    "grace period must be specified for the soft eviction threshold \(threshold.signal.rawValue)")
            }
            threshold.gracePeriod = period
            evictionThresholds.append(threshold)
        }
        if let other = periods.keys.sorted().first {
            throw ValidationError("--eviction-soft-grace-period is for thresholds of --eviction-soft, not \(other)")
        }
        evictionMaxPodGracePeriodSeconds =
            try options.evictionMaxPodGracePeriod ?? file.int("eviction-max-pod-grace-period") ?? 0
        guard evictionMaxPodGracePeriodSeconds >= 0 else {
            throw ValidationError("--eviction-max-pod-grace-period must not be below 0")
        }
        let transition =
            try options.evictionPressureTransitionPeriod ?? file.string("eviction-pressure-transition-period") ?? "5m"
        evictionPressureTransitionPeriod = try Self.duration("eviction-pressure-transition-period", transition)
        seccompProfileRoot = try options.seccompProfileRoot ?? file.string("seccomp-profile-root")
        podManifestPath = try options.podManifestPath ?? file.string("pod-manifest-path")
        shutdownGracePeriods = try Self.shutdown(options, file)
    }

    /// Two nodes would run the same pods under two names.
    func staticPodPath(of index: Int) -> String? { index == 0 ? podManifestPath : nil }

    private static func shutdown(_ options: UpOptions.Node, _ file: SettingsFile) throws -> [ShutdownGracePeriod] {
        func seconds(_ flag: String, _ given: String?) throws -> Int {
            let text = try given ?? file.string(flag) ?? "0s"
            let seconds = try duration(flag, text).components.seconds
            guard seconds >= 0 else { throw ValidationError("--\(flag) must not be below 0, not \(text)") }
            return Int(seconds)
        }
        let total = try seconds("shutdown-grace-period", options.shutdownGracePeriod)
        let critical = try seconds("shutdown-grace-period-critical-pods", options.shutdownGracePeriodCriticalPods)
        guard critical <= total else {
            throw ValidationError(
                "--shutdown-grace-period-critical-pods must not be above --shutdown-grace-period, as it is a part of it"
            )
        }
        let flag = "shutdown-grace-period-by-pod-priority"
        guard let text = try options.shutdownGracePeriodByPodPriority ?? file.string(flag) else {
            return ShutdownGracePeriod.all(totalSeconds: total, criticalSeconds: critical)
        }
        guard total == 0 else { throw ValidationError("--\(flag) goes without --shutdown-grace-period") }
        return try text.split(separator: ",").map { part in
            let numbers = part.split(separator: "=").map { Int($0) }
            guard numbers.count == 2, let priority = numbers[0], let seconds = numbers[1], seconds >= 0 else {
                throw ValidationError("--\(flag) must be seconds by priority, such as 0=20,100000=10, not \(part)")
            }
            return ShutdownGracePeriod(priority: priority, seconds: seconds)
        }
    }

    /// Names and quantities, such as `cpu=100m,memory=200Mi`.
    private static func amounts(_ flag: String, _ given: String?, _ file: SettingsFile) throws -> ResourceAmounts {
        var amounts = ResourceAmounts()
        for part in (try given ?? file.string(flag) ?? "").split(separator: ",") {
            let words = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard words.count == 2, let quantity = try? Quantity(words[1]), !quantity.isNegative,
                ["cpu", "memory", "ephemeral-storage", "pid"].contains(words[0])
            else {
                throw ValidationError(
                    "--\(flag) must be amounts of cpu, memory, ephemeral-storage and pid, such as cpu=100m,memory=200Mi, "
                        + "not \(part)")
            }
            amounts[words[0]] = quantity
        }
        return amounts
    }

    private static func thresholds(_ flag: String, _ text: String) throws -> [EvictionThreshold] {
        do throws(EvictionThreshold.Malformed) { return try EvictionThreshold.list(text) } catch {
            throw ValidationError("--\(flag): \(error)")
        }
    }
    private static func periods(_ text: String) throws -> [String: Duration] {
        var periods: [String: Duration] = [:]
        for part in text.split(separator: ",") {
            let words = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard words.count == 2 else {
                throw ValidationError(
                    "--eviction-soft-grace-period must be durations, such as memory.available=90s, not \(part)")
            }
            periods[words[0]] = try duration("eviction-soft-grace-period", words[1])
        }
        return periods
    }
    private static func duration(_ flag: String, _ text: String) throws -> Duration {
        guard let duration = Duration(goText: text) else {
            throw ValidationError("--\(flag) must be a duration, such as 90s, 5m or 1h, not \(text)")
        }
        return duration
    }

    /// What a node is told of it.
    func apply(to configuration: inout KubeletConfiguration) {
        configuration.podMaxPids = podMaxPids
        configuration.reserved = reserved
        configuration.evictionThresholds = evictionThresholds
        configuration.evictionMaxPodGracePeriodSeconds = evictionMaxPodGracePeriodSeconds
        configuration.evictionPressureTransitionPeriod = evictionPressureTransitionPeriod
        if let seccompProfileRoot { configuration.seccompProfileRoot = seccompProfileRoot }
        configuration.staticPodPath = staticPodPath(of: configuration.index)
        configuration.shutdownGracePeriods = shutdownGracePeriods
    }

    /// The cgroup of one node: no two clusters of a machine have the same.
    func cgroup(of node: String, dataDirectory: String) -> String {
        (cgroupRoot ?? ContainerRemains.cgroup(of: dataDirectory)) + "/" + node
    }

    /// The machine's control groups; nil, and said, where this process may make none.
    static func openCgroups(at path: String, _ logger: Logger, tells: Bool) -> (tree: CgroupTree?, why: String?) {
        do throws(ContainerError) {
            return (try CgroupTree.open(at: path), nil)
        } catch {
            logger.log(
                level: tells ? .warning : .debug, "Nothing limits what pods use here", metadata: ["why": "\(error)"])
            return (nil, "\(error)")
        }
    }
}
