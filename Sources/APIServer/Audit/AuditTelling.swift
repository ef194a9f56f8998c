import APIMachinery
import HTTPMessages
import Synchronization

/// What the audit trail is told, and when.
extension ClusterServer {
    /// Tells of a stage. Gives what is to be refused for when an event is lost that must not be.
    @discardableResult
    func record(
        _ entry: AuditEntry, at stage: AuditPolicy.Stage, _ failure: StatusError? = nil
    ) async -> AuditRequired? {
        guard let event = entry.event(stage, failure, surroundings) else { return nil }
        do {
            try await audit.record(event)
            metrics.recordAuditEvent()
            return nil
        } catch {
            metrics.recordAuditError()
            log.error(
                "An audit event could not be kept", metadata: ["error": "\(error)", "audit-id": "\(entry.identity)"])
            return error as? AuditRequired
        }
    }

    /// Who asks. Credentials that nobody knows are told of, too, if the policy asks for what nobody does.
    func identify(_ request: Request, _ target: Target, _ entry: AuditEntry) async throws -> UserInfo {
        do {
            return try await access.identify(request)
        } catch {
            let ruling = configuration.auditPolicy.ruling(target.attributes, UserInfo(name: ""))
            metrics.recordAudit(ruling.level)
            if ruling.level > .none { await record(entry.unknown(ruling, target, request), at: .responseStarted) }
            throw error
        }
    }

    /// An answer whose end is told of if it lasts: a watch, a log, a connection.
    func audited(_ answer: Answer, _ attributes: RequestAttributes, _ entry: inout AuditEntry?) -> Answer {
        guard var told = entry, attributes.isLong else { return answer }
        told.code = answer.status
        var answer = answer
        let end = AuditedEnd(told, self)
        switch answer.body {
        case .bytes: return answer
        case .stream(let stream as any PolledStream):
            answer.body = .stream(AuditedPolledStream(stream: stream, end: end))
        case .stream(let stream): answer.body = .stream(AuditedStream(stream: stream, end: end))
        case .tunnel(let tunnel): answer.body = .tunnel(AuditedTunnel(tunnel: tunnel, end: end))
        }
        entry?.isLong = true
        return answer
    }

    /// Whether an error is none that a client, the store or the shutdown has caused: what was asked met a mistake of ours.
    static func isOwnFault(_ error: any Error) -> Bool {
        !(error is StatusError || error is CancellationError || error is NoSuchPage) && !Storage.isKnown(error)
    }
}

extension AuditEntry {
    /// What is told of a mistake of ours; nothing here unwinds a stack, but the words are those that readers know.
    static func panic(_ error: any Error) -> StatusError {
        StatusError(code: 500, reason: .internalError, message: "APIServer panic'd: \(error)")
    }
}

extension AuditRequired {
    func refusal(of uri: String) -> StatusError {
        StatusError(
            code: 500, reason: .internalError,
            message: "Internal Server Error: \(JSON(uri).text): failed to store audit event")
    }
}

extension RequestAttributes {
    /// Watches, logs and upgrades last long.
    var isLong: Bool { verb == .watch || subresource == .log || subresource?.isConnection == true }
}

/// Tells once that an answer has ended, at the latest when nobody holds it any more.
private final class AuditedEnd: Sendable {
    private let entry: AuditEntry
    private let server: ClusterServer
    private let hasEnded = Mutex(false)

    init(_ entry: AuditEntry, _ server: ClusterServer) {
        self.entry = entry
        self.server = server
    }
    deinit { ended() }

    func ended() {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        if isFirst { Task { [server, entry] in await server.record(entry, at: .responseComplete) } }
    }
}

private struct AuditedStream: ByteStream {
    let stream: any ByteStream
    let end: AuditedEnd
    func next() async throws -> [UInt8]? {
        do {
            if let piece = try await stream.next() { return piece }
        } catch {
            end.ended()
            throw error
        }
        end.ended()
        return nil
    }
    func cancel() {
        stream.cancel()
        end.ended()
    }
}

private struct AuditedPolledStream: PolledStream {
    let stream: any PolledStream
    let end: AuditedEnd
    func next() async throws -> [UInt8]? { try await AuditedStream(stream: stream, end: end).next() }
    func poll(_ ready: @escaping @Sendable () -> Void) -> Polled {
        let polled = stream.poll(ready)
        if polled == .end { end.ended() }
        return polled
    }
    func cancel() {
        stream.cancel()
        end.ended()
    }
}

private struct AuditedTunnel: Tunnel {
    let tunnel: any Tunnel
    let end: AuditedEnd
    func received(_ bytes: [UInt8]?) async throws { try await tunnel.received(bytes) }
    func next() async throws -> [UInt8]? {
        let piece = try await tunnel.next()
        if piece == nil { end.ended() }
        return piece
    }
    func cancel() {
        tunnel.cancel()
        end.ended()
    }
}
