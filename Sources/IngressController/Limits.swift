/// Every bound of this room, in one place. What a user may set is in `IngressProxy.Configuration`.
enum Limits {
    /// Client connections at once over both listeners; more are closed at once.
    static let clientConnections = 6_000
    /// A request's or an answer's head, in bytes and fields.
    static let headerBytes = 64 * 1024
    static let headerFieldBytes = 32 * 1024
    static let headerFields = 200
    /// Bytes of a request's body that are kept to send them again; a longer body is sent once.
    static let replayBytes = 64 * 1024
    /// Bytes waiting for one side above which the other is no longer read, and below which it is again.
    static let waitingBytesHigh = 256 * 1024
    static let waitingBytesLow = 64 * 1024

    /// From the first look at a connection (or the end of the last answer) to the end of the next head.
    static let clientHeadSeconds: Int64 = 30
    static let clientIdleSeconds: Int64 = 75
    /// Without a byte of the request's body, or with the client taking no byte of the answer.
    static let clientStallSeconds: Int64 = 60
    /// Addresses of one name that are tried.
    static let addressesPerName = 4
    static let connectSeconds: Int64 = 2
    /// Without a byte from the backend (nginx proxy_read_timeout).
    static let backendStallSeconds: Int64 = 60
    /// A tunnel (WebSocket) in which nothing moves.
    static let tunnelIdleSeconds: Int64 = 3_600
    /// Rest of a request's body that is read and dropped after an early answer, and how long.
    static let discardSeconds: Int64 = 5
    /// For how long something must be amiss before it is told: objects are often made one after the other.
    static let problemPatience = Duration.seconds(2)
    /// Certificates of Ingresses that end sooner are told of, and how often that is looked at.
    static let certificateEndWarning = Duration.seconds(10 * 86_400)
    static let certificateLook = Duration.seconds(3_600)
    /// How long requests in flight may take when the controller stops.
    static let drainSeconds: Int64 = 10

    /// Idle connections per backend and event loop, and how long they are kept. Backends close theirs after longer.
    static let idlePerBackend = 32
    static let idleSeconds: Int64 = 30
}
