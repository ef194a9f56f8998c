import ContainerRuntime
import Samples

/// Where the process starts. A container's supervisor and an ephemeral cluster's
/// caretaker must be chosen before anything starts a thread.
@main
enum Entry {
    static func main() async {
        if CommandLine.arguments.count > 1, CommandLine.arguments[1] == Skiff.supervisorCommand {
            ContainerSupervisor.main(arguments: Array(CommandLine.arguments.dropFirst(2)))
        }
        if CommandLine.arguments.dropFirst().first == "up", CommandLine.arguments.contains("--ephemeral") {
            Caretaker.engage()
        }
        // One file for both, where room is dear: in a container image.
        if CommandLine.arguments.first?.split(separator: "/").last.map(String.init) == Cafe.programName {
            return await Cafe.main()
        }
        await Skiff.main()
    }
}
