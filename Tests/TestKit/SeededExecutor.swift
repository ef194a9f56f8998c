import Basics
import Glibc

/// Runs tasks one job at a time on a thread of its own, in an order that a seed chooses: a simulation whose clock is handed
/// in and moves only when nothing is ready is then the same each time.
///
/// Swift's concurrency runtime asks a hook before it gives a job to its pool (for platforms without one); the hook
/// keeps what is begun or resumed on such a thread there, and lets everything else pass. What would leave the thread all the
/// same must not be used: `Task.sleep`, `Task.yield` (which asks nobody), and threads.
public final class SeededExecutor {
    /// What came of a run.
    public struct Outcome: Sendable, Equatable {
        public var jobs = 0
        /// Of the order in which jobs ran: equal for runs that were the same.
        public var fingerprint = FNV1a.hash64([])
        /// Nothing was ready, no time could pass, and the body was not done.
        public var isStuck = false
        /// More jobs ran than may.
        public var isEndless = false
        public init() {}
    }
    private var ready: [UnownedJob] = []
    private var dice: SplitMix64
    private var outcome = Outcome()

    private init(seed: UInt64) { dice = SplitMix64(seed: seed) }

    /// Runs `body` and all that it begins on a new thread. When nothing is ready, `idle` lets time pass and says whether
    /// there was any.
    public static func run(
        seed: UInt64, mostJobs: Int = 50_000_000, idle: @escaping @Sendable () -> Bool,
        _ body: @escaping @Sendable () async -> Void
    ) async -> Outcome {
        await withCheckedContinuation { continuation in
            Work {
                let outcome = SeededExecutor(seed: seed).run(mostJobs, idle, body)
                continuation.resume(returning: outcome)
            }.start()
        }
    }

    private func run(
        _ mostJobs: Int, _ idle: () -> Bool, _ body: @escaping @Sendable () async -> Void
    ) -> Outcome {
        Hook.isInstalled
        pthread_setspecific(Hook.key, Unmanaged.passUnretained(self).toOpaque())
        // What is resumed after this is the pool's again.
        defer { pthread_setspecific(Hook.key, nil) }
        let end = Box(false)
        Task {
            await body()
            end.value = true
        }
        while !end.value || !ready.isEmpty {
            if ready.isEmpty, !idle() {
                outcome.isStuck = true
                break
            }
            if outcome.jobs >= mostJobs {
                outcome.isEndless = true
                break
            }
            runOne()
        }
        return outcome
    }

    private func runOne() {
        guard !ready.isEmpty else { return }
        let place = dice.below(ready.count)
        ready.swapAt(place, ready.count - 1)
        outcome.jobs += 1
        outcome.fingerprint = FNV1a.hash64(CollectionOfOne(UInt8(truncatingIfNeeded: place)), from: outcome.fingerprint)
        ready.removeLast().runSynchronously(on: Hook.generic)
    }

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }

        /// Decoding deep objects needs more than a small thread's stack in a build for tests.
        private static let stackBytes = 16 << 20

        func start() {
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            pthread_attr_setstacksize(&attributes, Self.stackBytes)
            var thread = pthread_t()
            let code = pthread_create(
                &thread, &attributes,
                { argument in
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                }, Unmanaged.passRetained(self).toOpaque())
            pthread_attr_destroy(&attributes)
            precondition(code == 0, "there is no thread for a simulation")
            pthread_detach(thread)
        }
    }

    /// The runtime's hook, the same for the whole process.
    private enum Hook {
        typealias Original = @convention(thin) (UnownedJob) -> Void
        typealias Function = @convention(thin) (UnownedJob, Original) -> Void

        /// Under it each such thread has its executor.
        static let key: pthread_key_t = {
            var key = pthread_key_t()
            pthread_key_create(&key, nil)
            return key
        }()
        /// No executor in particular, as in the runtime: a pair of null pointers. Tasks may enter free actors from there.
        static let generic = unsafeBitCast((UInt(0), UInt(0)), to: UnownedSerialExecutor.self)

        static let isInstalled: Void = {
            let program = dlopen(nil, RTLD_LAZY)
            guard let place = dlsym(program, "swift_task_enqueueGlobal_hook") else {
                preconditionFailure("this Swift runtime has no hook for its jobs")
            }
            place.assumingMemoryBound(to: Function?.self).pointee = { job, original in
                guard let executor = pthread_getspecific(Hook.key) else { return original(job) }
                Unmanaged<SeededExecutor>.fromOpaque(executor).takeUnretainedValue().ready.append(job)
            }
            // Sets and dictionaries that are made from now on have an order that does not depend on where they are in
            // memory: a flag behind the two words of the process' seed, which stay what they are. So runs in one process
            // are alike; with SWIFT_DETERMINISTIC_HASHING=1 in the environment runs in different ones are, too.
            if let parameters = dlsym(program, "_swift_stdlib_Hashing_parameters") {
                parameters.storeBytes(of: true, toByteOffset: 16, as: Bool.self)
            }
        }()
    }
}
