import Basics
import HTTPMessages
import Synchronization

/// Serves one SPDY session: the shell around `SPDYReader`, `SPDYSession` and `SPDYWriter`.
///
/// Back-pressure: a stream whose reader is slow holds the whole connection once `ByteQueue.highWater` of it wait (the
/// clients know no windows), and a client that is slow holds every stream's writer.
public final class SPDYConnection: Tunnel {
    /// What may wait to be sent before the client's frames are left unread, so that their answers are bounded too.
    public static let answersHighWater = 4 * ByteQueue.highWater
    /// How long a client may take to close the connection after the session's end.
    public static let closingGrace = Duration.seconds(5)
    private static let dataBytes = 64 << 10

    private struct Wire: ~Copyable {
        var transport: SessionTransport
        var reader = SPDYReader()
        var writer = SPDYWriter()
        var session = SPDYSession()
        var streams: [UInt32: SPDYStream] = [:]
        var hasEnded = false
    }
    private let wire: Mutex<Wire>
    private let outgoing = ByteQueue()
    private let pause: @Sendable (Duration) async throws -> Void
    private let opened: @Sendable (SPDYStream) -> Void
    private let ended: @Sendable () -> Void

    /// `pause` waits for a time or until the task is cancelled; `opened` is told of each stream in the client's order, and
    /// accepts or resets it; `ended` once, at the end of the connection, when all streams are reset.
    public init(
        over transport: SessionTransport, pause: @escaping @Sendable (Duration) async throws -> Void,
        opened: @escaping @Sendable (SPDYStream) -> Void,
        ended: @escaping @Sendable () -> Void = {}
    ) {
        wire = Mutex(Wire(transport: transport))
        self.pause = pause
        self.opened = opened
        self.ended = ended
    }

    // MARK: From the client

    public func received(_ bytes: [UInt8]?) async throws {
        guard let bytes else { return cancel() }
        // What still comes after the end is of no interest.
        guard !wire.withLock({ $0.hasEnded }) else { return }
        do {
            for arrival in try wire.withLock({ wire throws(WebSocketReader.Violation) in
                try wire.transport.received(bytes)
            }) {
                switch arrival {
                case .bytes(let bytes): try await take(bytes)
                case .answer(let bytes): outgoing.put(bytes)
                case .closed: end(.normal)
                }
            }
        } catch let violation as WebSocketReader.Violation {
            end(violation.code)
        } catch {
            leave((error as? SPDYViolation)?.status ?? .internalError)
            end(.protocolError)
        }
        await outgoing.waitForRoom(Self.answersHighWater)
    }

    private func take(_ bytes: [UInt8]) async throws(SPDYViolation) {
        wire.withLock { $0.reader.append(bytes) }
        while let (reaction, stream) = try step() {
            switch reaction {
            case .nothing: break
            case .answer: stream?.wasReset()
            case .opened: if let stream { opened(stream) }
            case .received(_, let bytes, let isLast): await stream?.received(bytes, isLast: isLast)
            case .reset: stream?.wasReset()
            }
        }
        if wire.withLock({ $0.session.isOver }) { end(.normal) }
    }

    /// The next frame's meaning and the stream it is about; nil when a whole frame is not there yet.
    private func step() throws(SPDYViolation) -> (SPDYSession.Reaction, SPDYStream?)? {
        try wire.withLock { wire throws(SPDYViolation) -> (SPDYSession.Reaction, SPDYStream?)? in
            guard !wire.hasEnded, let frame = try wire.reader.next() else { return nil }
            let reaction = try wire.session.received(frame)
            var stream: SPDYStream?
            switch reaction {
            case .nothing: break
            case .answer(let answer):
                if case .rstStream(let number, _) = answer { stream = wire.streams.removeValue(forKey: number) }
                try put(answer, &wire)
            case .opened(let opening):
                let opened = SPDYStream(opening, self)
                wire.streams[opening.stream] = opened
                stream = opened
            case .received(let number, _, _), .reset(let number):
                stream = wire.streams[number]
                if !wire.session.isOpen(number) { wire.streams[number] = nil }
            }
            return (reaction, stream)
        }
    }

    // MARK: To the client

    public func next() async throws -> [UInt8]? { await outgoing.next() }

