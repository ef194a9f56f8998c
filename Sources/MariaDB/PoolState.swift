/// What the pool decides, as a value: which worker does which job, and when to say no.
struct PoolState<Job> {
    enum Submission: Equatable {
        /// Wake a worker that sleeps.
        case wake
        /// Start another worker.
        case start
        /// All work; the job waits.
        case wait
        case refuse
    }
    enum Turn {
        case run(Job)
        case sleep
        case end
    }

    let workerLimit: Int
    let queueLimit: Int
    private(set) var workers = 0
    private(set) var sleeping = 0
    private(set) var isClosed = false
    private var queue: [(id: Int, job: Job)] = []
    private var nextID = 0

    init(workerLimit: Int, queueLimit: Int) {
        self.workerLimit = workerLimit
        self.queueLimit = queueLimit
    }

    var queued: Int { queue.count }

    mutating func submitted(_ job: Job) -> (id: Int, Submission) {
        guard !isClosed, queue.count < queueLimit else { return (0, .refuse) }
        nextID += 1
        queue.append((nextID, job))
        if sleeping > 0 {
            sleeping -= 1
            return (nextID, .wake)
        }
        if workers < workerLimit {
            workers += 1
            return (nextID, .start)
        }
        return (nextID, .wait)
    }

    /// The one who asked no longer waits; nil if the job has been begun.
    mutating func withdrawn(_ id: Int) -> Job? {
        guard let index = queue.firstIndex(where: { $0.id == id }) else { return nil }
        return queue.remove(at: index).job
    }

    /// A worker has nothing to do.
    mutating func workerFree() -> Turn {
        if !queue.isEmpty { return .run(queue.removeFirst().job) }
        if isClosed {
            workers -= 1
            return .end
        }
        sleeping += 1
        return .sleep
    }

    /// No more jobs: those that wait are given back, and so many workers must be woken to end.
    mutating func closed() -> (jobs: [Job], wake: Int) {
        isClosed = true
        defer {
            queue = []
            sleeping = 0
        }
        return (queue.map(\.job), sleeping)
    }
}
