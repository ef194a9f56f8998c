import APIMachinery
import Glibc

/// Programs that join a namespace to a network and part it again (CNI specification 1.0.0, §3): each call is one run.
struct NetworkPlugins: Sendable {
    enum Command: String, Sendable { case add = "ADD", delete = "DEL" }
    /// The ones that a pod's network needs.
    static let needed = ["bridge", "host-local", "loopback"]
    /// Debian's folder, and the one of the plugins' own releases.
    private static let folders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"]
    /// As the plugins of Debian 11 (0.9) understand it, too.
    static let version = "0.4.0"

    let folder: String

    /// nil when no folder of the machine has all that are needed.
    static func installed() -> NetworkPlugins? {
        folders.first { folder in needed.allSatisfy { access("\(folder)/\($0)", X_OK) == 0 } }
            .map { NetworkPlugins(folder: $0) }
    }

    /// Runs one plugin for one interface of a sandbox. The result is what the plugin answers; null for a deletion.
    @discardableResult
    func run(
        _ command: Command, _ configuration: JSON, sandbox: String, namespace: String, interface: String
    ) async throws -> JSON {
        let type = configuration["type"]?.string ?? ""
        let result = try await ToolProcess.run(
            "\(folder)/\(type)",
            environment: [
                "CNI_COMMAND": command.rawValue, "CNI_CONTAINERID": sandbox, "CNI_NETNS": namespace,
                "CNI_IFNAME": interface, "CNI_PATH": folder,
            ], input: configuration.bytes)
        let answer = (try? JSON(parsing: result.output)) ?? .null
        guard result.exitCode == 0 else {
            let told = [answer["msg"], answer["details"]].compactMap { $0?.string }.filter { !$0.isEmpty }
            let why = told.isEmpty ? result.complaint : told.joined(separator: "; ")
            // As libcni words it.
            throw ContainerError.refused(
                "plugin type=\"\(type)\" failed (\(command == .add ? "add" : "delete")): \(why)")
        }
        return answer
    }
}
