import Basics
import ControlLoops
import KubeAPI

/// How long the pods from a priority on have to end when their node shuts down (the kubelet's
/// shutdownGracePeriodByPodPriority).
public struct ShutdownGracePeriod: Sendable, Equatable {
    public var priority: Int
    public var seconds: Int
    public init(priority: Int, seconds: Int) {
        self.priority = priority
        self.seconds = seconds
    }

    /// From which priority on pods are critical (scheduling.SystemCriticalPriority).
    public static let criticalPriority = 2_000_000_000

    /// `shutdownGracePeriod` and `shutdownGracePeriodCriticalPods`, which is the last part of it; empty when there is none.
    public static func all(totalSeconds: Int, criticalSeconds: Int) -> [ShutdownGracePeriod] {
        guard totalSeconds > 0 else { return [] }
        return [
            ShutdownGracePeriod(priority: 0, seconds: max(0, totalSeconds - criticalSeconds)),
            ShutdownGracePeriod(priority: criticalPriority, seconds: min(criticalSeconds, totalSeconds)),
        ]
    }

    /// Which of these, in rising order, a priority belongs to: the highest that it reaches, else the lowest.
    static func place(of priority: Int, in periods: [ShutdownGracePeriod]) -> Int {
        periods.lastIndex { $0.priority <= priority } ?? 0
    }
}

extension NodeAgent {
    /// How often it is looked whether pods have ended.
    private static let shutdownPeriod = Duration.milliseconds(50)

    /// Ends all pods, those of low priority first, each with its own grace but at most its priority's; they are Failed, and
    /// no further one is taken. Call it while `run` goes on. Does nothing where no such periods are configured.
    public func shutDown() async {
        let periods = configuration.shutdownGracePeriods.sorted { $0.priority < $1.priority }
        guard !periods.isEmpty, isRunning, !context.pressures.isShuttingDown else { return }
        logger.info("The node shuts down", metadata: ["node": "\(configuration.nodeName)"])
        context.pressures.shutDown()
        var groups = periods.map { _ in [PodWorker]() }
        for worker in workers.values {
            let pod = await worker.pod
            guard !pod.isTerminal else { continue }
            groups[ShutdownGracePeriod.place(of: pod.spec.priority ?? 0, in: periods)].append(worker)
        }
        for (period, group) in zip(periods, groups) where !group.isEmpty {
            for worker in group {
                let own = await worker.pod.spec.terminationGracePeriodSeconds ?? 30
                await worker.happened(.nodeShutsDown(graceSeconds: min(own, period.seconds)))
            }
            // A little more, for the last status to be written.
            let deadline = clock.now + .seconds(period.seconds + 5)
            while clock.now < deadline, await hasSomethingLeft(of: group) {
                guard (try? await clock.sleep(for: Self.shutdownPeriod)) != nil else { return }
            }
        }
    }

    private func hasSomethingLeft(of group: [PodWorker]) async -> Bool {
        for worker in group where await !worker.isOver { return true }
        return false
    }

    /// Stops every pod of this node with its own grace, at most `maximumGrace`; their objects stay, and the next kubelet
    /// starts them again. For a process that ends in order; cancel `run` after.
    public func stopAllPods(maximumGrace: Duration = .seconds(25)) async {
        isStopping = true
        let limit = Int(maximumGrace.components.seconds)
        await withTaskGroup(of: Void.self) { group in
            for worker in workers.values { group.addTask { await worker.stopContainers(maximumGraceSeconds: limit) } }
        }
        configuration.cgroups?.removeEmpty(configuration.cgroupRoot)
    }
}
