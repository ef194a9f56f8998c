import Basics

/// What CRI v1 answers, as our values. Source: cri-api, pkg/apis/runtime/v1/api.proto.
extension RuntimeContainer {
    private static let states: [State] = [.created, .running, .exited, .unknown]
    static func state(_ number: Int) -> State { states.indices.contains(number) ? states[number] : .unknown }

    /// Of a ContainerStatus, which does not tell its sandbox.
    init(cri status: ProtobufFields, sandbox: String) throws {
        let metadata = try status.message(2)
        let image = try status.message(8)?.text(1) ?? ""
        var annotations = try status.map(13)
        let named = annotations.removeValue(forKey: CRIRequests.imageAnnotation)
        let streams = annotations.removeValue(forKey: CRIRequests.streamsAnnotation)?.split(separator: ",") ?? []
        self.init(
            id: status.text(1), sandbox: sandbox, name: metadata?.text(1) ?? "", attempt: metadata?.number(2) ?? 0,
            state: Self.state(status.number(3)), createdAt: Instant(nanoseconds: Int64(status.number(4))),
            image: named ?? image, imageReference: status.text(9))
        startedAt = Self.instant(status.number(5))
        finishedAt = Self.instant(status.number(6))
        exitCode = status.number(7)
        // A program that a signal ended is told by its code alone.
        reason = status.text(10)
        message = status.text(11)
        labels = try status.map(12)
        labels.removeValue(forKey: CRIRequests.ownerLabel)
        self.annotations = annotations
        hasStandardInput = streams.contains("stdin")
        hasTerminal = streams.contains("tty")
        logPath = status.text(15)
    }
    private static func instant(_ nanoseconds: Int) -> Instant? {
        nanoseconds == 0 ? nil : Instant(nanoseconds: Int64(nanoseconds))
    }
}

extension Sandbox {
    /// Of a PodSandbox or PodSandboxStatus, where we have no record of our own; `labels` is the number of that field.
    init(cri status: ProtobufFields, ip: String, labels: Int) throws {
        let metadata = try status.message(2)
        var configuration = SandboxConfiguration(
            name: metadata?.text(1) ?? "", namespace: metadata?.text(3) ?? "", uid: metadata?.text(2) ?? "")
        configuration.attempt = metadata?.number(4) ?? 0
        configuration.labels = try status.map(labels)
        configuration.labels.removeValue(forKey: CRIRequests.ownerLabel)
        configuration.annotations = try status.map(labels + 1)
        self.init(
            id: status.text(1), configuration: configuration, isReady: status.number(3) == 0, ip: ip,
            createdAt: Instant(nanoseconds: Int64(status.number(4))))
    }
}

extension RuntimeInformation.Handler {
    /// Of a RuntimeHandler.
    init(cri handler: ProtobufFields) throws {
        let features = try handler.message(2)
        self.init(
            name: handler.text(1), canMountReadOnlyRecursively: features?.flag(1) ?? false,
            hasUserNamespaces: features?.flag(2) ?? false)
    }
}

extension RuntimeImage {
    /// Of an Image.
    init(cri image: ProtobufFields) throws {
        let digests = image.texts(3)
        self.init(
            reference: digests.first ?? image.text(1), names: image.texts(2) + digests, sizeBytes: image.number(4),
            user: try image.optional(5))
        userName = image.text(6).isEmpty ? nil : image.text(6)
        isPinned = image.flag(8) || image.texts(2).contains(ImageAssembly.pauseName)
    }
}

extension ContainerStats {
    /// Of a ContainerStats.
    init?(cri stats: ProtobufFields, sandbox: String) throws {
        guard let attributes = try stats.message(1), let processor = try stats.message(2),
            let memory = try stats.message(3)
        else { return nil }
        self.init(
            id: attributes.text(1), sandbox: sandbox, processorNanoseconds: try processor.optional(2) ?? 0,
            residentBytes: try memory.optional(2) ?? 0)
    }
}
