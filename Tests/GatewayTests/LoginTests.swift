import APIMachinery
import APIServer
import Basics
import Foundation
import HTTPMessages
import HTTPServer
import KubeAPI
import Logging
import TestKit
import Testing

@testable import Gateway

/// A browser's session, with curl as the browser.
@Suite struct LoginTests {
    private struct Everything: Authorizer {
        func authorize(_ user: UserInfo, _ attributes: RequestAttributes) async -> AccessDecision { .allow() }
        func rules(for user: UserInfo, namespace: String) async -> AccessRules { AccessRules() }
    }
    /// Knows a token until it is revoked.
    private struct Revocable: Authenticator {
        let isRevoked: Box<Bool>
        func authenticate(_ request: Request) async throws -> UserInfo? {
            if isRevoked.value { return nil }
            return try await BearerToken("good", for: UserInfo(name: "jane <&>", groups: ["dev"])).authenticate(request)
        }
    }

    /// A site whose API tells who asks, and which cookies it was shown.
    private static func run(
        isRevoked: Box<Bool> = Box(false), _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        let access = AccessControl(
            authenticator: AuthenticatorChain([Revocable(isRevoked: isRevoked), ClientCertificate()]),
            authorizer: Everything())
        try await TestGateway.run(
            site: { configuration in
                var parts = Site.Parts()
                parts.access = access
                return Site(
                    configuration,
                    api: { request in
                        guard let user = try? await access.identify(request) else { return Answer(status: 401) }
                        let cookie = request.header("cookie") ?? "none"
                        return Answer(status: 200, body: .bytes(Array("\(user.name) with \(cookie)".utf8)))
                    }, parts: parts, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }, body)
    }

    private static func curl(_ arguments: String...) async throws -> String {
        try await Shell.run("curl", ["-sS"] + arguments).output
    }

    @Test func aFormLogsInAndOut() async throws {
        try await Self.run { gateway in
            let jar = "\(gateway.directory.path)/jar"
            let login = "\(gateway.plain)/login"
            let page = try await Self.curl("-i", "\(login)?next=/api/v1/pods")
            #expect(page.contains("<label for=\"token\">"))
            #expect(page.contains("name=\"next\" value=\"/api/v1/pods\""))
            #expect(page.contains("form-action 'self'"))
            #expect(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"))
            let wrong = try await Self.curl("-i", "-d", "token=bad&next=/x", login)
            #expect(wrong.contains(" 401 "))
            #expect(wrong.contains("role=\"alert\""))
            #expect(!wrong.lowercased().contains("set-cookie"))
            let right = try await Self.curl("-i", "-c", jar, "-d", "token=good&next=/api/v1/pods", login)
            #expect(right.contains(" 303 "))
            #expect(right.contains("location: /api/v1/pods"))
            let cookie = right.split(separator: "\r\n").first { $0.lowercased().hasPrefix("set-cookie") } ?? ""
            #expect(cookie.contains("; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict"))
            #expect(!cookie.contains("Secure") && !cookie.contains("good"))
            // The session is the token's user; the cookie goes no further, others do.
            #expect(try await Self.curl("-b", jar, "\(gateway.plain)/api/v1/pods") == "jane <&> with none")
            let kept = String(cookie.dropFirst("set-cookie: ".count).prefix { $0 != ";" })
            let both = try await Self.curl("-H", "cookie: a=b; \(kept)", "\(gateway.plain)/api/v1/pods")
            #expect(both == "jane <&> with a=b")
            #expect(try await Self.curl("-b", jar, "\(gateway.plain)/session").contains("\"user\":\"jane <&>\""))
            #expect(try await Self.curl("-b", jar, login).contains("<strong>jane &lt;&amp;&gt;</strong>"))
            let out = try await Self.curl("-i", "-b", jar, "-c", jar, "-X", "POST", "\(gateway.plain)/logout")
            #expect(out.contains(" 204 "))
            #expect(out.contains("Max-Age=0"))
            // Also for who has kept the cookie.
            #expect(
                try await Self.curl("-H", "cookie: \(kept)", "\(gateway.plain)/api/v1/pods")
                    == "system:anonymous with none")
            #expect(try await Self.curl("-i", "-H", "cookie: \(kept)", "\(gateway.plain)/session").contains(" 401 "))
        }
    }

