/// What stands before `/proxy` in a path: whom to reach, by which scheme and port. Its forms are "name", "name:port" and
/// "scheme:name:port".
struct ProxiedName: Equatable {
    /// Whether TLS is spoken; "http" and nothing are plain.
    var isSecure: Bool
    var name: String
    /// A number or a name; empty for the default one.
    var port: String

    /// Nil for what has none of the forms.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let (scheme, rest) = parts.count == 3 ? (parts[0], Array(parts[1...])) : ("", parts)
        guard (1...2).contains(rest.count), !rest[0].isEmpty, ["", "http", "https"].contains(scheme) else { return nil }
        isSecure = scheme == "https"
        name = rest[0]
        port = rest.count > 1 ? rest[1] : ""
    }
}

/// A path with a proxy in it, as sent: what leads to the proxy, and what is behind it.
struct ProxiedPath: Equatable {
    /// Up to and with `/proxy`.
    var prefix: String
    /// From the next slash on, still percent-encoded; empty when there is none.
    var rest: String

    /// `segments` is how many the prefix has, `proxy` included.
    init(_ path: String, segments: Int) {
        var seen = 0
        var end = path.utf8.startIndex
        let bytes = path.utf8
        while seen < segments, end < bytes.endIndex {
            while end < bytes.endIndex, bytes[end] == UInt8(ascii: "/") { bytes.formIndex(after: &end) }
            while end < bytes.endIndex, bytes[end] != UInt8(ascii: "/") { bytes.formIndex(after: &end) }
            seen += 1
        }
        prefix = String(path[..<end])
        rest = String(path[end...])
    }
}
