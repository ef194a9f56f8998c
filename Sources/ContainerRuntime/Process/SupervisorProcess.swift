import CProcess
import Glibc
import Synchronization

/// A supervisor as our child: a session of its own, so that no signal to us reaches it.
struct SupervisorProcess: Sendable {
    let process: pid_t

    private struct Starts {
        var isOver = false
        var underWay = 0
        mutating func begin() -> Bool {
            if !isOver { underWay += 1 }
            return !isOver
        }
    }
    private static let starts = Mutex(Starts())

    /// Lets this process start no more; returns when those that were being started run, and so can be found.
    static func endStarts() {
        starts.withLock { $0.isOver = true }
        while starts.withLock({ $0.underWay > 0 }) { usleep(500) }
    }

    /// `report` becomes descriptor 3; its standard error goes to the file `errorLog`.
    static func start(_ arguments: [String], errorLog: String, report: Int32?) throws(ContainerError)
        -> SupervisorProcess
    {
        guard let program = arguments.first else { throw .refused("no supervisor program") }
        guard starts.withLock({ $0.begin() }) else { throw .refused("this process starts no more containers") }
        defer { starts.withLock { $0.underWay -= 1 } }
        var pointers = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let number = cprocess_start(program, pointers, nil, errorLog, report ?? -1, &process)
        guard number == 0 else { throw .system(call: "posix_spawn \(program)", number: number) }
        return SupervisorProcess(process: process)
    }

    static func pidfd(_ process: Int) -> Int32 { cprocess_pidfd_open(pid_t(clamping: process)) }

    /// Takes the ended child's status; an adopted one is not ours to take.
    @discardableResult
    func reap() -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            if errno != EINTR { return -1 }
        }
        return cprocess_exit_code(status)
    }
    func exitCode() async -> Int32 {
        let descriptor = Self.pidfd(Int(process))
        if descriptor >= 0 { await AsyncDescriptor(descriptor).becameReadable() }
        return reap()
    }
}
