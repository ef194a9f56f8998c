import Basics
import CProcess
import FoundationEssentials
import Glibc

/// The process beside each container: it starts the program, holds its pipes, writes its log, carries exec and attach
/// over the socket `control`, and leaves the exit code in `status.json`. It has one thread (after unsharing process
/// ids there can be no other) and survives its parent.
public enum ContainerSupervisor {
    /// `arguments` is the container's directory, or `--probe DIRECTORY`, which ends with 0 if containers can have their own
    /// root here. Descriptor 3 is a pipe that gets one `SupervisorMessage`: `exited(0)` when the program runs, or `failed`.
    public static func main(arguments: [String]) -> Never {
        if arguments.count == 2, arguments[0] == "--probe" { exit(probe(arguments[1])) }
        if arguments.count == 2, arguments[0] == holdArgument { exit(hold(arguments[1])) }
        guard arguments.count == 1 else {
            printError("usage: container-supervisor DIRECTORY")
            exit(2)
        }
        let report: Int32 = 3
        _ = fcntl(report, F_SETFD, FD_CLOEXEC)
        do {
            let loop = try SupervisorLoop(directory: arguments[0])
            try loop.start()
            tell(report, .exited(code: 0))
            loop.run()
            exit(0)
        } catch let failure as Child.Failure {
            tell(report, .failed(code: failure.code, why: failure.why))
        } catch {
            tell(report, .failed(code: 128, why: "\(error)"))
        }
        exit(1)
    }

    private static func printError(_ sentence: String) {
        _ = try? SystemCall.write(STDERR_FILENO, Array((sentence + "\n").utf8)[...])
    }
    private static func tell(_ report: Int32, _ message: SupervisorMessage) {
        _ = try? SystemCall.write(report, message.bytes[...])
        close(report)
    }

    static let holdArgument = "--hold-processes"

    /// Starts a process that holds a process namespace, tells its number on descriptor 3, and ends without it.
    private static func hold(_ directory: String) -> Int32 {
        let process = cprocess_hold_processes(directory)
        guard process > 0 else { return 1 }
        tell(3, .exited(code: process))
        return 0
    }

    /// Tries the whole way into a container's root, in namespaces that end with this process.
    private static func probe(_ directory: String) -> Int32 {
        var configuration = ContainerConfiguration(name: "probe", image: "")
        configuration.command = ["/bin/true"]
        do {
            let base = try BaseImage.make(directory + "/" + ContainerFile.base, etcetera: [])
            let record = ContainerRecord(
                id: "probe", sandbox: "", configuration: configuration, createdAt: SystemClock().now,
                imageReference: "", arguments: ["/bin/true"], environment: [], workingDirectory: "/",
                stopSignal: SIGTERM, logPath: "", isolation: .full, identityDirectory: directory, hostname: "probe",
                hiddenPaths: [], base: base.directory, mounts: [])
            try ContainerRoot(record: record, directory: directory).enter()
            let child = try Child.start(
                record.arguments, record: record, doors: [], hasInput: false, hasTerminal: false, isFirst: true)
            var status: Int32 = 0
            while waitpid(child.process, &status, 0) < 0 && errno == EINTR {}
            return cprocess_exit_code(status)
        } catch let failure as Child.Failure {
            printError(failure.why)
        } catch {
            printError("\(error)")
        }
        return 1
    }
}

/// The supervisor's one loop over poll(2).
final class SupervisorLoop {
    /// Output that an attached client has not taken; one that falls further behind is cut off, the container is not.
    static let maximumBacklog = 4 << 20
    static let maximumSessions = 256
    /// How long streams may stay open after the container's first process has ended.
    static let drainMilliseconds: Int64 = 2_000

    let directory: String
    var record: ContainerRecord
    var outcome: ContainerOutcome
    var child = Child(process: 0)
    var sessions: [SupervisorSession] = []
    /// Input for the container that its pipe has not taken.
    var pendingInput: [UInt8] = []
    var inputEnds = false

    private var log: LogFile?
    private var outputLines = LogLines(stream: "stdout")
    private var errorLines = LogLines(stream: "stderr")
    private var signals: Int32 = -1
    private var listener: Int32 = -1
    private var deadline: Instant?
    private var hasEnded = false
    /// The host's view of processes.
    private var proc: Int32 = -1
    /// Into the container's cgroup.
    private(set) var doors: [Int32] = []

    init(directory: String) throws(ContainerError) {
        self.directory = directory
        guard let record = StateFile.read(ContainerRecord.self, directory + "/" + ContainerFile.record) else {
            throw .refused("no readable \(ContainerFile.record) in \(directory)")
        }
        self.record = record
        let own = Int(getpid())
        outcome = ContainerOutcome(supervisor: own, supervisorStart: SystemCall.processStart(own)?.ticks ?? 0)
        // From here on all names are relative, so that they work whatever the container's mounts hide.
        try SystemCall.check("chdir \(directory)") { chdir(directory) }
    }

