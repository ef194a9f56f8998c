import APIMachinery

/// What a private containerd is told: its own root, state and socket, runc, and a network for each node.
struct ContainerdConfiguration: Sendable {
    /// Everything of this containerd is below it.
    let directory: String
    /// A handler each, with the network of its node.
    let networks: [PodNetwork]
    let runc: String

    static let socketName = "containerd.sock"
    /// A unix socket's path has 107 bytes.
    static let maximumSocketPathBytes = 107

    var socket: String { "\(directory)/\(Self.socketName)" }
    var file: String { "\(directory)/config.toml" }
    /// Users' own settings of registries, as containerd documents them (`<host>/hosts.toml`); nothing here writes there.
    var registries: String { "\(directory)/certs.d" }
    var importer: ImageImporter? {
        ImageImporter(socket: socket, snapshotter: snapshotter, directory: "\(directory)/assembly")
    }
    static func handler(_ node: Int) -> String { "node-\(node)" }
    private func networkFolder(_ node: Int) -> String { "\(directory)/cni/\(node)" }

    /// overlayfs does not lie on overlayfs.
    var snapshotter: String {
        let table = String(decoding: SystemCall.contents(of: "/proc/self/mounts") ?? [], as: UTF8.self)
        return Self.fileSystem(of: directory, in: table) == "overlay" ? "native" : "overlayfs"
    }

    /// The type of the file system that a path is on, by a table of mounts (fstab(5)); the last mount at a place counts.
    static func fileSystem(of path: String, in table: String) -> String? {
        var best: (length: Int, type: String)?
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let place = String(fields[1])
            let holds = place == "/" || path == place || path.hasPrefix(place + "/")
            if holds, place.utf8.count >= best?.length ?? 0 { best = (place.utf8.count, String(fields[2])) }
        }
        return best?.type
    }

    func write() throws(ContainerError) {
        for folder in [directory, registries] + networks.indices.map(networkFolder) {
            try SystemCall.makeDirectories(folder, mode: 0o711)
        }
        for (node, network) in networks.enumerated() {
            try SystemCall.replace(
                "\(networkFolder(node))/10-skiff.conflist", with: network.configurationList.bytes, mode: 0o644)
        }
        try SystemCall.replace(file, with: Array(text.utf8))
    }

    /// TOML, of containerd 1.6 and 1.7.
    var text: String {
        let cri = #"plugins."io.containerd.grpc.v1.cri""#
        let sandboxImage = ImageAssembly.pauseLayer() == nil ? "registry.k8s.io/pause:3.10" : ImageAssembly.pauseName
        var text = """
            version = 2
            root = \(quoted("\(directory)/root"))
            state = \(quoted("\(directory)/state"))
            disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", \
            "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
            [grpc]
              address = \(quoted(socket))
            [debug]
              level = "warn"
            [\(cri)]
              sandbox_image = \(quoted(sandboxImage))
              restrict_oom_score_adj = true
              stream_server_address = "127.0.0.1"
              stream_server_port = "0"
            [\(cri).registry]
              config_path = \(quoted(registries))
            [\(cri).cni]
              bin_dir = \(quoted(networks.first?.pluginFolder ?? "/opt/cni/bin"))
              conf_dir = \(quoted(networkFolder(0)))
            [\(cri).containerd]
              snapshotter = "\(snapshotter)"
              default_runtime_name = "\(Self.handler(0))"

            """
        for node in networks.indices {
            text += """
                [\(cri).containerd.runtimes.\(Self.handler(node))]
                  runtime_type = "io.containerd.runc.v2"
                  cni_conf_dir = \(quoted(networkFolder(node)))
                [\(cri).containerd.runtimes.\(Self.handler(node)).options]
                  BinaryName = \(quoted(runc))

                """
        }
        return text
    }

    /// A basic string of TOML.
    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
