/// What one client of the cluster is held to.
public struct ClientLimits: Sendable {
    /// From a call's start to the end of its answer.
    public var callTimeout = Duration.seconds(30)
    public var connectTimeout = Duration.seconds(5)
    /// How often a call is made at the most.
    public var tries = 4
    /// Objects in one page of a list.
    public var pageItems = 500
    /// An answer to a call, such as one page.
    public var answerBytes = 64 << 20
    /// One event of a watch.
    public var eventBytes = 16 << 20
    /// Calls at once; more wait.
    public var calls = 32
    /// Watches at once; more wait.
    public var watches = 1_024
    /// A watch is begun anew after this many seconds, by chance, as client-go does it.
    public var watchSeconds = 300..<600
    /// A watch of which nothing is heard for this long hangs: servers send a bookmark every minute.
    public var watchSilence = Duration.seconds(150)
    public init() {}
}
