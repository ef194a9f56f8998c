/// What a request to a kubelet asks of the cluster's rules: a verb on parts of the node's object. Whoever may do it on one of
/// the parts may do it (KEP-2862, fine-grained authorization).
struct KubeletAccess: Equatable, Sendable {
    /// Empty for a method that has none.
    var verb: String
    /// The finest part first.
    var subresources: [String]

    /// `path` is decoded.
    init(method: String, path: String) {
        verb =
            switch method {
            case "POST": "create"
            case "GET": "get"
            case "PUT": "update"
            case "PATCH": "patch"
            case "DELETE": "delete"
            default: ""
            }
        subresources = Self.parts.first { Self.isBelow($0.path, path) }?.subresources ?? ["proxy"]
    }

    private static let parts: [(path: String, subresources: [String])] = [
        ("/pods", ["pods", "proxy"]), ("/healthz", ["healthz", "proxy"]), ("/configz", ["configz", "proxy"]),
        ("/runningpods", ["pods", "proxy"]), ("/stats", ["stats"]), ("/metrics", ["metrics"]), ("/logs", ["log"]),
        ("/checkpoint", ["checkpoint"]), ("/statusz", ["statusz"]), ("/flagz", ["configz"]),
    ]
    private static func isBelow(_ root: String, _ path: String) -> Bool { path == root || path.hasPrefix(root + "/") }

    /// How a user is told that he may not; as the kubelet has it.
    func refusal(_ user: String) -> String {
        "Forbidden (user=\(user), verb=\(verb), resource=nodes, subresource(s)=[\(subresources.joined(separator: " "))])\n"
    }
    /// How a user is told that it could not be found out.
    func failure(_ user: String, _ subresource: String) -> String {
        "Authorization error (user=\(user), verb=\(verb), resource=nodes, subresource=\(subresource))"
    }
}
