import Basics
import Glibc

/// The machine's control groups: makes, sets, reads and removes them. A cgroup's path counts from the mount point, such as
/// `/kubepods/burstable/pod1`.
///
/// **Invariant:** whatever happens to this process, a cgroup stays until it is removed by its path; nothing is remembered.
public struct CgroupTree: Sendable {
    public let layout: CgroupLayout

    public init(_ layout: CgroupLayout) { self.layout = layout }

    static let noneMounted = "no control groups for cpu and memory are mounted"

    /// The machine's, once a cgroup can be made and limited at `path`. The error says why none can.
    public static func open(at path: String) throws(ContainerError) -> CgroupTree {
        guard let layout = CgroupLayout(mountInfo: KernelFile.text(of: "/proc/self/mountinfo")) else {
            throw .refused(noneMounted)
        }
        let tree = CgroupTree(layout)
        try tree.make(path)
        try tree.set(path, LinuxResources(memoryLimitBytes: LinuxResources.unlimited))
        return tree
    }

    /// A short word for the layout, such as `v1`.
    public var version: String { if case .version2 = layout { "v2" } else { "v1" } }

    // MARK: Making

    /// Harmless on one that is there; those above it are made too.
    public func make(_ path: String) throws(ContainerError) {
        if case .version2(let place) = layout { return try makeUnified(place, path) }
        for directory in layout.directories(path).values.sorted() {
            try SystemCall.makeDirectories(directory)
        }
    }
    /// A cgroup has the controllers that the one above passes on.
    private func makeUnified(_ place: String, _ path: String) throws(ContainerError) {
        var directory = place
        for part in path.split(separator: "/") {
            let wanted = Self.words(directory + "/cgroup.controllers").filter(CgroupLayout.controllers.contains)
            let passed = Self.words(directory + "/cgroup.subtree_control")
            let missing = wanted.filter { !passed.contains($0) }
            if !missing.isEmpty {
                try SystemCall.write(
                    missing.map { "+" + $0 }.joined(separator: " "), to: directory + "/cgroup.subtree_control")
            }
            directory += "/" + part
            try SystemCall.makeDirectories(directory)
        }
    }
    private static func words(_ path: String) -> [String] {
        KernelFile.text(of: path).split { $0 == " " || $0 == "\n" }.map(String.init)
    }

    public func exists(_ path: String) -> Bool {
        layout.directory(path, of: "memory").map { SystemCall.isDirectory($0) } ?? false
    }
    /// The names of the cgroups right below one.
    public func children(_ path: String) -> [String] {
        guard let directory = layout.directory(path, of: "memory") else { return [] }
        return SystemCall.names(in: directory).filter { SystemCall.isDirectory(directory + "/" + $0) }.sorted()
    }

    // MARK: Limits