    func start() throws {
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGHUP, SIGINT, SIGTERM, SIGQUIT] { signal(number, SIG_IGN) }
        _ = cprocess_become_subreaper()
        if !record.logPath.isEmpty { log = try LogFile(path: record.logPath) }
        listener = try Self.listen()
        signals = try Self.childSignals()
        // The host's view of processes, for after our /proc has become the container's.
        proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // The way into the cgroup, too, is out of sight later.
        doors = try record.cgroup?.doors() ?? []
        if let network = record.networkNamespace {
            let number = cprocess_enter_network(network)
            guard number == 0 else { throw ContainerError.system(call: "setns \(network)", number: number) }
        }
        if record.isolation == .sharedProcesses {
            guard let holder = record.processHolder, holder.lives else {
                throw ContainerError.refused("the container whose processes are to be shared has ended")
            }
            let number = cprocess_join_processes(pid_t(holder.process))
            if number != 0 { throw ContainerError.system(call: "setns", number: number) }
        }
        if record.isolation != .none {
            let here = try SystemCall.check("open .") { open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            defer { close(here) }
            try ContainerRoot(record: record, directory: directory).enter()
            // Out of the container's sight again, where the state is.
            try SystemCall.check("fchdir") { fchdir(here) }
        }
        child = try Child.start(
            record.arguments, record: record, doors: doors, hasInput: record.configuration.hasStandardInput,
            hasTerminal: record.configuration.hasTerminal, isFirst: true)
        outcome.process = Int(child.process)
        outcome.startedAt = SystemClock().now
        outcome.processStart = SystemCall.processStart(Int(child.process), proc: proc)?.ticks
        try StateFile.write(outcome, ContainerFile.outcome)
    }

