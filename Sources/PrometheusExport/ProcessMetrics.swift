import Basics
import CoreMetrics
import Foundation
import Instruments

/// The process as Prometheus' client libraries describe it, read from /proc (proc(5)) when the metrics are.
public struct ProcessMetrics: Sendable {
    private let processorSeconds: Meter
    private let residentBytes: Meter
    private let virtualBytes: Meter
    private let threads: Meter
    private let openFiles: Meter
    private let mostFiles: Meter
    private let start: Meter

    public static func sampled(by metrics: any MetricsFactory) -> Sampling {
        let process = ProcessMetrics(metrics)
        return metrics.sampled { process.sample() }
    }

    private init(_ metrics: any MetricsFactory) {
        // What the kernel counts is set, so the instrument is a meter where the family is a counter.
        processorSeconds = metrics.gauge(
            .counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds."))
        residentBytes = metrics.gauge(.gauge("process_resident_memory_bytes", "Resident memory size in bytes."))
        virtualBytes = metrics.gauge(.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes."))
        threads = metrics.gauge(.gauge("process_threads", "Number of OS threads in the process."))
        openFiles = metrics.gauge(.gauge("process_open_fds", "Number of open file descriptors."))
        mostFiles = metrics.gauge(.gauge("process_max_fds", "Maximum number of open file descriptors."))
        start = metrics.gauge(
            .gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds."))
    }

    private func sample() {
        let ticks = Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        let page = Double(max(sysconf(Int32(_SC_PAGESIZE)), 1))
        let stat = KernelFile.text(of: "/proc/self/stat")
        // The fields after the name, which may have spaces: state is the first of them.
        let fields = stat.lastIndex(of: ")").map { stat[stat.index(after: $0)...].split(separator: " ") } ?? []
        func field(_ number: Int) -> Double { number < fields.count ? Double(fields[number]) ?? 0 : 0 }
        processorSeconds.set((field(11) + field(12)) / ticks)
        residentBytes.set(field(21) * page)
        virtualBytes.set(field(20))
        threads.set(field(17))
        openFiles.set((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0)
        var files = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 { mostFiles.set(Double(files.rlim_cur)) }
        let boot = KernelFile.text(of: "/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        let booted = boot?.split(separator: " ").last.flatMap { Double($0) } ?? 0
        start.set(booted + field(19) / ticks)
    }
}