    /// Throws `ContainerError.system` with the file's name when the kernel refuses, such as a limit below what is used.
    public func set(_ path: String, _ resources: LinuxResources) throws(ContainerError) {
        let isUnified = if case .version2 = layout { true } else { false }
        if let shares = resources.cpuShares {
            try isUnified
                ? write(path, "cpu", "cpu.weight", "\(LinuxResources.weight(shares: shares))")
                : write(path, "cpu", "cpu.shares", "\(shares)")
        }
        if let quota = resources.cpuQuotaMicroseconds {
            let period = LinuxResources.cpuPeriodMicroseconds
            if isUnified {
                try write(path, "cpu", "cpu.max", "\(quota < 0 ? "max" : "\(quota)") \(period)")
            } else {
                try write(path, "cpu", "cpu.cfs_period_us", "\(period)")
                try write(path, "cpu", "cpu.cfs_quota_us", "\(quota)")
            }
        }
        if let bytes = resources.memoryLimitBytes {
            try isUnified
                ? write(path, "memory", "memory.max", bytes < 0 ? "max" : "\(bytes)") : setMemory(path, bytes)
        }
        if let count = resources.pidsLimit, layout.directory(path, of: "pids") != nil {
            try write(path, "pids", "pids.max", count < 0 ? "max" : "\(count)")
        }
    }
    /// Memory with swap may be no less than memory, so the one that grows is first and the one that shrinks last. Pods do
    /// not swap: both are the same.
    private func setMemory(_ path: String, _ bytes: Int) throws(ContainerError) {
        let files = ["memory.memsw.limit_in_bytes", "memory.limit_in_bytes"].filter { exists(path, "memory", $0) }
        let now = number(path, "memory", "memory.limit_in_bytes") ?? 0
        for file in bytes < 0 || bytes > now ? files : files.reversed() {
            try write(path, "memory", file, "\(bytes)")
        }
    }
    /// Of a whole container the kernel ends all processes when it ends one for want of memory, where it knows how (v2); and it
    /// does not swap.
    public func setAsContainer(_ path: String) {
        for (file, text) in [("memory.oom.group", "1"), ("memory.swap.max", "0")]
        where exists(path, "memory", file) {
            try? write(path, "memory", file, text)
        }
    }

    private func exists(_ path: String, _ controller: String, _ file: String) -> Bool {
        layout.directory(path, of: controller).map { access($0 + "/" + file, F_OK) == 0 } ?? false
    }
    private func write(
        _ path: String, _ controller: String, _ file: String, _ text: String
    ) throws(ContainerError) {
        guard let directory = layout.directory(path, of: controller) else { return }
        do { try SystemCall.write(text, to: directory + "/" + file) } catch {
            guard case .system(_, let number) = error else { throw error }
            throw .system(call: "write \"\(text)\" to \(directory)/\(file)", number: number)
        }
    }

    // MARK: Reading

    /// nil when there is no such cgroup.
    public func usage(_ path: String) -> CgroupUsage? {
        guard exists(path) else { return nil }
        var usage = CgroupUsage()
        let isUnified = if case .version2 = layout { true } else { false }
        let memory = table(path, "memory", "memory.stat")
        if isUnified {
            usage.processorNanoseconds = (table(path, "cpu", "cpu.stat")["usage_usec"] ?? 0) * 1000
            usage.memoryBytes = number(path, "memory", "memory.current") ?? 0
            usage.residentBytes = memory["anon"] ?? 0
        } else {
            usage.processorNanoseconds = number(path, "cpuacct", "cpuacct.usage") ?? 0
            usage.memoryBytes = number(path, "memory", "memory.usage_in_bytes") ?? 0
            usage.residentBytes = memory["total_rss"] ?? 0
        }
        let idle = memory[isUnified ? "inactive_file" : "total_inactive_file"] ?? 0
        usage.workingSetBytes = max(0, usage.memoryBytes - idle)
        usage.processes = number(path, "pids", "pids.current") ?? 0
        return usage
    }
    /// What is set now; `unlimited` where nothing is.
    public func memoryLimit(_ path: String) -> Int {
        switch layout {
        case .version1:
            let bytes = number(path, "memory", "memory.limit_in_bytes") ?? LinuxResources.unlimited
            // Without a limit it is the greatest number of whole pages.
            return bytes > Int.max - 65_536 ? LinuxResources.unlimited : bytes
        case .version2: return number(path, "memory", "memory.max") ?? LinuxResources.unlimited
        }
    }
    public func cpuQuota(_ path: String) -> Int {
        switch layout {
        case .version1: number(path, "cpu", "cpu.cfs_quota_us") ?? LinuxResources.unlimited
        case .version2:
            text(path, "cpu", "cpu.max").split(separator: " ").first.flatMap { Int($0) } ?? LinuxResources.unlimited
        }
    }

