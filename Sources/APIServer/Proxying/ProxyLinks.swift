/// How the links in a backend's answer are made to lead through the proxy, as kube-apiserver does: what names the backend
/// itself, or no host at all, and begins with a slash, gets the proxy's path in front.
struct ProxyLinks: Sendable {
    /// The path up to and with `/proxy`.
    var prefix: String
    /// The backend as "address:port".
    var backend: String
    /// The host that the client asked.
    var asked: String

    func rewritten(_ link: String) -> String {
        guard let reference = LinkReference(link) else { return link }
        let isOther = !reference.host.isEmpty && reference.host != backend && reference.host != asked
        guard !isOther, reference.path.hasPrefix("/") else { return link }
        // A link to the host that was asked keeps it; one to the backend loses it.
        let origin = reference.host == asked ? reference.origin : ""
        if reference.path.hasPrefix(prefix) { return origin + reference.path + reference.rest }
        return origin + Self.joined(prefix, reference.path) + reference.rest
    }

    /// Two paths as one without empty or dotted segments; a slash at the end stays.
    static func joined(_ first: String, _ second: String) -> String {
        var segments: [Substring] = []
        for segment in first.split(separator: "/") + second.split(separator: "/") {
            switch segment {
            case ".": continue
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        let path = "/" + segments.joined(separator: "/")
        return second.hasSuffix("/") && !path.hasSuffix("/") ? path + "/" : path
    }
}

/// The parts of a URL reference (RFC 3986 section 4.1) that a proxy looks at.
struct LinkReference: Equatable {
    /// Scheme and authority as written; empty if there is no authority.
    var origin = ""
    /// Host and port; empty if there is none.
    var host = ""
    var path = ""
    /// Query and fragment with what begins them.
    var rest = ""

    /// Nil for what has a scheme and no path (`mailto:`), and for what is no reference.
    init?(_ text: String) {
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        var left = text[...]
        if let colon = left.firstIndex(where: { ":/?#".contains($0) }), left[colon] == ":" {
            let scheme = left[..<colon]
            guard scheme.first?.isLetter == true else { return nil }
            left = left[left.index(after: colon)...]
            guard left.hasPrefix("/") else { return nil }
            origin = scheme + ":"
        }
        if left.hasPrefix("//") {
            let end = left.dropFirst(2).firstIndex { "/?#".contains($0) } ?? left.endIndex
            let authority = left[left.index(left.startIndex, offsetBy: 2)..<end]
            host = authority.split(separator: "@", omittingEmptySubsequences: false).last.map(String.init) ?? ""
            origin += "//" + authority
            left = left[end...]
        }
        let end = left.firstIndex { "?#".contains($0) } ?? left.endIndex
        path = String(left[..<end])
        rest = String(left[end...])
    }
}
