import NIOCore
import Synchronization

/// Runs a connection's tasks on the thread that reads and writes it, so that a call that never waits costs no change of
/// threads, and what several calls answer at one time leaves together.
final class LoopExecutor: TaskExecutor {
    private struct Content {
        var jobs: [UnownedJob] = []
        var isScheduled = false
    }
    private let loop: any EventLoop
    private let content = Mutex(Content())
    /// Called on the loop after jobs have run.
    private let afterwards: @Sendable () -> Void
    /// After so many rounds others on the loop have their turn.
    private static let roundsAtOnce = 4

    init(_ loop: any EventLoop, afterwards: @escaping @Sendable () -> Void) {
        self.loop = loop
        self.afterwards = afterwards
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = content.withLock { content in
            content.jobs.append(job)
            defer { content.isScheduled = true }
            return !content.isScheduled
        }
        if isFirst { loop.execute { self.run() } }
    }

    private func run() {
        for _ in 0..<Self.roundsAtOnce {
            let jobs = content.withLock { content in
                defer { content.jobs = [] }
                content.isScheduled = !content.jobs.isEmpty
                return content.jobs
            }
            if jobs.isEmpty { return afterwards() }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        afterwards()
        loop.execute { self.run() }
    }
}