    /// How many of its own processes the kernel ended for want of memory.
    public func outOfMemoryKills(_ path: String) -> Int {
        switch layout {
        case .version1: table(path, "memory", "memory.oom_control")["oom_kill"] ?? 0
        case .version2: table(path, "memory", "memory.events")["oom_kill"] ?? 0
        }
    }

    private func text(_ path: String, _ controller: String, _ file: String) -> String {
        layout.directory(path, of: controller).map { KernelFile.text(of: $0 + "/" + file) } ?? ""
    }
    private func number(_ path: String, _ controller: String, _ file: String) -> Int? {
        Int(text(path, controller, file).split(separator: "\n").first ?? "")
    }
    private func table(_ path: String, _ controller: String, _ file: String) -> [String: Int] {
        var table: [String: Int] = [:]
        for line in text(path, controller, file).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let value = Int(words[1]) { table[String(words[0])] = value }
        }
        return table
    }

    // MARK: Removing

    private static let removalAttempts = 100
    private static let removalPauseMicroseconds: UInt32 = 5_000

    /// Ends what still runs in it or below it, and removes it; harmless where there is none. False when something of it is left.
    @discardableResult
    public func remove(_ path: String) -> Bool {
        for attempt in 0..<Self.removalAttempts {
            var isLeft = false
            for directory in Set(layout.directories(path).values) where !Self.removeTree(directory) { isLeft = true }
            if !isLeft {
                removeElsewhere(path)
                return true
            }
            if attempt + 1 < Self.removalAttempts { usleep(Self.removalPauseMicroseconds) }
        }
        return false
    }
    /// Removes one in which there is nothing, and those above it that are empty then; harmless where there is something.
    public func removeEmpty(_ path: String) {
        var isEmpty = true
        for directory in Set(layout.directories(path).values) where !Self.removeEmptyTree(directory) { isEmpty = false }
        if isEmpty { removeElsewhere(path) }
        let above = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if isEmpty, !above.isEmpty { removeEmpty(above) }
    }
    /// Container runtimes make a pod's cgroup for every controller; of those where we set nothing it is empty by now.
    private func removeElsewhere(_ path: String) {
        for place in Self.places { _ = Self.removeEmptyTree(place + path) }
    }
    private static let places = CgroupLayout.places(mountInfo: KernelFile.text(of: "/proc/self/mountinfo"))
    private static func removeEmptyTree(_ directory: String) -> Bool {
        for name in SystemCall.names(in: directory) where SystemCall.isDirectory(directory + "/" + name) {
            guard removeEmptyTree(directory + "/" + name) else { return false }
        }
        return rmdir(directory) == 0 || errno == ENOENT
    }

    private static func removeTree(_ directory: String) -> Bool {
        guard SystemCall.isDirectory(directory) else { return true }
        for name in SystemCall.names(in: directory) where SystemCall.isDirectory(directory + "/" + name) {
            _ = removeTree(directory + "/" + name)
        }
        if rmdir(directory) == 0 || errno == ENOENT { return true }
        // Some of its processes live: they end, and the next attempt finds it empty.
        for word in words(directory + "/cgroup.procs") {
            if let process = pid_t(word), process > 1 { kill(process, SIGKILL) }
        }
        return false
    }
}

/// The cgroup of one container, as its supervisor needs it.
struct CgroupPlace: Codable, Sendable, Equatable {
    var path: String
    /// Its directories by controller; in version 2 the only one has no name.
    var directories: [String: String]

    init(_ tree: CgroupTree, _ path: String) {
        self.path = path
        directories = tree.layout.directories(path)
    }

    /// Open files through which a process enters it, by writing 0.
    func doors() throws(ContainerError) -> [Int32] {
        var doors: [Int32] = []
        for directory in Set(directories.values).sorted() {
            let path = directory + "/cgroup.procs"
            do { doors.append(try SystemCall.check("open \(path)") { open(path, O_WRONLY | O_CLOEXEC) }) } catch {
                for door in doors { close(door) }
                throw error
            }
        }
        return doors
    }
}
