import CProcess
import Glibc

/// One program started in the container, with our ends of its streams.
struct Child {
    var process: pid_t
    /// -1 when there is none.
    var input: Int32 = -1
    var output: Int32 = -1
    var errorOutput: Int32 = -1
    /// The master's end; also the input and output then.
    var terminal: Int32 = -1

    struct Failure: Error {
        var code: Int32
        var why: String
    }

    /// Must be called from a process with one thread. `doors` lead into its cgroup.
    static func start(
        _ arguments: [String], record: ContainerRecord, doors: [Int32], hasInput: Bool, hasTerminal: Bool, isFirst: Bool
    ) throws -> Child {
        var child = Child(process: 0)
        var request = cprocess_request()
        request.standard_input = -1
        request.standard_output = -1
        request.standard_error = -1
        var far: [Int32] = []
        defer { for descriptor in far { close(descriptor) } }
        var terminalPath: [CChar] = []

        if hasTerminal {
            terminalPath = [CChar](repeating: 0, count: 128)
            child.terminal = cprocess_open_terminal(&terminalPath, terminalPath.count)
            guard child.terminal >= 0 else { throw ContainerError.system(call: "open terminal", number: errno) }
            child.input = child.terminal
            child.output = child.terminal
        } else {
            if hasInput {
                let pipe = try SystemCall.pipe()
                (request.standard_input, child.input) = (pipe.read, pipe.write)
            } else {
                request.standard_input = try SystemCall.check("open /dev/null") {
                    open("/dev/null", O_RDONLY | O_CLOEXEC)
                }
            }
            let output = try SystemCall.pipe()
            let errorOutput = try SystemCall.pipe()
            (child.output, request.standard_output) = (output.read, output.write)
            (child.errorOutput, request.standard_error) = (errorOutput.read, errorOutput.write)
            far = [request.standard_input, request.standard_output, request.standard_error]
        }

        let security = record.configuration.security
        request.mounts_proc = isFirst && (record.isolation == .full || record.isolation == .sharedProcesses) ? 1 : 0
        request.masks_host = isFirst && record.isolation != .none && !security.isPrivileged ? 1 : 0
        request.restricts_capabilities = !security.isPrivileged && record.isolation != .none ? 1 : 0
        request.kept_capabilities = Capabilities(security).bits
        request.forbids_new_privileges = security.allowsPrivilegeEscalation ? 0 : 1
        request.oom_score_adjustment = Int32(clamping: record.configuration.oomScoreAdjustment ?? -2000)
        let user = security.user ?? 0
        let group = security.group ?? 0
        if geteuid() == 0, security.user != nil || security.group != nil || !security.supplementalGroups.isEmpty {
            request.changes_user = 1
            request.user = uid_t(clamping: user)
            request.group = gid_t(clamping: group)
        }
        let groups = security.supplementalGroups.map { gid_t(clamping: $0) }

        var stage: Int32 = 0
        var number: Int32 = 0
        withStrings(arguments) { argumentPointers in
            withStrings(record.environment.map { "\($0.name)=\($0.value)" }) { environmentPointers in
                record.workingDirectory.withCString { directory in
                    terminalPath.withUnsafeBufferPointer { terminal in
                        groups.withUnsafeBufferPointer { groups in
                            doors.withUnsafeBufferPointer { doors in
                                request.cgroups = doors.baseAddress
                                request.cgroup_count = doors.count
                                request.arguments = argumentPointers
                                request.environment = environmentPointers
                                request.directory = record.workingDirectory.isEmpty ? nil : directory
                                request.terminal = hasTerminal ? terminal.baseAddress : nil
                                request.groups = groups.baseAddress
                                request.group_count = groups.count
                                number = cprocess_spawn(&request, &child.process, &stage)
                            }
                        }
                    }
                }
            }
        }
        guard number == 0 else {
            child.closeAll()
            throw failure(arguments.first ?? "", stage: stage, number: number, directory: record.workingDirectory)
        }
        for descriptor in [child.input, child.output, child.errorOutput] where descriptor >= 0 {
            SystemCall.setNonBlocking(descriptor)
        }
        return child
    }

    /// runc's wording, which people search for, and the exit codes of a shell.
    private static func failure(_ program: String, stage: Int32, number: Int32, directory: String) -> Failure {
        let why = SystemCall.describe(number).lowercased()
        let start = "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
        switch cprocess_stage(UInt32(bitPattern: stage)) {
        case CPROCESS_EXECUTE:
            let reason =
                number == ENOENT && !program.contains("/")
                ? "executable file not found in $PATH" : "stat \(program): \(why)"
            return Failure(
                code: number == ENOENT ? 127 : 126,
                why: start + "runc create failed: unable to start container process: exec: \"\(program)\": \(reason)")
        case CPROCESS_DIRECTORY:
            return Failure(
                code: 126,
                why: start
                    + "runc create failed: unable to start container process: chdir to cwd (\"\(directory)\"): \(why)")
        case CPROCESS_USER: return Failure(code: 126, why: start + "setting the user: \(why)")
        default: return Failure(code: 128, why: start + why)
        }
    }

    private static func withStrings(_ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Void)
    {
        var pointers = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        pointers.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { body(base) }
        }
    }

    mutating func closeInput() {
        guard input >= 0, input != terminal else { return }
        close(input)
        input = -1
    }
    mutating func closeAll() {
        closeInput()
        if terminal >= 0 { close(terminal) }
        if output >= 0, output != terminal { close(output) }
        if errorOutput >= 0 { close(errorOutput) }
        (input, output, errorOutput, terminal) = (-1, -1, -1, -1)
    }
}
