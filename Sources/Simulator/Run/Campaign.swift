import Synchronization

/// Runs many seeds on several threads and finds the first that goes wrong.
public struct Campaign: Sendable {
    public struct Result: Sendable {
        public var seedsRun = 0
        public var events = 0
        public var calls = 0
        public var undecided: [UInt64] = []
        /// The report of the smallest seed that went wrong, without lines.
        public var failure: Simulation.Report?
    }

    public var simulation: Simulation
    public var seeds: ClosedRange<UInt64>
    public var jobs: Int
    /// Told now and then how many seeds are done.
    public var progress: @Sendable (Int) -> Void
    /// Told which seed a job begins, so that somebody knows if the process dies of it.
    public var begins: @Sendable (_ job: Int, _ seed: UInt64) -> Void

    public init(
        _ simulation: Simulation, seeds: ClosedRange<UInt64>, jobs: Int = 1,
        progress: @escaping @Sendable (Int) -> Void = { _ in },
        begins: @escaping @Sendable (Int, UInt64) -> Void = { _, _ in }
    ) {
        self.simulation = simulation
        self.seeds = seeds
        self.jobs = jobs
        self.progress = progress
        self.begins = begins
    }

    /// What the jobs share.
    private final class Board: Sendable {
        struct State: Sendable {
            var next: UInt64?
            var result = Result()
        }
        let state: Mutex<State>
        init(_ first: UInt64) { state = Mutex(State(next: first)) }
    }

    public func run() async -> Result {
        let board = Board(seeds.lowerBound)
        await withTaskGroup(of: Void.self) { group in
            for job in 0..<max(1, jobs) { group.addTask { work(job, board) } }
        }
        return board.state.withLock { state in
            state.result.undecided.sort()
            return state.result
        }
    }

    private func work(_ job: Int, _ board: Board) {
        while true {
            let seed: UInt64? = board.state.withLock { state in
                // Seeds after one that went wrong need not be looked at.
                guard let next = state.next, next < state.result.failure?.plan.seed ?? .max else { return nil }
                state.next = next < seeds.upperBound ? next + 1 : nil
                return next
            }
            guard let seed, !Task.isCancelled else { return }
            begins(job, seed)
            let report = simulation.run(seed: seed)
            let done = board.state.withLock { state in
                state.result.seedsRun += 1
                state.result.events += report.events
                state.result.calls += report.calls
                if report.isUndecided { state.result.undecided.append(seed) }
                if report.violation != nil, seed < state.result.failure?.plan.seed ?? .max {
                    state.result.failure = report
                }
                return state.result.seedsRun
            }
            if done % 100 == 0 { progress(done) }
        }
    }
}
