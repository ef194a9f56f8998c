import ArgumentParser
import Foundation
import Kubeadm
import Logging

/// `skiff up`: the whole cluster in this process, until Ctrl-C or SIGTERM.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs a whole cluster in one process.")

    @OptionGroup var options: UpOptions

    func run() async throws {
        let settings = try UpSettings(
            options, environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
        guard let level = Logger.Level(rawValue: settings.logLevel) else {
            throw ValidationError("--log-level must be one of trace, debug, info, notice, warning, error, critical")
        }
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        OpenFiles.raiseLimit(Logger(label: "skiff"))
        let directory: DataDirectory
        do {
            directory = try DataDirectory(path: settings.dataDirectory)
        } catch {
            throw ValidationError("\(error)")
        }
        try await ClusterRun(settings, directory).run()
    }
}
