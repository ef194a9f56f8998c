import HTTPMessages

/// Who has logged in, as a value; moments are nanoseconds since whenever.
struct SessionTable {
    struct Limits {
        /// How many sessions there may be; one more ends the oldest.
        var sessions = 4_096
        /// The same of one user, so that nobody logs all others out.
        var sessionsOfUser = 16
        /// How long a session lasts.
        var seconds = 8 * 3_600
        /// The longest token that is kept.
        var tokenBytes = 16 << 10
    }
    /// What was shown at the login. It is shown again with each request, so a session may never do more than it still may.
    enum Credentials: Equatable {
        case token(String)
        case certificate(Request.CertificateSubject)
    }
    struct Session: Equatable {
        var user: String
        var credentials: Credentials
        var ends: Int64
    }

    let limits: Limits
    private var sessions: [String: Session] = [:]

    init(limits: Limits = Limits()) { self.limits = limits }

    var count: Int { sessions.count }

    /// Begins a session under an identity that nobody can guess.
    mutating func begin(_ identity: String, _ user: String, _ credentials: Credentials, now: Int64) {
        sessions = sessions.filter { $0.value.ends > now }
        let own = sessions.filter { $0.value.user == user }
        if own.count >= limits.sessionsOfUser { endOldest(of: own) }
        if sessions.count >= limits.sessions { endOldest(of: sessions) }
        sessions[identity] = Session(
            user: user, credentials: credentials, ends: now + Int64(limits.seconds) * 1_000_000_000)
    }

    func session(_ identity: String, now: Int64) -> Session? {
        guard let session = sessions[identity], session.ends > now else { return nil }
        return session
    }

    mutating func end(_ identity: String) { sessions[identity] = nil }

    private mutating func endOldest(of some: [String: Session]) {
        // All last equally long, so the first to end is the oldest.
        if let oldest = some.min(by: { ($0.value.ends, $0.key) < ($1.value.ends, $1.key) }) { end(oldest.key) }
    }
}
