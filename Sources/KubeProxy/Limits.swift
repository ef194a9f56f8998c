import Basics

/// Every bound of this room, in one place.
enum Limits {
    /// Affinity time when a Service does not say one (core/v1 DefaultClientIPServiceAffinitySeconds).
    static let defaultAffinitySeconds = 10_800
    /// Clients remembered per listener; the one seen longest ago is forgotten first.
    static let affinityClients = 10_000
    /// Streams open at once over all listeners; more are reset. Each takes two descriptors.
    static let streams = 8_000
    /// Backends that are tried for one stream before its client is reset.
    static let connectAttempts = 3
    static let connectSeconds: Int64 = 5
    /// Bytes waiting for one side of a stream above which the other side is no longer read, and below which it is again.
    static let waitingBytesHigh = 256 * 1024
    static let waitingBytesLow = 64 * 1024
    /// The longest UDP datagram's room (65,507 bytes over IPv4): none is cut.
    static let datagramBytes = 65_535
    /// UDP flows per listener; the one quiet for longest makes room.
    static let flows = 4_096
    /// Silence after which a UDP flow is forgotten (nf_conntrack_udp_timeout_stream).
    static let flowIdleSeconds: Int64 = 120
    /// Datagrams kept while a flow's socket is being made.
    static let flowWaitingDatagrams = 32
    /// Listeners at once; more are logged and left out.
    static let listeners = 6_000
    /// Services whose health check node ports are open at once.
    static let healthChecks = 1_000
    /// Waits between attempts to bind an address that is not to be had.
    static let rebinding = Backoff(base: .seconds(1), limit: .seconds(30), jitter: 0)
}
