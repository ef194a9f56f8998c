import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// Records problems as events on their Ingresses, beside the traffic.
final class ProblemTeller: Sendable {
    private let recorder: EventRecorder
    private let clock: any TimeSource
    private let current = Mutex<Set<IngressProblem>>([])
    private let hasChanged = Signal()

    init(_ api: any ClusterAPI, clock: any TimeSource) {
        recorder = EventRecorder(api, component: "ingress-controller", clock: clock)
        self.clock = clock
    }

    func found(_ problems: Set<IngressProblem>) {
        let isNews = current.withLock { current in
            defer { current = problems }
            return current != problems
        }
        if isNews { hasChanged.raise() }
    }

    /// Tells until the task is cancelled; `ingress` finds what a problem is of.
    func run(_ ingress: @escaping @Sendable (ObjectKey) -> Ingress?) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [recorder] in await recorder.run() }
            var news = ProblemNews()
            while !Task.isCancelled {
                await hasChanged.wait()
                // An Ingress is often made a moment before what it names.
                do { try await clock.sleep(for: Limits.problemPatience) } catch { break }
                for problem in news.found(current.withLock { $0 }) {
                    guard let ingress = ingress(problem.ingress) else { continue }
                    recorder.record(EventNote(ingress, .warning, problem.reason.rawValue, problem.message))
                }
            }
            tasks.cancelAll()
        }
    }
}
