import Basics
import Glibc

/// What the whole machine uses (proc(5)).
struct MachineUsage: Equatable, Sendable {
    var startedAt = Instant(secondsSince1970: 0)
    /// All processors', without what they were idle.
    var processorNanoseconds = 0
    var totalBytes = 0
    var availableBytes = 0
    var freeBytes = 0
    var processes = 0
    var maximumProcesses = 0

    var workingSetBytes: Int { max(0, totalBytes - availableBytes) }
    var usedBytes: Int { max(0, totalBytes - freeBytes) }

    static func read() -> MachineUsage {
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        return MachineUsage(
            stat: KernelFile.text(of: "/proc/stat"), memory: KernelFile.text(of: "/proc/meminfo"),
            load: KernelFile.text(of: "/proc/loadavg"), limit: KernelFile.text(of: "/proc/sys/kernel/pid_max"),
            ticksPerSecond: max(1, ticks))
    }

    init(stat: String, memory: String, load: String, limit: String, ticksPerSecond: Int) {
        for line in stat.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.first == "cpu" {
                // user, nice, system, idle, iowait, irq, softirq, steal; what guests use is in the first two.
                let times = fields.dropFirst().prefix(8).map { Int($0) ?? 0 }
                let busy = times.enumerated().reduce(0) { $1.offset == 3 || $1.offset == 4 ? $0 : $0 &+ $1.element }
                processorNanoseconds = busy &* (1_000_000_000 / ticksPerSecond)
            } else if fields.first == "btime", fields.count > 1 {
                startedAt = Instant(secondsSince1970: Int64(fields[1]) ?? 0)
            }
        }
        for line in memory.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, let kibibytes = Int(fields[1]) else { continue }
            switch fields[0] {
            case "MemTotal:": totalBytes = kibibytes &* 1024
            case "MemAvailable:": availableBytes = kibibytes &* 1024
            case "MemFree:": freeBytes = kibibytes &* 1024
            default: continue
            }
        }
        // Such as "0.20 0.18 0.12 1/80 11206": running and all threads.
        let threads = load.split(separator: " ").dropFirst(3).first?.split(separator: "/").last
        processes = threads.flatMap { Int($0) } ?? 0
        maximumProcesses = limit.split(separator: "\n").first.flatMap { Int($0) } ?? 0
    }
}
