import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// A pod that wants other resources than the node agreed to give it.
struct ResizeCandidate: Sendable {
    var pod: Pod
    /// As the node agreed to it.
    var allocated: Pod
    /// Since when it waits; nil when nobody looked yet.
    var waitsSince: Instant?

    /// Whether it asks for more than it was given.
    var asksForMore: Bool {
        let (now, before) = (Self.requests(pod), Self.requests(allocated))
        return ["cpu", "memory"].contains { now[$0] ?? .zero > before[$0] ?? .zero }
    }
    private static func requests(_ pod: Pod) -> ResourceAmounts {
        ResourcePolicy.amounts(pod.json["spec"] ?? .object).requests
    }

    /// Who asks for no more comes first, then by priority, then guaranteed pods, then who waits longest (pkg/kubelet/allocation).
    static func inOrder(_ candidates: [ResizeCandidate]) -> [ResizeCandidate] {
        func rank(_ candidate: ResizeCandidate) -> (Int, Int, Int, Int64) {
            (
                candidate.asksForMore ? 1 : 0, -(candidate.pod.spec.priority ?? 0),
                QoSClass(candidate.pod) == .guaranteed ? 0 : 1, candidate.waitsSince?.nanoseconds ?? Int64.max
            )
        }
        return candidates.sorted { rank($0) < rank($1) }
    }
}

extension NodeAgent {
    /// How often it is looked whether what waits fits by now, besides whenever something gets smaller or goes.
    private static let resizePeriod = Duration.seconds(180)

    func retryResizes() async {
        while (try? await clock.sleep(for: Self.resizePeriod)) != nil { await decideResizes() }
    }

    /// Agrees to what pods want as far as the node has it, or says why not.
    func decideResizes() async {
        guard resizes.begin() else { return }
        repeat {
            var candidates: [(ResizeCandidate, PodWorker)] = []
            for worker in workers.values where await worker.wantsResize {
                candidates.append(
                    (
                        ResizeCandidate(
                            pod: await worker.pod, allocated: await worker.allocatedPod,
                            waitsSince: await worker.resizePending?.since), worker
                    ))
            }
            let workers = Dictionary(candidates.map { ($0.0.pod.uid, $0.1) }, uniquingKeysWith: { first, _ in first })
            var waiting = 0
            for candidate in ResizeCandidate.inOrder(candidates.map(\.0)) {
                guard let worker = workers[candidate.pod.uid] else { continue }
                if await !decideResize(candidate.pod, worker) { waiting += 1 }
            }
            resizes.waiting = waiting
        } while resizes.end()
    }

    /// True when the node agrees.
    private func decideResize(_ pod: Pod, _ worker: PodWorker) async -> Bool {
        let generation = pod.metadata.generation ?? 0
        guard let refusal = await admission(besides: pod.uid).refusal(pod) else {
            context.events.record(
                pod.reference(), isWarning: false, reason: "ResizeStarted",
                message: ResizeEvent.message("Pod resize started", pod, generation))
            await worker.happened(.resizeAllocated(PodAllocation(pod), generation: generation))
            return true
        }
        let pending = ResizeState.Pending(
            reason: "Deferred", message: refusal.message, generation: generation, since: clock.now)
        let before = await worker.resizePending
        if before?.reason != pending.reason || before?.generation != generation {
            context.events.record(
                pod.reference(), isWarning: true, reason: "ResizeDeferred",
                message: ResizeEvent.message("Pod resize Deferred", pod, generation, error: refusal.message))
        }
        if before?.message != pending.message || before?.generation != generation {
            await worker.happened(.resizePending(pending))
        }
        return false
    }
}

/// One round of decisions at a time: what comes during one is looked at in the next.
struct ResizeRounds: Sendable {
    private var isUnderWay = false
    private var isWanted = false
    /// How many pods wait for the node to have more.
    var waiting = 0

    /// False when another round is under way, which will be followed by one more.
    mutating func begin() -> Bool {
        if isUnderWay {
            isWanted = true
            return false
        }
        isUnderWay = true
        return true
    }
    /// True when there is to be one more.
    mutating func end() -> Bool {
        defer { isWanted = false }
        isUnderWay = isWanted
        return isWanted
    }
}
