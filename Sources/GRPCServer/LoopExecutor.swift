import NIOCore
import Synchronization

/// Runs a connection's tasks, and what others leave for it, on the thread that reads and writes it, so that a call that
/// never waits costs no change of threads, and what several calls answer at one time leaves together.
final class LoopExecutor: TaskExecutor {
    private struct Content {
        var jobs: [UnownedJob] = []
        var work: [@Sendable () -> Void] = []
        var isScheduled = false
    }
    private let loop: any EventLoop
    private let content = Mutex(Content())
    /// Called on the loop after work and jobs have been done.
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

    /// Does some work on the loop soon, from any thread.
    func post(_ work: @escaping @Sendable () -> Void) {
        let isFirst = content.withLock { content in
            content.work.append(work)
            defer { content.isScheduled = true }
            return !content.isScheduled
        }
        if isFirst { loop.execute { self.run() } }
    }

    private func run() {
        for _ in 0..<Self.roundsAtOnce {
            let (jobs, work) = content.withLock { content in
                defer {
                    content.jobs = []
                    content.work = []
                }
                content.isScheduled = !content.jobs.isEmpty || !content.work.isEmpty
                return (content.jobs, content.work)
            }
            if jobs.isEmpty, work.isEmpty { return afterwards() }
            for body in work { body() }
            // Who waits for an answer need not wait for what a thousand watches are told.
            if !work.isEmpty, !jobs.isEmpty { afterwards() }
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
        afterwards()
        loop.execute { self.run() }
    }
}
