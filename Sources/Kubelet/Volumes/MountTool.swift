import ContainerRuntime

/// File systems of other machines, by mount(8), which knows their own programs (k8s.io/mount-utils).
enum MountTool {
    /// How long a server may not answer.
    private static let timeoutSeconds = 120

    /// Does nothing where something is mounted already.
    static func mount(_ source: String, at target: String, type: String, options: [String]) async throws {
        if MountTable.read().isMounted(target) { return }
        let arguments =
            ["-t", type] + (options.isEmpty ? [] : ["-o", options.joined(separator: ",")]) + [source, target]
        guard let program = ToolProcess.find("mount") else {
            throw MountFailure(
                description: failure(#"exec: "mount": executable file not found in $PATH"#, arguments, ""))
        }
        let result = try await ToolProcess.run(program, arguments, timeoutSeconds: timeoutSeconds)
        if result.exitCode == 0 { return }
        let said = String(decoding: result.output + result.errors, as: UTF8.self)
        throw MountFailure(description: failure("exit status \(result.exitCode)", arguments, said))
    }
    private static func failure(_ why: String, _ arguments: [String], _ said: String) -> String {
        "mount failed: \(why)\nMounting command: mount\nMounting arguments: \(arguments.joined(separator: " "))\nOutput: \(said)\n"
    }
}
