import ArgumentParser

/// The `skiff` command.
struct Skiff: AsyncParsableCommand {
    /// The hidden command under which this executable is a container's supervisor.
    static let supervisorCommand = "container-supervisor"

    static let configuration = CommandConfiguration(
        commandName: "skiff", abstract: "Kubernetes in one binary.",
        subcommands: [
            Up.self, NodeCommand.self, KubeconfigCommand.self, ImageCommand.self, ExplainScheduling.self,
            ExplainScaling.self, EtcdCommand.self, Version.self,
        ])
}

/// Prints the version of Skiff and of the API it serves.
struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints the version.")

    func run() throws {
        print("skiff \(SkiffVersion.number) (Kubernetes API \(SkiffVersion.kubernetes))")
    }
}

enum SkiffVersion {
    static let number = "0.1.0"
    static let kubernetes = "v1.36.2"
}
