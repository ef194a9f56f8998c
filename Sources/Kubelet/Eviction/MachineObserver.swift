import Basics
import Glibc

/// Looks how much of everything the machine has left.
struct MachineObserver: Sendable {
    /// On the node's disk.
    let directory: String

    func observe() -> [EvictionSignal: EvictionObservation] {
        var observations: [EvictionSignal: EvictionObservation] = [:]
        observations[.memory] = Self.memory(KernelFile.text(of: "/proc/meminfo"))
        var disk = statvfs()
        if statvfs(directory, &disk) == 0 {
            let block = Int(clamping: disk.f_frsize)
            let space = EvictionObservation(
                available: Int(clamping: disk.f_bavail) * block, capacity: Int(clamping: disk.f_blocks) * block)
            (observations[.disk], observations[.imageDisk]) = (space, space)
            // Some file systems make inodes as they need them, and tell of none.
            if disk.f_files > 0 {
                let inodes = EvictionObservation(
                    available: Int(clamping: disk.f_favail), capacity: Int(clamping: disk.f_files))
                (observations[.inodes], observations[.imageInodes]) = (inodes, inodes)
            }
        }
        observations[.processes] = Self.processes(
            loads: KernelFile.text(of: "/proc/loadavg"), most: KernelFile.text(of: "/proc/sys/kernel/pid_max"),
            threads: KernelFile.text(of: "/proc/sys/kernel/threads-max"))
        return observations
    }

    /// Of /proc/meminfo what can be had without swapping, of all.
    static func memory(_ text: String) -> EvictionObservation? {
        var values: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, let kibibytes = Int(words[1]) { values[words[0]] = kibibytes }
        }
        guard let available = values["MemAvailable:"], let total = values["MemTotal:"] else { return nil }
        return EvictionObservation(available: available << 10, capacity: total << 10)
    }
    /// Of /proc/loadavg the number of all threads, such as the 80 of `0.20 0.18 0.12 1/80 11206`.
    static func processes(loads: String, most: String, threads: String) -> EvictionObservation? {
        func number(_ text: String) -> Int? { Int(text.split(separator: "\n").first ?? "") }
        let words = loads.split(separator: " ")
        guard words.count > 3, let used = words[3].split(separator: "/").last.flatMap({ Int($0) }),
            let most = number(most)
        else { return nil }
        let capacity = min(most, number(threads) ?? most)
        return EvictionObservation(available: capacity - used, capacity: capacity)
    }
}
