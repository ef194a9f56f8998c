import Basics
import Glibc

extension CRIRuntime {
    /// A large image over a slow line.
    private static let pullTimeout = Duration.seconds(1_800)
    /// How long it may take until the runtime shows an image that it was given.
    private static let importTimeout = Duration.seconds(30)

    private func callImages(
        _ method: String, _ message: ProtobufMessage = ProtobufMessage(), timeout: Duration = GRPCChannel.timeout
    ) async throws -> ProtobufFields {
        try await channel.call("runtime.v1.ImageService/\(method)", message, timeout: timeout)
    }

    public func pullImage(_ image: String) async throws -> String { try await pullImage(image, credentials: []) }

    /// Images that the catalog knows are assembled from what the machine has; all others come from their registries, with
    /// the first credential that is good enough.
    public func pullImage(_ image: String, credentials: [RegistryCredential]) async throws -> String {
        if let entry = configuration.catalog.entry(image), let importer = configuration.importer {
            return try await assemblies.run { try await self.assemble(image, entry, importer) }
        }
        return try await pulls.run {
            var failure: (any Error)?
            for credential in credentials.map(Optional.some) + (credentials.isEmpty ? [nil] : []) {
                do { return try await self.pull(image, credential) } catch let error as GRPCStatus { failure = error }
            }
            throw failure ?? ContainerError.imageNotFound(image)
        }
    }

    private func pull(_ image: String, _ credential: RegistryCredential?) async throws -> String {
        let message = ProtobufMessage {
            $0.message(1) { $0.text(1, image) }
            if let credential {
                $0.message(2) {
                    $0.text(1, credential.username)
                    $0.text(2, credential.password)
                    $0.text(4, credential.server)
                    $0.text(5, credential.identityToken)
                }
            }
        }
        let reference = try await callImages("PullImage", message, timeout: Self.pullTimeout).text(1)
        return try await presentImage(image)?.reference ?? reference
    }

    /// Once a process, so that an image is what the machine has now.
    private func assemble(_ image: String, _ entry: ImageCatalog.Entry, _ importer: ImageImporter) async throws
        -> String
    {
        let name = ImageReference.expanded(image)
        if assembled.contains(name), let present = try await presentImage(name) { return present.reference }
        let assembly = ImageAssembly(directory: importer.directory)
        let tools = try await assembly.toolLayer()
        let own = try await assembly.entryLayer(entry).without(tools)
        try await importer.importImage(
            [name], layers: [tools, own], configuration: ImageAssembly.configuration(entry))
        assembled.insert(name)
        let deadline = ContinuousClock.now + Self.importTimeout
        while ContinuousClock.now < deadline {
            if let present = try await presentImage(name) { return present.reference }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ContainerError.imageNotFound(image)
    }

    public func listImages() async throws -> [RuntimeImage] {
        try await callImages("ListImages").messages(1).map { try RuntimeImage(cri: $0) }
    }

    /// An image that the catalog knows is on this node: it is made when somebody asks.
    public func imageStatus(_ image: String) async throws -> RuntimeImage? {
        if let present = try await presentImage(image) { return present }
        guard configuration.catalog.entry(image) != nil, configuration.importer != nil else { return nil }
        _ = try await pullImage(image)
        return try await presentImage(image)
    }

    private func presentImage(_ image: String) async throws -> RuntimeImage? {
        guard let found = try await callImages("ImageStatus", CRIRequests.image(image)).message(1) else { return nil }
        var status = try RuntimeImage(cri: found)
        // One image may have come from several repositories.
        let repository = ImageReference.repository(image) + "@"
        if let own = status.names.first(where: { $0.hasPrefix(repository) }) { status.reference = own }
        return status
    }

    public func removeImage(_ image: String) async throws {
        _ = try await callImages("RemoveImage", CRIRequests.image(image))
    }

    public func imageFileSystem() async throws -> ImageFileSystem? {
        let answer = try await callImages("ImageFsInfo")
        guard let path = try answer.messages(1).first?.message(2)?.text(1) else { return nil }
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return nil }
        let block = Int(information.f_frsize)
        return ImageFileSystem(
            capacityBytes: Int(information.f_blocks) * block, availableBytes: Int(information.f_bavail) * block)
    }
}
