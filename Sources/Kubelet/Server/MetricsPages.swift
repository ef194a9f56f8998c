import Basics
import ContainerRuntime
import Glibc
import HTTPMessages

extension KubeletServer {
    func metrics(_ page: KubeletRoute.Metrics) async -> Answer {
        let text =
            switch page {
            case .all: await metrics()
            case .resource: Self.resourcePage(await kubelet.resourceStats())
            case .cadvisor: Self.containerPage(await kubelet.resourceStats(), await labels(), MachineUsage.read())
            case .probes: kubelet.probeCounts.page
            }
        return Answer(
            status: 200, headers: [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
            body: .bytes(Array(text.utf8)))
    }

    /// `/metrics/resource`: what autoscalers and metrics servers read.
    static func resourcePage(_ stats: ResourceStats) -> String {
        var page = SeriesPage()
        let containers = stats.pods.flatMap { pod in pod.containers.map { (pod, $0) } }
        func container(_ entry: (ResourceStats.Pod, ResourceStats.Container)) -> [(String, String)] {
            [("container", entry.1.name), ("namespace", entry.0.namespace), ("pod", entry.0.name)]
        }
        page.family(
            "container_cpu_usage_seconds_total", .counter,
            "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
            containers.map { (container($0), .seconds($0.1.usage.processorNanoseconds), $0.1.usage.time) })
        page.family(
            "container_memory_working_set_bytes", .gauge, "[STABLE] Current working set of the container in bytes",
            containers.map { (container($0), .count($0.1.usage.workingSetBytes), $0.1.usage.time) })
        page.family(
            "container_start_time_seconds", .gauge, "[STABLE] Start time of the container since unix epoch in seconds",
            containers.map { (container($0), .seconds(Int($0.1.startedAt.nanoseconds)), nil) })
        page.family(
            "node_cpu_usage_seconds_total", .counter,
            "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
            [([], .seconds(stats.usage.processorNanoseconds), stats.usage.time)])
        page.family(
            "node_memory_working_set_bytes", .gauge, "[STABLE] Current working set of the node in bytes",
            [([], .count(stats.usage.workingSetBytes), stats.usage.time)])
        let pods = stats.pods.filter { !$0.containers.isEmpty }
        func pod(_ pod: ResourceStats.Pod) -> [(String, String)] { [("namespace", pod.namespace), ("pod", pod.name)] }
        page.family(
            "pod_cpu_usage_seconds_total", .counter,
            "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
            pods.map { entry in
                (
                    pod(entry), .seconds(entry.containers.reduce(0) { $0 + $1.usage.processorNanoseconds }),
                    stats.usage.time
                )
            })
        page.family(
            "pod_memory_working_set_bytes", .gauge, "[STABLE] Current working set of the pod in bytes",
            pods.map { entry in
                (pod(entry), .count(entry.containers.reduce(0) { $0 + $1.usage.workingSetBytes }), stats.usage.time)
            })
        page.family(
            "resource_scrape_error", .gauge,
            "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise", [([], .count(0), nil)])
        page.family(
            "scrape_error", .gauge,
            "[ALPHA] (Deprecated since 1.29.0) 1 if there was an error while getting container metrics, 0 otherwise",
            [([], .count(0), nil)])
        return page.text
    }

    /// Image and runtime's name by container.
    private func labels() async -> [String: RuntimeContainer] {
        let containers = (try? await context.runtime.listContainers()) ?? []
        return Dictionary(containers.map { ($0.id, $0) }) { first, _ in first }
    }

    /// `/metrics/cadvisor`: of cAdvisor's families those that are known here, under its names and labels.
    static func containerPage(
        _ stats: ResourceStats, _ known: [String: RuntimeContainer], _ machine: MachineUsage
    ) -> String {
        var page = SeriesPage()
        let containers = stats.pods.flatMap { pod in pod.containers.map { (pod, $0) } }
        func series(_ entry: (ResourceStats.Pod, ResourceStats.Container)) -> [(String, String)] {
            [
                ("container", entry.1.name), ("id", "/kubepods/pod\(entry.0.uid)/\(entry.1.id)"),
                ("image", known[entry.1.id]?.image ?? ""), ("name", entry.1.id), ("namespace", entry.0.namespace),
                ("pod", entry.0.name),
            ]
        }
        let root = [("container", ""), ("id", "/"), ("image", ""), ("name", ""), ("namespace", ""), ("pod", "")]
        var processor = containers.map { (series($0) + [("cpu", "total")], $0.1.usage) }
        processor.append((root + [("cpu", "total")], stats.usage))
        page.family(
            "container_cpu_usage_seconds_total", .counter, "Cumulative cpu time consumed in seconds.",
            processor.map { ($0.0, .seconds($0.1.processorNanoseconds), $0.1.time) })
        let memory = containers.map { (series($0), $0.1.usage) } + [(root, stats.usage)]
        for (name, help) in [
            (
                "container_memory_usage_bytes",
                "Current memory usage in bytes, including all memory regardless of when it was accessed"
            ),
            ("container_memory_working_set_bytes", "Current working set in bytes."),
        ] {
            page.family(name, .gauge, help, memory.map { ($0.0, .count($0.1.workingSetBytes), $0.1.time) })
        }
        page.family(
            "container_last_seen", .gauge, "Last time a container was seen by the exporter",
            memory.map { ($0.0, .count(Int($0.1.time.secondsSince1970)), $0.1.time) })
        page.family(
            "container_start_time_seconds", .gauge, "Start time of the container since unix epoch in seconds.",
            containers.map { (series($0), .count(Int($0.1.startedAt.secondsSince1970)), $0.1.usage.time) })
        page.family(
            "machine_cpu_cores", .gauge, "Number of logical CPU cores.",
            [([], .count(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))), stats.usage.time)])
        page.family(
            "machine_memory_bytes", .gauge, "Amount of memory installed on the machine.",
            [([], .count(machine.totalBytes), stats.usage.time)])
        return page.text
    }
}

/// A page of Prometheus' text format 0.0.4 of figures that are not kept, with the times at which they were taken.
struct SeriesPage {
    enum Kind: String { case counter, gauge }
    enum Value {
        case count(Int)
        /// Of nanoseconds.
        case seconds(Int)

        var text: String {
            switch self {
            case .count(let number): String(number)
            case .seconds(let nanoseconds): "\(Double(nanoseconds) / 1e9)"
            }
        }
    }
    private(set) var text = ""

    /// A family without series is left out.
    mutating func family(
        _ name: String, _ kind: Kind, _ help: String, _ series: [([(String, String)], Value, Instant?)]
    ) {
        guard !series.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value, time) in series {
            let list = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            text += name + (list.isEmpty ? "" : "{\(list)}") + " \(value.text)"
            text += time.map { " \($0.nanoseconds / 1_000_000)\n" } ?? "\n"
        }
    }
    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
