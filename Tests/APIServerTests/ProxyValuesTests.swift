import APIMachinery
import HTTPMessages
import Testing

@testable import APIServer

/// The values that a proxied request passes through.
@Suite struct ProxyValuesTests {
    @Test func names() {
        let plain = ProxiedName("web")
        #expect(plain?.name == "web" && plain?.port == "" && plain?.isSecure == false)
        let port = ProxiedName("web:http")
        #expect(port?.name == "web" && port?.port == "http")
        let secure = ProxiedName("https:web:8443")
        #expect(secure?.name == "web" && secure?.port == "8443" && secure?.isSecure == true)
        #expect(ProxiedName("http:web:")?.port == "")
        #expect(ProxiedName(":web:80")?.isSecure == false)
        for wrong in ["", ":80", "ftp:web:80", "a:b:c:d", "https::80"] {
            #expect(ProxiedName(wrong) == nil, "\(wrong)")
        }
    }

    @Test func pathsKeepWhatIsBehindTheProxyAsSent() throws {
        let path = ProxiedPath("/api/v1/namespaces/n/pods/p/proxy/a%2Fb//c/", segments: 7)
        #expect(path.prefix == "/api/v1/namespaces/n/pods/p/proxy")
        #expect(path.rest == "/a%2Fb//c/")
        #expect(ProxiedPath("/api/v1/nodes/n/proxy", segments: 5).rest == "")
        let target = try Target(
            Request(method: "GET", path: "/api/v1/namespaces/n/pods/p:80/proxy/a%2Fb/log", query: ""))
        #expect(target.attributes.subresource == .proxy && target.attributes.name == "p:80")
        let pod = try Target(Request(method: "GET", path: "/api/v1/namespaces/pods/pods/proxy/log", query: ""))
        #expect(pod.attributes.subresource == .log && pod.attributes.name == "proxy")
    }

    @Test func addressesOfTheMachineAreNotReached() {
        for text in [
            "127.0.0.1", "127.1.2.3", "0.0.0.0", "169.254.169.254", "224.0.0.1", "::1", "fe80::1", "::ffff:127.0.0.1",
        ] {
            #expect(IPAddress(text).map(ProxiedAddresses.allow) == false, "\(text)")
        }
        for text in ["10.1.2.3", "127.100.0.2", "2001:db8::1", "192.168.1.1"] {
            #expect(IPAddress(text).map(ProxiedAddresses.allow) == true, "\(text)")
        }
    }

    private let links = ProxyLinks(prefix: "/api/p/proxy", backend: "10.0.0.1:80", asked: "kube:6443")

    @Test(arguments: [
        ("/a/b", "/api/p/proxy/a/b"), ("/", "/api/p/proxy/"), ("a/b", "a/b"), ("#top", "#top"),
        ("http://10.0.0.1:80/x?y=/z#f", "/api/p/proxy/x?y=/z#f"), ("http://elsewhere/x", "http://elsewhere/x"),
        ("https://kube:6443/x", "https://kube:6443/api/p/proxy/x"), ("/api/p/proxy/x", "/api/p/proxy/x"),
        ("//elsewhere/x", "//elsewhere/x"), ("mailto:a@b", "mailto:a@b"), ("/a/../b/", "/api/p/proxy/b/"),
    ])
    func locations(link: String, through: String) { #expect(links.rewritten(link) == through) }

    private static let page = #"""
        <!doctype html><!-- <a href="/no"> --><a class=x href="/a?b=1">A</a><A HREF='/c'>C</A><a href=/d>D</a>
        <img src="/i.png" alt="/no"><p title="/no">1 < 2</p><script src="/s.js">var a = '<a href="/no">';</script>
        <form action="http://10.0.0.1:80/f"/><link href="//cdn/x"><a name="/no" data-href="/no">x</a><br><
        """#
    private static let rewritten = #"""
        <!doctype html><!-- <a href="/no"> --><a class=x href="/api/p/proxy/a?b=1">A</a><A HREF='/api/p/proxy/c'>C</A><a href=/api/p/proxy/d>D</a>
        <img src="/api/p/proxy/i.png" alt="/no"><p title="/no">1 < 2</p><script src="/api/p/proxy/s.js">var a = '<a href="/no">';</script>
        <form action="/api/p/proxy/f"/><link href="//cdn/x"><a name="/no" data-href="/no">x</a><br><
        """#

    /// Whatever the pieces in which a page comes, its links are rewritten, and nothing else.
    @Test(arguments: [1, 2, 3, 7, 64, 10_000])
    func pagesInPieces(size: Int) {
        var page = PageLinks(links)
        let bytes = Array(Self.page.utf8)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            output += page.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        output += page.finish()
        #expect(String(decoding: output, as: UTF8.self) == Self.rewritten)
    }

    @Test func aTagWithoutEndIsNotHeldForEver() {
        var page = PageLinks(links)
        var passed = 0
        for _ in 0..<200 { passed += page.feed(Array(repeating: UInt8(ascii: "x"), count: 1024)).count }
        passed += page.feed(Array("<a href=\"".utf8)).count
        for _ in 0..<200 { passed += page.feed(Array(repeating: UInt8(ascii: "x"), count: 1024)).count }
        #expect(passed > 300 << 10)
    }

    @Test func headersOfTheConnectionAndTheCallerStayHere() {
        let request = Request(
            method: "POST", path: "/p",
            headers: [
                ("host", "kube:6443"), ("authorization", "Bearer x"), ("impersonate-user", "root"),
                ("connection", "x-own, close"),
                ("x-own", "1"), ("cookie", "a=b"), ("x-forwarded-for", "1.2.3.4"), ("transfer-encoding", "chunked"),
                ("accept", "text/html"), ("accept-encoding", "gzip"),
            ], body: [1, 2, 3], sourceAddress: "10.9.9.9")
        let backend = Backend(host: "10.0.0.1", port: 80, isSecure: false)
        let passed = ProxiedMessages.request(request, ProxiedPath("/api/v1/nodes/n/proxy/x", segments: 5), backend)
        #expect(passed.path == "/x")
        #expect(
            passed.headers.map { "\($0.name): \($0.value)" } == [
                "host: kube:6443", "cookie: a=b", "accept: text/html", "x-forwarded-for: 1.2.3.4, 10.9.9.9",
                "x-forwarded-uri: /api/v1/nodes/n/proxy/x", "content-length: 3",
            ])
    }
}
