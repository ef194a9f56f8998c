import HTTPMessages

/// The paths that belong to the cluster API.
enum APIPaths {
    private static let roots = [
        "api", "apis", "openapi", "version", "livez", "readyz", "healthz", ".well-known", "openid",
    ]
    /// Those that `openapi.yaml` describes; the rest describes itself.
    static let pages: [(path: String, needsCredentials: Bool)] = [
        ("/version", false), ("/livez", false), ("/readyz", false), ("/healthz", false), ("/openapi/v2", true),
        ("/openapi/v3", true),
    ]
    static func contains(_ path: String) -> Bool {
        let rest = path.utf8.dropFirst()
        let root = rest.prefix { $0 != UInt8(ascii: "/") }
        return roots.contains { $0.utf8.elementsEqual(root) }
    }

    /// Whether a request is for one object: lists and watches can take long enough to be felt by the other connections of
    /// a thread.
    static func isQuick(_ request: Request) -> Bool {
        guard request.method == "GET" else { return contains(request.path) }
        // /api/v1/… with an even number of segments and /apis/group/version/… with an odd one end in a name.
        let segments = request.path.utf8.count { $0 == UInt8(ascii: "/") }
        if request.path.hasPrefix("/api/") { return segments.isMultiple(of: 2) }
        return request.path.hasPrefix("/apis/") && segments > 3 && !segments.isMultiple(of: 2)
    }
}
