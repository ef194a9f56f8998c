import APIMachinery
import Glibc

/// Gives image archives to a containerd: CRI itself can only pull.
public struct ImageImporter: Sendable {
    /// For an archive of a few hundred MB on a busy machine.
    static let timeoutSeconds = 300
    /// The one that CRI's images are in.
    private static let namespace = "k8s.io"

    /// containerd's own client.
    private let program: String
    private let socket: String
    private let snapshotter: String
    /// Where archives are written.
    public let directory: String

    /// nil where containerd's client is not installed.
    public init?(socket: String, snapshotter: String, directory: String) {
        guard let program = ToolProcess.find("ctr") else { return nil }
        self.program = program
        self.socket = socket
        self.snapshotter = snapshotter
        self.directory = directory
    }

    /// An OCI layout or what `docker save` writes, in a tar file. Throws what the client complains of.
    public func importArchive(_ path: String) async throws {
        let result = try await ToolProcess.run(
            program,
            [
                "--address", socket, "--namespace", Self.namespace, "images", "import", "--snapshotter", snapshotter,
                path,
            ],
            timeoutSeconds: Self.timeoutSeconds)
        guard result.exitCode == 0 else { throw ContainerError.refused("cannot import \(path): \(result.complaint)") }
    }

    /// Assembles an image and gives it to the runtime under full names; `layers` are what it consists of.
    func importImage(_ names: [String], layers: [ImageLayer], configuration: JSON) async throws {
        try SystemCall.makeDirectories(directory, mode: 0o700)
        let archive = "\(directory)/\(ProcessRuntime.newID())"
        var files = [archive]
        defer { for file in files { unlink(file) } }
        var blobs: [ImageBlob] = []
        for (index, layer) in layers.enumerated() where !layer.entries.isEmpty {
            files.append("\(archive).\(index)")
            blobs.append(try layer.write("\(archive).\(index)"))
        }
        try ImageArchive(configuration: configuration, layers: blobs).write(archive, names: names)
        try await importArchive(archive)
    }

    /// The image of sandboxes, for a runtime that has no registry to get it from.
    func importPause() async throws {
        guard let layer = ImageAssembly.pauseLayer() else { return }
        try await importImage(
            [ImageAssembly.pauseName], layers: [layer], configuration: ImageAssembly.pauseConfiguration)
    }
}
