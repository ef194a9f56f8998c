/// Every bound of this room, in one place.
enum Limits {
    /// A UDP answer without EDNS (RFC 1035 §4.2.1), and the most with it whatever the client says it takes.
    static let plainDatagramBytes = 512
    static let largestDatagramBytes = 4_096
    static let largestMessageBytes = 65_535
    /// Records of one message and hops of one name when reading.
    static let records = 2_048
    static let aliasHops = 8
    /// Queries for other servers at once; more get SERVFAIL.
    static let forwardedQueries = 512
    static let forwardTimeoutSeconds: Int64 = 2
    static let forwardAttempts = 2
    /// Answers of other servers that are kept, for how long at most, and how long failures to exist are.
    static let cachedAnswers = 2_048
    static let cachedSeconds: UInt32 = 300
    static let cachedAbsenceSeconds: UInt32 = 30
    static let connections = 512
    static let connectionIdleSeconds: Int64 = 10
    /// Servers that are used of a resolv.conf (MAXNS), search domains (MAXDNSRCH) and dots (RES_MAXNDOTS).
    static let nameservers = 3
    static let searchDomains = 32
    static let dots = 15
}
