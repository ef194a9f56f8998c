/// What goes back for a request.
public struct Answer: Sendable {
    public enum Body: Sendable {
        case bytes([UInt8])
        /// Pieces as they come, until nil; the carrier calls `cancel` when the client goes away.
        case stream(any ByteStream)
        /// After an answer of 101: the connection's bytes both ways.
        case tunnel(any Tunnel)
    }
    public var status: Int
    /// Names in lower case.
    public var headers: [(name: String, value: String)]
    public var body: Body
    public init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// A body that comes in pieces: a watch, a log that is followed.
public protocol ByteStream: Sendable {
    /// The next piece; nil at the end. Throwing cuts the connection.
    func next() async throws -> [UInt8]?
    func cancel()
}

/// A stream that can be read without a task that waits for it.
public protocol PolledStream: ByteStream {
    /// What is there now, for one caller at a time, which may be an event loop: it takes little. After `later`, `ready` is
    /// called, once and on any thread, as soon as asking again is worth while.
    func poll(_ ready: @escaping @Sendable () -> Void) -> Polled
}
public enum Polled: Sendable, Equatable {
    case bytes([UInt8]), later, end
}

/// The far side of an upgraded connection (exec, attach, port-forward).
public protocol Tunnel: Sendable {
    /// Bytes that the client sent; nil when its side is closed. Returns when more may come.
    func received(_ bytes: [UInt8]?) async throws
    /// The next bytes for the client; nil closes the connection.
    func next() async throws -> [UInt8]?
    func cancel()
}

extension Answer {
    /// Lets go of what an answer holds when nobody is left to read it.
    public func abandon() {
        switch body {
        case .bytes: break
        case .stream(let stream): stream.cancel()
        case .tunnel(let tunnel): tunnel.cancel()
        }
    }
}