    /// Under the lock, so that frames go out in the order in which their headers were compressed.
    private func put(_ frame: SPDYFrame, _ wire: inout Wire) throws(SPDYViolation) {
        outgoing.put(wire.transport.wrapped(try wire.writer.bytes(of: frame)))
    }

    /// Sends what the session decides; false when it decides that there is nothing to send.
    private func perform(_ stream: UInt32, _ decide: (inout SPDYSession) -> SPDYFrame?) -> Bool {
        wire.withLock { wire in
            guard !wire.hasEnded, let frame = decide(&wire.session) else { return false }
            if !wire.session.isOpen(stream) { wire.streams[stream] = nil }
            do { try put(frame, &wire) } catch { return false }
            return true
        }
    }
    fileprivate func accept(_ stream: UInt32) { _ = perform(stream) { $0.accept(stream) } }
    fileprivate func reset(_ stream: UInt32, _ status: SPDYResetStatus) {
        _ = perform(stream) { $0.reset(stream, status) }
    }
    fileprivate func close(_ stream: UInt32) { _ = perform(stream) { $0.send([], on: stream, isLast: true) } }
    /// Waits while the client has too much to take; false when the stream has ended.
    fileprivate func write(_ bytes: [UInt8], on stream: UInt32) async -> Bool {
        for start in stride(from: 0, to: bytes.count, by: Self.dataBytes) {
            let piece = bytes.count <= Self.dataBytes ? bytes : Array(bytes[start...].prefix(Self.dataBytes))
            guard perform(stream, { $0.send(piece, on: stream) }) else { return false }
            await outgoing.waitForRoom()
        }
        return true
    }

    // MARK: The end

    /// Says that nothing more comes and leaves it to the client to close, so that it has read everything before.
    public func close() async {
        leave(.normal)
        try? await pause(Self.closingGrace)
        end(.normal)
    }
    private func leave(_ status: SPDYGoAwayStatus) {
        wire.withLock { wire in
            guard !wire.hasEnded else { return }
            let frame = wire.session.leave(status)
            try? put(frame, &wire)
        }
    }

    public func cancel() { end(.normal) }

    private func end(_ code: WebSocketFrame.CloseCode) {
        let streams: [SPDYStream]? = wire.withLock { wire in
            guard !wire.hasEnded else { return nil }
            wire.hasEnded = true
            let ending = wire.transport.ending(code)
            if !ending.isEmpty { outgoing.put(ending) }
            defer { wire.streams = [:] }
            return Array(wire.streams.values)
        }
        outgoing.finish()
        guard let streams else { return }
        for stream in streams { stream.wasReset() }
        ended()
    }
}

/// One stream that a client has opened.
public final class SPDYStream: Sendable {
    public let number: UInt32
    public let headers: [SPDYHeader]
    private let connection: SPDYConnection
    private let incoming = ByteQueue()
    private let resetting = Mutex(false)

    fileprivate init(_ opening: SPDYOpening, _ connection: SPDYConnection) {
        number = opening.stream
        headers = opening.headers
        self.connection = connection
        if opening.isLast { incoming.finish() }
    }

    /// Whether it was ended both ways before its time.
    public var isReset: Bool { resetting.withLock { $0 } }

    public func accept() { connection.accept(number) }
    /// The next bytes of the client; nil when it has closed its half or the stream was reset.
    public func read() async -> [UInt8]? { await incoming.next() }
    /// Waits while the client has too much to take; false when nobody will read it.
    @discardableResult
    public func write(_ bytes: [UInt8]) async -> Bool { await connection.write(bytes, on: number) }
    /// Lets go of what the client sends from now on.
    public func discard() { incoming.abandon() }
    /// Closes our half.
    public func close() { connection.close(number) }
    /// Ends both halves at once; nothing happens to a stream that has ended.
    public func reset(_ status: SPDYResetStatus) {
        connection.reset(number, status)
        wasReset()
    }

    fileprivate func received(_ bytes: [UInt8], isLast: Bool) async {
        if !bytes.isEmpty { incoming.put(bytes) }
        if isLast { return incoming.finish() }
        await incoming.waitForRoom()
    }
    fileprivate func wasReset() {
        resetting.withLock { $0 = true }
        incoming.abandon()
    }
}