    private static func listen() throws(ContainerError) -> Int32 {
        unlink(ContainerFile.control)
        let socket = try SystemCall.check("socket") {
            Glibc.socket(
                AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        }
        var address = UnixSocket.address(ContainerFile.control)
        try SystemCall.check("bind") {
            UnixSocket.withAddress(&address) { Glibc.bind(socket, $0, $1) }
        }
        chmod(ContainerFile.control, 0o600)
        try SystemCall.check("listen") { Glibc.listen(socket, 64) }
        return socket
    }
    private static func childSignals() throws(ContainerError) -> Int32 {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGCHLD)
        sigprocmask(SIG_BLOCK, &set, nil)
        return try SystemCall.check("signalfd") { signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)) }
    }

    // MARK: The loop

    func run() {
        while !isOver {
            var interests: [pollfd] = []
            func want(_ descriptor: Int32, _ events: Int32) {
                if descriptor >= 0 { interests.append(pollfd(fd: descriptor, events: Int16(events), revents: 0)) }
            }
            want(signals, POLLIN)
            if sessions.count < Self.maximumSessions { want(listener, POLLIN) }
            if child.terminal >= 0 {
                want(child.terminal, pendingInput.isEmpty ? POLLIN : POLLIN | POLLOUT)
            } else {
                want(child.output, POLLIN)
                want(child.errorOutput, POLLIN)
                if !pendingInput.isEmpty { want(child.input, POLLOUT) }
            }
            for session in sessions { session.addInterests(want) }
            let ready = poll(&interests, nfds_t(interests.count), pollMilliseconds)
            if ready > 0 {
                var events: [Int32: Int32] = [:]
                for interest in interests where interest.revents != 0 {
                    events[interest.fd, default: 0] |= Int32(interest.revents)
                }
                handle(events)
            }
        }
        finish()
    }

    private var isOver: Bool {
        guard hasEnded else { return false }
        if child.output < 0 && child.errorOutput < 0 && sessions.allSatisfy({ $0.isDone }) { return true }
        return deadline.map { SystemClock().now >= $0 } ?? false
    }
    private var pollMilliseconds: Int32 {
        guard let deadline else { return -1 }
        let left = (deadline.nanoseconds - SystemClock().now.nanoseconds) / 1_000_000
        return Int32(clamping: max(0, left) + 1)
    }

    private func handle(_ events: [Int32: Int32]) {
        // Streams before the news of ends: what a program wrote comes before its exit code.
        if child.output >= 0, events[child.output] != nil { readOutput() }
        if child.errorOutput >= 0, events[child.errorOutput] != nil { readErrorOutput() }
        if !pendingInput.isEmpty { writeInput() }
        for session in sessions { session.handle(events, self) }
        if events[signals] != nil {
            drainSignals()
            reap()
        }
        if events[listener] != nil { accept() }
        sessions.removeAll { $0.isClosed }
    }

    private func drainSignals() {
        var buffer = [UInt8](repeating: 0, count: 1024)
        while buffer.withUnsafeMutableBytes({ Glibc.read(signals, $0.baseAddress, $0.count) }) > 0 {}
    }

    private func reap() {
        while true {
            var status: Int32 = 0
            let process = waitpid(-1, &status, WNOHANG)
            guard process > 0 else { return }
            if process == child.process {
                ended(status)
            } else {
                for session in sessions where session.child.process == process {
                    session.ended(code: cprocess_exit_code(status))
                }
            }
        }
    }

    private func ended(_ status: Int32) {
        hasEnded = true
        outcome.exitCode = Int(cprocess_exit_code(status))
        outcome.signal = Int(cprocess_exit_signal(status))
        outcome.finishedAt = SystemClock().now
        outcome.reason = outcome.exitCode == 0 ? "Completed" : "Error"
        deadline = SystemClock().now + .milliseconds(Self.drainMilliseconds)
        if record.isolation != .full { killRest() }
    }

    /// Ends everything below us; with its own process namespace the kernel has already done so.
    private func killRest() {
        for _ in 0..<100 {
            let children = record.isolation == .none ? Self.descendants(of: getpid()) : sharers()
            if children.isEmpty { return }
            for process in children { kill(process, SIGKILL) }
            var status: Int32 = 0
            while true {
                let process = waitpid(-1, &status, WNOHANG)
                guard process > 0 else { break }
                for session in sessions where session.child.process == process {
                    session.ended(code: cprocess_exit_code(status))
                }
            }
            usleep(2_000)
        }
    }

    /// All other living processes with our mounts: what a container left behind, whoever is its parent now.
    private func sharers() -> [pid_t] {
        let own = SystemCall.link("self/ns/mnt", at: proc)
        return SystemCall.names(at: proc).compactMap { pid_t($0) }.filter { process in
            process != getpid() && own != nil && SystemCall.link("\(process)/ns/mnt", at: proc) == own
                && SystemCall.processStart(Int(process), proc: proc)?.state != "Z"
        }
    }

    /// All living processes below one, by /proc.
    static func descendants(of ancestor: pid_t) -> [pid_t] {
        var parents: [pid_t: pid_t] = [:]
        for name in SystemCall.names(in: "/proc") {
            guard let process = pid_t(name), let bytes = SystemCall.contents(of: "/proc/\(name)/stat"),
                let close = bytes.lastIndex(of: UInt8(ascii: ")"))
            else { continue }
            let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
            guard fields.count > 1, fields[0] != "Z", let parent = pid_t(fields[1]) else { continue }
            parents[process] = parent
        }
        return parents.keys.filter { process in
            var current = process
            for _ in 0..<1000 {
                guard let parent = parents[current] else { return false }
                if parent == ancestor { return true }
                current = parent
            }
            return false
        }
    }

    // MARK: The container's streams

    private func readOutput() {
        guard let bytes = Self.read(&child.output) else {
            if child.terminal >= 0 { (child.input, child.terminal) = (-1, -1) }
            return
        }
        if !bytes.isEmpty {
            log?.write(outputLines.append(bytes, at: SystemClock().now))
            for session in sessions where session.isAttached { session.send(.output(Array(bytes))) }
        }
    }
    private func readErrorOutput() {
        guard let bytes = Self.read(&child.errorOutput), !bytes.isEmpty else { return }
        log?.write(errorLines.append(bytes, at: SystemClock().now))
        for session in sessions where session.isAttached { session.send(.errorOutput(Array(bytes))) }
    }

    /// nil, and the descriptor closed, at the end.
    static func read(_ descriptor: inout Int32) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let current = descriptor
        let count = buffer.withUnsafeMutableBytes { (try? SystemCall.read(current, into: $0)) ?? 0 }
        if count < 0 { return [] }
        if count == 0 {
            close(descriptor)
            descriptor = -1
            return nil
        }
        return buffer[..<count]
    }

    func input(_ bytes: [UInt8]) {
        guard child.input >= 0 else { return }
        pendingInput.append(contentsOf: bytes)
        writeInput()
    }
    func inputEnded() {
        guard record.configuration.standardInputOnce, child.terminal < 0 else { return }
        inputEnds = true
        writeInput()
    }
    private func writeInput() {
        while !pendingInput.isEmpty, child.input >= 0 {
            guard let count = try? SystemCall.write(child.input, pendingInput[...]) else {
                pendingInput = []
                child.closeInput()
                return
            }
            if count == 0 { return }
            pendingInput.removeFirst(count)
        }
        if inputEnds, pendingInput.isEmpty { child.closeInput() }
    }

    // MARK: Clients

    private func accept() {
        while sessions.count < Self.maximumSessions {
            let connection = cprocess_accept(listener)
            guard connection >= 0 else { return }
            sessions.append(SupervisorSession(connection))
        }
    }

    private func finish() {
        log?.write(outputLines.finish(at: SystemClock().now))
        log?.write(errorLines.finish(at: SystemClock().now))
        for session in sessions where session.isAttached { session.send(.exited(code: Int32(outcome.exitCode))) }
        for session in sessions { session.flushBlocking() }
        try? StateFile.write(outcome, ContainerFile.outcome)
    }
}
