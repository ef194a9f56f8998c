import Basics
import HTTPMessages
import HTTPServer
import Synchronization

/// Browsers that have logged in. A cookie stands for the credentials that were shown; here it is turned into them before
/// anything else sees the request, and nothing behind ever sees the cookie.
///
/// The table is this process' memory: a restart logs everybody out, and no key or token is written anywhere.
public final class Sessions: Sendable {
    private let table: Mutex<SessionTable>
    private let clock: any TimeSource
    /// Tells our cookie from those of other clusters at the same host, which browsers do not by the port.
    private let mark = Sessions.random(words: 1)

    public convenience init() { self.init(limits: .init(), clock: SystemClock()) }
    init(limits: SessionTable.Limits, clock: any TimeSource) {
        table = Mutex(SessionTable(limits: limits))
        self.clock = clock
    }

    var tokenBytes: Int { table.withLock { $0.limits.tokenBytes } }

    // MARK: Cookies

    /// Begins a session; gives the header that has the browser keep it.
    func begin(_ user: String, _ credentials: SessionTable.Credentials, for request: Request) -> (
        name: String, value: String
    ) {
        let identity = Self.random(words: 4)
        let seconds = table.withLock { table in
            table.begin(identity, user, credentials, now: clock.uptime)
            return table.limits.seconds
        }
        return cookie(identity, seconds, request)
    }

    /// Ends the session of a request, if it has one; gives the header that has the browser forget it.
    func end(_ request: Request) -> (name: String, value: String) {
        for identity in identities(in: request) { table.withLock { $0.end(identity) } }
        return cookie("", 0, request)
    }

    private func cookie(_ identity: String, _ seconds: Int, _ request: Request) -> (name: String, value: String) {
        let secure = request.isSecure ? "; Secure" : ""
        return (
            name: "set-cookie",
            value: "\(name(request))=\(identity); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict\(secure)"
        )
    }

    /// On TLS one that no other listener and no other host can have set (RFC 6265bis, section 4.1.3.2).
    private func name(_ request: Request) -> String { (request.isSecure ? "__Host-" : "") + "skiff-session-\(mark)" }

    private func identities(in request: Request) -> [String] {
        let start = "\(name(request))="
        return Self.cookies(request).filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }

    private static func cookies(_ request: Request) -> [Substring] {
        request.headers.filter { $0.name == "cookie" }.flatMap { header in
            header.value.split(separator: ";").map { $0.drop { $0 == " " } }
        }
    }

    // MARK: Requests

    /// The request with the credentials that its cookie stands for, and without the cookie. Credentials that it shows itself
    /// come before a session's. Throws 403 for what changes something and is not known to be a page's of this origin.
    func resolved(_ request: Request) throws(Problem) -> Request {
        guard request.headers.contains(where: { $0.name == "cookie" }) else { return request }
        var resolved = request
        resolved.headers.removeAll { $0.name == "cookie" }
        // Those of the other listener are nobody's but ours, too.
        let others = Self.cookies(request).filter { !$0.contains("skiff-session-\(mark)=") }
        if !others.isEmpty { resolved.headers.append((name: "cookie", value: others.joined(separator: "; "))) }
        guard request.header("authorization") == nil, !Self.isProxied(request.path),
            let session = session(of: request), SameOrigin.isPossible(request)
        else { return resolved }
        guard !SameOrigin.isNeeded(request) || SameOrigin.isCertain(request) else {
            throw Problem(
                status: 403, title: "Forbidden",
                detail: "With a session only pages of this origin may change something or open a connection.")
        }
        switch session.credentials {
        case .token(let token): resolved.headers.append((name: "authorization", value: "Bearer \(token)"))
        case .certificate(let subject): resolved.certificate = subject
        }
        return resolved
    }

    func session(of request: Request) -> SessionTable.Session? {
        identities(in: request).lazy.compactMap { identity in
            self.table.withLock { $0.session(identity, now: self.clock.uptime) }
        }.first
    }

    /// What pods and Services answer is shown under our origin; no session reaches them, lest a page of theirs used it.
    private static func isProxied(_ path: String) -> Bool {
        path.split(separator: "/").contains { PercentEncoding.decode($0) == "proxy" }
    }

    /// Hexadecimal digits by the system's generator, 64 bits a word.
    private static func random(words: Int) -> String {
        (0..<words).map { _ in UInt64.random(in: .min ... .max).digits(16, radix: 16, uppercase: false) }.joined()
    }
}

/// What a request tells of the page that had the browser send it (Fetch Metadata; Origin, RFC 6454).
enum SameOrigin {
    /// Whether nothing says that it was another origin's. Pages of other ports are of the same site, to which cookies go.
    static func isPossible(_ request: Request) -> Bool {
        switch request.header("sec-fetch-site") {
        case nil, "same-origin", "none": break
        default: return false
        }
        return request.header("origin").map { $0 == origin(of: request) } ?? true
    }

    /// Whether it was this origin's.
    static func isCertain(_ request: Request) -> Bool {
        isPossible(request)
            && (request.header("sec-fetch-site") == "same-origin" || request.header("origin") != nil)
    }

    /// Whether it must be: it changes something, or opens a connection over which anything can be done.
    static func isNeeded(_ request: Request) -> Bool {
        !["GET", "HEAD", "OPTIONS"].contains(request.method) || request.header("upgrade") != nil
    }

    private static func origin(of request: Request) -> String {
        (request.isSecure ? "https://" : "http://") + (request.header("host") ?? "").lowercased()
    }
}
