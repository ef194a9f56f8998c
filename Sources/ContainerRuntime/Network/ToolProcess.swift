import CProcess
import Glibc

/// A program of the machine that is run to its end, with what it is told and what it says.
package enum ToolProcess {
    package struct Result: Sendable {
        package var exitCode: Int32
        package var output: [UInt8]
        package var errors: [UInt8]
        /// For a sentence: what it said on standard error, in one line.
        var complaint: String {
            String(decoding: errors.prefix(500), as: UTF8.self).split(separator: "\n").joined(separator: "; ")
        }
    }
    /// A program that takes longer is killed.
    package static let timeoutSeconds = 30
    static let maximumOutputBytes = 1 << 20

    /// The path of a program; root's own folders are looked at too, whatever PATH says.
    package static func find(_ name: String, in folders: [String] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"])
        -> String?
    {
        folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Its environment is PATH and what is given.
    package static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: [UInt8] = [],
        timeoutSeconds: Int = timeoutSeconds
    ) async throws -> Result {
        let (inward, outward, complaints) = (try SystemCall.pipe(), try SystemCall.pipe(), try SystemCall.pipe())
        let process: SupervisorProcess
        do {
            defer { for descriptor in [inward.read, outward.write, complaints.write] { close(descriptor) } }
            process = try spawn(
                [program] + arguments, ["PATH": ContainerPlan.path].merging(environment) { $1 },
                [inward.read, outward.write, complaints.write])
        } catch {
            for descriptor in [inward.write, outward.read, complaints.read] { close(descriptor) }
            throw error
        }
        let ours = [inward.write, outward.read, complaints.read].map { descriptor in
            SystemCall.setNonBlocking(descriptor)
            return AsyncDescriptor(descriptor)
        }
        let timer = Task {
            try await Task.sleep(for: .seconds(timeoutSeconds))
            kill(process.process, SIGKILL)
        }
        async let output = everything(from: ours[1])
        async let errors = everything(from: ours[2])
        // One that does not read what it is told says why.
        try? await ours[0].write(input)
        ours[0].cancel()
        let (said, complained) = await (output, errors)
        timer.cancel()
        return Result(exitCode: await process.exitCode(), output: said, errors: complained)
    }

    private static func everything(from descriptor: AsyncDescriptor) async -> [UInt8] {
        var all: [UInt8] = []
        while all.count < maximumOutputBytes, let bytes = try? await descriptor.read() { all += bytes }
        descriptor.cancel()
        return all
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String: String], _ descriptors: [Int32]
    ) throws(ContainerError) -> SupervisorProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Ours are 3 and above, as standard streams are open.
        for (target, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
        }
        _ = cprocess_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words = arguments.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let number = posix_spawn(&process, arguments[0], &actions, &attributes, &words, &variables)
        guard number == 0 else { throw .system(call: "posix_spawn \(arguments[0])", number: number) }
        return SupervisorProcess(process: process)
    }
}
