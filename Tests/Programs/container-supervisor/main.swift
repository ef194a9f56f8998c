import APIMachinery
import ContainerRuntime
import Glibc
import Logging

// What `skiff container-supervisor DIRECTORY` does, as a program of its own for the tests; and with `--run-containers` a
// parent of containers that waits to be killed.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count == 2, arguments[0] == "--run-containers" {
    try await ContainerParent(directory: arguments[1]).run()
} else {
    ContainerSupervisor.main(arguments: arguments)
}

struct ContainerParent {
    let directory: String

    func run() async throws {
        let catalog = try ImageCatalog(yaml: "- images: [\"shell:*\"]\n  command: [\"/bin/sh\"]\n")
        let runtime = try await ProcessRuntime.open(
            ProcessRuntime.Configuration(
                directory: directory, podNetwork: CIDR(ipv4: 127 << 24 | 100 << 16 | 77 << 8, prefixLength: 24),
                supervisor: [CommandLine.arguments[0]], catalog: catalog),
            logger: Logger(label: "parent"))
        var configuration = SandboxConfiguration(name: "pod", namespace: "default", uid: "uid")
        configuration.logDirectory = directory + "/logs"
        let sandbox = try await runtime.runPodSandbox(configuration)
        for (name, script) in [
            ("lasting", "trap 'exit 5' TERM; while :; do echo tick; sleep 0.05; done"),
            ("brief", "until test -e /data/go; do sleep 0.05; done; exit 9"),
        ] {
            var container = ContainerConfiguration(name: name, image: "shell")
            container.command = ["/bin/sh", "-c", script]
            container.logPath = name + "/0.log"
            container.mounts = [.init(name: "data", hostPath: directory, containerPath: "/data")]
            try await runtime.startContainer(try await runtime.createContainer(container, in: sandbox.id))
        }
        print("running")
        fflush(nil)
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}
