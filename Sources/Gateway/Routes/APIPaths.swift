import APIMachinery
import HTTPMessages

/// The paths that belong to the cluster API.
enum APIPaths {
    private static let roots = [
        "api", "apis", "openapi", "version", "livez", "readyz", "healthz", ".well-known", "openid", "statusz",
        "flagz", "debug", "index.html",
    ]
    /// Those that `openapi.yaml` describes; the rest describes itself.
    static let pages: [(path: String, needsCredentials: Bool)] = [
        ("/version", false), ("/livez", false), ("/readyz", false), ("/healthz", false), ("/openapi/v2", true),
        ("/openapi/v3", true),
    ]
    /// 405 where one of the pages is asked for by a method that it does not know; nil otherwise.
    static func refusal(ofMethod request: Request) -> Answer? {
        guard !["GET", "HEAD", "OPTIONS"].contains(request.method), pages.contains(where: { $0.path == request.path })
        else { return nil }
        let error = StatusError(
            code: 405, reason: .methodNotAllowed,
            message: "the server does not allow this method on the requested resource")
        return Answer(
            status: error.code, headers: [("content-type", "application/json"), ("allow", "GET, HEAD")],
            body: .bytes(error.json.bytes))
    }

    /// Whether the cluster's index of paths is asked for: `/` is the site's own, unless JSON is wanted of it.
    static func isIndex(_ request: Request) -> Bool {
        request.path == "/" && request.method == "GET" && request.header("accept")?.contains("application/json") == true
    }

    static func contains(_ path: String) -> Bool {
        let rest = path.utf8.dropFirst()
        let root = rest.prefix { $0 != UInt8(ascii: "/") }
        return roots.contains { $0.utf8.elementsEqual(root) }
    }

    /// Pages that are made of what is at hand.
    private static let quickPages = ["/version", "/healthz", "/livez", "/readyz"]

    /// Whether a request is for one object or a small page: lists and watches can take long enough to be felt by the other connections of
    /// a thread.
    static func isQuick(_ request: Request) -> Bool {
        guard request.method == "GET" else { return contains(request.path) }
        if quickPages.contains(request.path) { return true }
        // /api/v1/… with an even number of segments and /apis/group/version/… with an odd one end in a name.
        let segments = request.path.utf8.count { $0 == UInt8(ascii: "/") }
        if request.path.hasPrefix("/api/") { return segments.isMultiple(of: 2) }
        return request.path.hasPrefix("/apis/") && segments > 3 && !segments.isMultiple(of: 2)
    }
}
