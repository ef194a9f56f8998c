import Basics
import ContainerRuntime

/// Counts what a node and its containers use, when somebody asks.
actor StatsSampler {
    /// Who asks sooner gets the last count again.
    static let shortestPause = Duration.seconds(1)
    /// A rate over less would be chance.
    static let shortestWindow = Duration.seconds(5)

    private let node: String
    private let runtime: any RuntimeService
    private let clock: any TimeSource
    private let machine: @Sendable () -> MachineUsage
    private var history = UsageHistory()
    private var last: ResourceStats?
    /// A count that is under way; whoever asks meanwhile waits for it.
    private var counting: Task<ResourceStats, Never>?

    init(
        node: String, runtime: any RuntimeService, clock: any TimeSource,
        machine: @escaping @Sendable () -> MachineUsage = { .read() }
    ) {
        self.node = node
        self.runtime = runtime
        self.clock = clock
        self.machine = machine
    }

    func stats() async -> ResourceStats {
        if let last, clock.now - last.usage.time < Self.shortestPause { return last }
        if let counting { return await counting.value }
        let task = Task { await count() }
        counting = task
        let stats = await task.value
        counting = nil
        return stats
    }

    private func count() async -> ResourceStats {
        let sandboxes = ((try? await runtime.listPodSandbox()) ?? []).filter(\.isReady)
        let containers = ((try? await runtime.listContainers()) ?? []).filter { $0.state == .running }
        let used = (runtime.information.can(.stats) ? try? await runtime.stats() : nil) ?? []
        let now = clock.now
        let machine = machine()
        history.begin()
        let total = history.usage(
            of: "", now, processorNanoseconds: machine.processorNanoseconds, workingSetBytes: machine.workingSetBytes)
        let byID = Dictionary(used.map { ($0.id, $0) }) { first, _ in first }
        let bySandbox = Dictionary(grouping: containers, by: \.sandbox)
        let pods = sandboxes.map { sandbox in
            let running = (bySandbox[sandbox.id] ?? []).compactMap { container -> ResourceStats.Container? in
                guard let used = byID[container.id] else { return nil }
                return ResourceStats.Container(
                    name: container.name, id: container.id, startedAt: container.startedAt ?? container.createdAt,
                    usage: history.usage(
                        of: container.id, now, processorNanoseconds: used.processorNanoseconds,
                        workingSetBytes: used.residentBytes))
            }
            return ResourceStats.Pod(
                namespace: sandbox.configuration.namespace, name: sandbox.configuration.name,
                uid: sandbox.configuration.uid, startedAt: sandbox.createdAt,
                containers: running.sorted { $0.name < $1.name })
        }
        history.end()
        let stats = ResourceStats(
            node: node, startedAt: machine.startedAt, usage: total,
            pods: pods.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) })
        last = stats
        return stats
    }
}

/// What was counted earlier, by id: makes rates of counters. A value; what is not counted again is forgotten.
struct UsageHistory {
    private struct Entry {
        var time: Instant
        var nanoseconds: Int
        /// The rate that this count was given.
        var rate: ResourceStats.Rate?
        /// What the next counts are compared to: the newest that is a window away.
        var base: (time: Instant, nanoseconds: Int)
    }
    private var entries: [String: Entry] = [:]
    private var seen: Set<String> = []

    mutating func begin() { seen.removeAll(keepingCapacity: true) }
    mutating func end() { entries = entries.filter { seen.contains($0.key) } }

    mutating func usage(
        of id: String, _ now: Instant, processorNanoseconds: Int, workingSetBytes: Int
    ) -> ResourceStats.Usage {
        seen.insert(id)
        var entry =
            entries[id] ?? Entry(time: now, nanoseconds: processorNanoseconds, base: (now, processorNanoseconds))
        // A counter that went back is another process'.
        if processorNanoseconds < entry.nanoseconds {
            entry = Entry(time: now, nanoseconds: processorNanoseconds, base: (now, processorNanoseconds))
        }
        if entry.time - entry.base.time >= StatsSampler.shortestWindow { entry.base = (entry.time, entry.nanoseconds) }
        let window = now - entry.base.time
        if window >= StatsSampler.shortestWindow {
            let nanocores = Double(processorNanoseconds - entry.base.nanoseconds) / (window / .seconds(1))
            entry.rate = ResourceStats.Rate(nanocores: Int(nanocores), window: window)
        }
        entry.time = now
        entry.nanoseconds = processorNanoseconds
        entries[id] = entry
        return ResourceStats.Usage(
            time: now, processorNanoseconds: processorNanoseconds, workingSetBytes: workingSetBytes, rate: entry.rate)
    }
}
