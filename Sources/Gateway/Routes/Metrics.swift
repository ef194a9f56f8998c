import Foundation
import HTTPMessages

extension Site {
    /// Prometheus' text form: what every part counts, and the process itself.
    func metrics() async -> Answer {
        var text = ProcessMetrics.text()
        for source in parts.metrics { text += await source() }
        return Answer(
            status: 200, headers: [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
            body: .bytes(Array(text.utf8)))
    }
}

/// The process as Prometheus' client libraries describe it.
enum ProcessMetrics {
    static func text() -> String {
        let ticks = Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        let page = Int(max(sysconf(Int32(_SC_PAGESIZE)), 1))
        // The fields after the name, which may have spaces: state is the first of them (proc(5)).
        let stat = contents("/proc/self/stat")
        let fields = stat.lastIndex(of: ")").map { stat[stat.index(after: $0)...].split(separator: " ") } ?? []
        func field(_ number: Int) -> Double { number < fields.count ? Double(fields[number]) ?? 0 : 0 }
        var lines = Lines()
        lines.add("process_cpu_seconds_total", "counter", (field(11) + field(12)) / ticks)
        lines.add("process_resident_memory_bytes", "gauge", field(21) * Double(page))
        lines.add("process_virtual_memory_bytes", "gauge", field(20))
        lines.add("process_threads", "gauge", field(17))
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        lines.add("process_open_fds", "gauge", Double(open))
        let boot = contents("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        let booted = boot?.split(separator: " ").last.flatMap { Double($0) } ?? 0
        lines.add("process_start_time_seconds", "gauge", booted + field(19) / ticks)
        return lines.text
    }

    private static func contents(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private struct Lines {
        var text = ""
        mutating func add(_ name: String, _ type: String, _ value: Double) {
            let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
            text += "# TYPE \(name) \(type)\n\(name) \(number)\n"
        }
    }
}