    @Test func onlyOwnPagesChangeAnything() async throws {
        try await Self.run { gateway in
            let jar = "\(gateway.directory.path)/jar"
            let json = try await Self.curl(
                "-c", jar, "-H", "content-type: application/json", "-d", "{\"token\":\"good\"}",
                "\(gateway.plain)/login")
            #expect(json.contains("\"groups\":[\"dev\",\"system:authenticated\"]"))
            let own = gateway.plain
            let path = "\(gateway.plain)/api/v1/pods"
            func status(_ headers: [String], _ method: String = "POST", _ url: String? = nil) async throws -> String {
                try await Shell.run(
                    "curl",
                    ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-b", jar, "-X", method]
                        + headers.flatMap { ["-H", $0] } + [url ?? path]
                ).output
            }
            func user(_ headers: [String], _ url: String? = nil) async throws -> String {
                try await Shell.run("curl", ["-sS", "-b", jar] + headers.flatMap { ["-H", $0] } + [url ?? path]).output
            }
            // Nothing says that a page of ours asks for it.
            #expect(try await status([]) == "403")
            #expect(try await status(["sec-fetch-site: same-site"]) == "403")
            #expect(try await status(["sec-fetch-site: none"]) == "403")
            #expect(try await status(["origin: http://127.0.0.1:1"]) == "403")
            #expect(try await status(["origin: \(own)"]) == "200")
            #expect(try await status(["sec-fetch-site: same-origin"]) == "200")
            #expect(try await status(["upgrade: websocket", "connection: upgrade"], "GET") == "403")
            // Reading: of another port's page the session is not used.
            #expect(try await user(["sec-fetch-site: same-site"]) == "system:anonymous with none")
            #expect(try await user(["sec-fetch-site: none"]) == "jane <&> with none")
            // Credentials of one's own come first, and what pods serve is never reached with a session.
            #expect(try await user(["authorization: Bearer other"]) == "")
            for proxied in ["/api/v1/namespaces/d/pods/p/proxy/x", "/api/v1/nodes/n/%70roxy/"] {
                #expect(try await user([], "\(own)\(proxied)") == "system:anonymous with none")
            }
            // Another site's page logs nobody in.
            #expect(try await status(["origin: http://evil.example"], "POST", "\(own)/login") == "403")
        }
    }

    @Test func aCertificateLogsInOnTLS() async throws {
        try await Self.run { gateway in
            let client = try gateway.pki.client("bob", groups: ["ops"])
            let certificate = try gateway.directory.write("bob.pem", client.certificatePEM)
            let key = try gateway.directory.write("bob.key", client.keyPEM)
            let jar = "\(gateway.directory.path)/jar"
            let own = ["--cacert", gateway.caPath, "--cert", certificate, "--key", key]
            func curl(_ arguments: [String]) async throws -> String {
                try await Shell.run("curl", ["-sS"] + arguments).output
            }
            #expect(try await curl(own + ["\(gateway.secure)/login"]).contains("with the certificate of bob"))
            let answer = try await curl(
                own + ["-i", "-c", jar, "-d", "next=//evil.example", "\(gateway.secure)/login"])
            #expect(answer.contains("location: /docs"))
            #expect(answer.contains("__Host-skiff-session-"))
            #expect(answer.contains("; HttpOnly; SameSite=Strict; Secure"))
            let later = ["--cacert", gateway.caPath, "-b", jar, "\(gateway.secure)/api/v1/pods"]
            #expect(try await curl(later) == "bob with none")
            #expect(try await curl(["-i", "-X", "POST", "\(gateway.plain)/login"]).contains(" 401 "))
        }
    }

    @Test func aSessionMayNoMoreThanItsToken() async throws {
        let isRevoked = Box(false)
        try await Self.run(isRevoked: isRevoked) { gateway in
            let jar = "\(gateway.directory.path)/jar"
            _ = try await Self.curl("-c", jar, "-d", "token=good", "\(gateway.plain)/login")
            #expect(try await Self.curl("-b", jar, "\(gateway.plain)/api/v1/pods") == "jane <&> with none")
            isRevoked.value = true
            let after = try await Self.curl(
                "-o", "/dev/null", "-w", "%{http_code}", "-b", jar, "\(gateway.plain)/api/v1/pods")
            #expect(after == "401")
        }
    }

    @Test func whatIsNoLoginIsRefused() async throws {
        try await Self.run { gateway in
            let login = "\(gateway.plain)/login"
            for (arguments, status) in [
                (["-H", "content-type: text/plain", "-d", "good"], "415"),
                (["-H", "content-type: application/json", "-d", "[]"], "400"),
                (["-H", "content-type: application/json", "-d", "{\"token\":1}"], "400"),
                (["-d", "token=%ff"], "400"), (["-d", "token=%zz"], "400"), (["-d", "token=%00&%00=a"], "401"),
                (["-d", "token=%0d%0ax: y"], "401"), (["-d", "token=b%20c"], "401"), (["-d", "token=%C2%90"], "401"),
                (["-d", "token=" + String(repeating: "a", count: 20_000)], "413"), (["-d", ""], "401"),
            ] {
                let result = try await Shell.run(
                    "curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}"] + arguments + [login])
                #expect(result.output == status, "\(arguments.prefix(4))")
            }
        }
    }

    @Test func theTableIsBounded() {
        var limits = SessionTable.Limits()
        limits.sessions = 6
        limits.sessionsOfUser = 2
        limits.seconds = 10
        var table = SessionTable(limits: limits)
        for number in 0..<4 { table.begin("a\(number)", "a", .token("t"), now: Int64(number)) }
        // One user ends his own only.
        #expect(table.count == 2)
        #expect(table.session("a1", now: 5) == nil)
        #expect(table.session("a3", now: 5)?.credentials == .token("t"))
        for number in 0..<10 { table.begin("b\(number)", "u\(number)", .token("t"), now: Int64(10 + number)) }
        #expect(table.count == 6)
        #expect(table.session("b3", now: 20) == nil)
        #expect(table.session("b9", now: 20) != nil)
        #expect(table.session("b9", now: 19 + 10_000_000_000) == nil)
        table.end("b8")
        #expect(table.session("b8", now: 20) == nil)
        table.begin("c", "c", .token("t"), now: 60_000_000_000)
        #expect(table.count == 1)
    }
}
