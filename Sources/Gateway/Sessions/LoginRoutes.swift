import APIMachinery
import APIServer
import HTTPMessages
import HTTPServer

/// `/login`, `/logout` and `/session`: a browser shows a token or a certificate once and keeps a cookie.
enum LoginRoutes {
    static let paths: Set<String> = ["/login", "/logout"]

    /// The page, or, for who has logged in, who he is.
    static func page(_ site: Site, _ call: Call) async throws -> Answer {
        let next = LoginPage.next(call.query["next"])
        if let session = site.parts.sessions.session(of: call.request) {
            return LoginPage.answer(.known(user: session.user), next: next)
        }
        return LoginPage.answer(.asked(certificate: call.request.certificate?.commonName, fault: nil), next: next)
    }

    /// Takes a form (`token`, `next`) or JSON (`token`); without a token, the connection's certificate.
    static func login(_ site: Site, _ call: Call) async throws -> Answer {
        let request = call.request
        let isForm = try Self.isForm(request)
        var (token, next): (String, String?) = ("", nil)
        if isForm { (token, next) = try form(request) } else { token = try json(request) }
        let sessions = site.parts.sessions
        do {
            guard token.utf8.count <= sessions.tokenBytes else {
                throw Problem(
                    status: 413, title: "Content Too Large",
                    detail: "A token has at most \(sessions.tokenBytes) bytes.")
            }
            let (user, credentials) = try await identify(site, request, try checked(token))
            let cookie = sessions.begin(user.name, credentials, for: request)
            if isForm { return redirect(to: LoginPage.next(next), cookie) }
            return Answer(
                status: 200, headers: [("content-type", "application/json"), ("cache-control", "no-store"), cookie],
                body: .bytes(user.shown.bytes))
        } catch let problem as Problem where isForm && problem.status < 500 {
            return LoginPage.answer(
                .asked(certificate: request.certificate?.commonName, fault: problem.detail), next: LoginPage.next(next),
                status: problem.status)
        }
    }

    static func logout(_ site: Site, _ call: Call) async throws -> Answer {
        let cookie = site.parts.sessions.end(call.request)
        if call.request.header("content-type") != nil, try isForm(call.request) {
            return redirect(to: "/login", cookie)
        }
        return Answer(status: 204, headers: [("cache-control", "no-store"), cookie])
    }

    /// Who asks, however he shows it.
    static func session(_ site: Site, _ call: Call) async throws -> Answer {
        guard let user = try await site.parts.access?.identify(call.request) else { throw unknown }
        return Answer(
            status: 200, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
            body: .bytes(user.shown.bytes))
    }

    /// Only what is shown here counts: a token alone, or the certificate alone.
    private static func identify(
        _ site: Site, _ request: Request, _ token: String
    ) async throws -> (UserInfo, SessionTable.Credentials) {
        guard let access = site.parts.access else { throw unknown }
        var shown = Request(
            method: "GET", path: request.path, sourceAddress: request.sourceAddress, isSecure: request.isSecure)
        let credentials: SessionTable.Credentials
        if !token.isEmpty {
            shown.headers = [("authorization", "Bearer \(token)")]
            credentials = .token(token)
        } else if let certificate = request.certificate {
            shown.certificate = certificate
            credentials = .certificate(certificate)
        } else {
            throw unknown
        }
        do {
            let user = try await access.identify(shown)
            guard !user.isAnonymous else { throw unknown }
            return (user, credentials)
        } catch let error as StatusError where error.code == 401 {
            throw unknown
        }
    }

    private static let unknown = Problem(
        status: 401, title: "Unauthorized", detail: "Nobody is known by this token or certificate.",
        headers: [.init(name: "www-authenticate", value: "Bearer")])

    // MARK: Bodies

    private static func isForm(_ request: Request) throws(Problem) -> Bool {
        let type = request.header("content-type")?.prefix { $0 != ";" }.lowercased() ?? ""
        switch type {
        case "application/x-www-form-urlencoded": return true
        case "application/json": return false
        case "" where request.body.isEmpty: return false
        default:
            throw Problem(
                status: 415, title: "Unsupported Media Type", detail: "A login is a form or a JSON object.")
        }
    }

    private static func form(_ request: Request) throws(Problem) -> (token: String, next: String?) {
        guard let fields = Query(String(decoding: request.body, as: UTF8.self), zeroBytes: true) else {
            throw Problem.badRequest("The form is not well formed.")
        }
        return (fields["token"] ?? "", fields["next"])
    }

    private static func json(_ request: Request) throws(Problem) -> String {
        if request.body.isEmpty { return "" }
        guard let body = try? JSON(parsing: request.body), body.isObject,
            body["token"] == nil || body["token"]?.string != nil
        else { throw Problem.badRequest("The body must be an object with a token.") }
        return body["token"]?.string ?? ""
    }

    /// A token goes into a header, so that nobody can be known by one that is not printable ASCII; blanks around it are left out.
    private static func checked(_ token: String) throws(Problem) -> String {
        let bytes = token.utf8.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }
        var text = Substring(bytes)
        while text.last?.isWhitespace == true { text.removeLast() }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw unknown }
        return String(text)
    }

    private static func redirect(to path: String, _ cookie: (name: String, value: String)) -> Answer {
        Answer(status: 303, headers: [("location", path), ("cache-control", "no-store"), cookie])
    }
}

extension UserInfo {
    /// As `/session` shows it.
    fileprivate var shown: JSON { ["user": JSON(name), "groups": JSON(groups)] }
}
