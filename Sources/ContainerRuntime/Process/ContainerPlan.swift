import Glibc

/// What a container's program, environment and mounts are, from its configuration and its image: pure.
struct ContainerPlan {
    var arguments: [String]
    var environment: [ContainerConfiguration.Variable]
    var workingDirectory: String
    var stopSignal: Int32
    var mounts: [ContainerConfiguration.Mount]

    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// `volumes` is a directory of the container's own for the image's volumes.
    init(
        _ configuration: ContainerConfiguration, image: ImageCatalog.Entry, sandbox: Sandbox,
        isolation: ContainerRecord.Isolation, volumes: String
    ) throws(ContainerError) {
        // As with images: a command replaces both, arguments replace only the default arguments.
        if configuration.command.isEmpty {
            let rest = configuration.arguments.isEmpty ? image.command ?? [] : configuration.arguments
            arguments = (image.entrypoint ?? []) + rest
        } else {
            arguments = configuration.command + configuration.arguments
        }
        guard !arguments.isEmpty else { throw .cannotStart("no command specified", exitCode: 128) }

        mounts = configuration.mounts
        for (index, path) in (image.volumes ?? []).enumerated()
        where !mounts.contains(where: { $0.containerPath == path }) {
            mounts.append(
                ContainerConfiguration.Mount(
                    name: "image-\(index)", hostPath: "\(volumes)/\(index)", containerPath: path))
        }

        var values: [(String, String)] = [("PATH", Self.path), ("HOSTNAME", sandbox.configuration.hostname)]
        let isRoot = configuration.security.user ?? image.user ?? 0 == 0
        values.append(("HOME", isRoot || isolation == .none ? "/root" : "/"))
        if configuration.hasTerminal { values.append(("TERM", "xterm")) }
        for (name, value) in (image.environment ?? [:]).sorted(by: { $0.key < $1.key }) { values.append((name, value)) }
        values.append(("POD_IP", sandbox.ip))
        if isolation == .none {
            for mount in mounts {
                values.append(("VOLUME_" + Self.variableName(mount.name), mount.hostPath))
                values.append(("VOLUME_AT" + Self.variableName(mount.containerPath), mount.hostPath))
            }
        }
        // The pod's own come last and win.
        for variable in configuration.environment { values.append((variable.name, variable.value)) }
        var positions: [String: Int] = [:]
        environment = []
        for (name, value) in values {
            if let position = positions[name] {
                environment[position].value = value
            } else {
                positions[name] = environment.count
                environment.append(ContainerConfiguration.Variable(name, value))
            }
        }

        let wanted =
            configuration.workingDirectory.isEmpty ? image.workingDirectory ?? "/" : configuration.workingDirectory
        workingDirectory = isolation == .none ? Self.hostPath(wanted, mounts) : wanted
        stopSignal = Self.signal(configuration.stopSignal) ?? Self.signal(image.stopSignal ?? "") ?? SIGTERM
    }

    /// `MY_DATA` for `my-data`, `_VAR_LIB_MYSQL` for `/var/lib/mysql`.
    static func variableName(_ text: String) -> String {
        String(text.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
    private static func hostPath(_ path: String, _ mounts: [ContainerConfiguration.Mount]) -> String {
        for mount in mounts where path == mount.containerPath || path.hasPrefix(mount.containerPath + "/") {
            return mount.hostPath + path.dropFirst(mount.containerPath.count)
        }
        return path
    }

    private static let signals: [String: Int32] = [
        "SIGHUP": SIGHUP, "SIGINT": SIGINT, "SIGQUIT": SIGQUIT, "SIGTERM": SIGTERM, "SIGUSR1": SIGUSR1,
        "SIGUSR2": SIGUSR2, "SIGKILL": SIGKILL, "SIGABRT": SIGABRT, "SIGALRM": SIGALRM, "SIGWINCH": SIGWINCH,
    ]
    /// From a name, with or without SIG, or a number.
    static func signal(_ text: String) -> Int32? {
        if let number = Int32(text), (1...64).contains(number) { return number }
        let upper = text.uppercased()
        return signals[upper] ?? signals["SIG" + upper]
    }
}
