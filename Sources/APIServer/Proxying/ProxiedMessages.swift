import APIMachinery
import HTTPMessages
import Synchronization

/// How a request is passed on to a backend, and its answer back: which headers go along (RFC 9110 section 7.6.1).
enum ProxiedMessages {
    /// What is between two neighbours only, and never passed on.
    private static let ofTheConnection: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]
    /// What this server has acted upon: who asks, and as whom. A backend learns neither.
    private static let ofThisServer: Set<String> = ["authorization", "expect", "content-length"]

    /// Whether the client wants another protocol on its connection.
    static func isUpgrade(_ request: Request) -> Bool {
        request.header("upgrade") != nil && names(in: request.headers).contains("upgrade")
    }

    /// The request as the backend gets it.
    static func request(_ request: Request, _ path: ProxiedPath, _ backend: Backend) -> Request {
        let upgrades = isUpgrade(request)
        let named = names(in: request.headers)
        var passed = request
        passed.path = path.rest.isEmpty ? "/" : path.rest
        var forwarded: [String] = []
        passed.headers = request.headers.filter { name, value in
            if name == "x-forwarded-for" { forwarded.append(value) }
            if ["x-forwarded-for", "x-forwarded-uri"].contains(name) || name.hasPrefix("impersonate-") { return false }
            if ofThisServer.contains(name) { return false }
            if upgrades, ["connection", "upgrade"].contains(name) { return true }
            return !ofTheConnection.contains(name) && !named.contains(name)
        }
        if request.header("host") == nil { passed.headers.append((name: "host", value: backend.authority)) }
        if !request.sourceAddress.isEmpty { forwarded.append(request.sourceAddress) }
        passed.headers.append((name: "x-forwarded-for", value: forwarded.joined(separator: ", ")))
        passed.headers.append((name: "x-forwarded-uri", value: path.prefix + path.rest))
        // A page's links are rewritten, for which it must be readable.
        if !upgrades, request.header("accept")?.contains("text/html") == true {
            passed.headers.removeAll { $0.name == "accept-encoding" }
        }
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            passed.headers.append((name: "content-length", value: String(request.body.count)))
        }
        return passed
    }

    /// The backend's answer as the client gets it.
    static func answer(_ answer: Answer, _ links: ProxyLinks) -> Answer {
        var passed = answer
        if answer.status != 101 {
            let named = names(in: answer.headers)
            passed.headers.removeAll { ofTheConnection.contains($0.name) || named.contains($0.name) }
        }
        if let place = passed.headers.firstIndex(where: { $0.name == "location" && !$0.value.isEmpty }) {
            passed.headers[place].value = links.rewritten(passed.headers[place].value)
            return passed
        }
        let type = passed.headers.first { $0.name == "content-type" }?.value ?? ""
        let isPage = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " } == "text/html"
        guard isPage, !passed.headers.contains(where: { $0.name == "content-encoding" && $0.value != "identity" }),
            case .stream(let stream) = passed.body
        else { return passed }
        passed.headers.removeAll { $0.name == "content-length" }
        passed.body = .stream(RewrittenPage(stream, PageLinks(links)))
        return passed
    }

    /// The headers that a Connection header names.
    private static func names(in headers: [(name: String, value: String)]) -> Set<String> {
        var names: Set<String> = []
        for header in headers where header.name == "connection" {
            for name in header.value.split(separator: ",") { names.insert(name.filter { $0 != " " }.lowercased()) }
        }
        return names
    }
}

/// A page whose links are rewritten as it passes.
private final class RewrittenPage: ByteStream {
    private let page: any ByteStream
    private let links: Mutex<PageLinks?>

    init(_ page: any ByteStream, _ links: PageLinks) {
        self.page = page
        self.links = Mutex(links)
    }

    func next() async throws -> [UInt8]? {
        while let piece = try await page.next() {
            let ready = links.withLock { $0?.feed(piece) } ?? piece
            if !ready.isEmpty { return ready }
        }
        return links.withLock { links in
            defer { links = nil }
            guard let rest = links?.finish(), !rest.isEmpty else { return nil }
            return rest
        }
    }
    func cancel() { page.cancel() }
}

/// A place among the requests that are passed on, given back when nothing of the exchange is left.
final class ProxyPlace: Sendable {
    private let release: @Sendable () -> Void
    init(_ release: @escaping @Sendable () -> Void) { self.release = release }
    deinit { release() }

    /// The answer, which holds the place as long as its body lasts.
    func held(by answer: Answer) -> Answer {
        var answer = answer
        switch answer.body {
        case .bytes: break
        case .stream(let stream): answer.body = .stream(HeldStream(stream: stream, place: self))
        case .tunnel(let tunnel): answer.body = .tunnel(HeldTunnel(tunnel: tunnel, place: self))
        }
        return answer
    }
}

private struct HeldStream: ByteStream {
    let stream: any ByteStream
    let place: ProxyPlace
    func next() async throws -> [UInt8]? { try await stream.next() }
    func cancel() { stream.cancel() }
}

private struct HeldTunnel: Tunnel {
    let tunnel: any Tunnel
    let place: ProxyPlace
    func received(_ bytes: [UInt8]?) async throws { try await tunnel.received(bytes) }
    func next() async throws -> [UInt8]? { try await tunnel.next() }
    func cancel() { tunnel.cancel() }
}
