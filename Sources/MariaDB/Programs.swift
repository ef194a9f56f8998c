import Basics
import CProcess
import Foundation

/// Programs and processes of this machine.
enum Programs {
    /// A program's path, in PATH or where distributions put servers.
    static func find(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let places = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin", "/usr/bin"]
        return places.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static var userName: String {
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "root" }
        return String(cString: name)
    }

    /// Starts a program as our child, which inherits nothing of ours that is open and is in a session of its own. Its output
    /// goes to the file `output`, or nowhere.
    static func start(_ program: String, _ arguments: [String], output: String? = nil) throws -> pid_t {
        var pointers = ([program] + arguments).map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        let number = cprocess_start(program, pointers, output, output, -1, &process)
        guard number == 0 else {
            throw PrivateServer.Failure(
                description: "\(program) cannot be started: \(String(cString: strerror(number)))")
        }
        return process
    }

    /// Runs a program to its end, its output in a file; its exit status. When the task is cancelled it is asked to end.
    static func run(_ program: String, _ arguments: [String], output: String) async throws -> Int32 {
        let process = try start(program, arguments, output: output)
        var status: Int32 = 0
        var isAsked = false
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { return cprocess_exit_code(status) }
            guard ended == 0 || errno == EINTR else {
                throw PrivateServer.Failure(description: "the end of \(program) is not known")
            }
            if Task.isCancelled, !isAsked {
                // The session's other processes, too.
                kill(-process, SIGTERM)
                isAsked = true
            }
            await uncancelled { try? await Task.sleep(for: .milliseconds(10)) }
        }
    }

    /// Whether a process is there and not just a name that waits for its parent; a child that has ended is let go.
    static func isRunning(_ pid: pid_t) -> Bool {
        guard pid > 0, waitpid(pid, nil, WNOHANG) != pid, kill(pid, 0) == 0 || errno == EPERM else { return false }
        let text = KernelFile.text(of: "/proc/\(pid)/stat")
        guard let end = text.lastIndex(of: ")") else { return false }
        return text[end...].dropFirst(2).first != "Z"
    }

    /// Asks a process to end and waits; ends it by force when the grace is over.
    static func end(_ pid: pid_t, graceSeconds: Int) async {
        kill(pid, SIGTERM)
        let deadline = ContinuousClock.now + .seconds(graceSeconds)
        while isRunning(pid) {
            if ContinuousClock.now > deadline { kill(pid, SIGKILL) }
            await uncancelled { try? await Task.sleep(for: .milliseconds(10)) }
        }
    }

    /// Runs without being cut short: a server must be waited for also when we were told to stop.
    private static func uncancelled(_ body: @escaping @Sendable () async -> Void) async {
        await Task.detached(operation: body).value
    }
}

/// Unix sockets, as far as one must know whether somebody listens.
enum UnixSocket {
    static func accepts(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
