import Basics

/// A request's path in the one form in which it is compared with rules: without query, unreserved characters decoded,
/// dot segments resolved and repeated slashes merged (RFC 3986 §6.2.2), so that no spelling of a path goes around a
/// rule. The backend gets the path as the client wrote it.
public struct RequestPath: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// nil when the path leaves the root or is not a path.
    public init?(_ target: some StringProtocol) {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        guard path.first == "/" else { return nil }
        guard path.utf8.contains(UInt8(ascii: "%")) || path.contains("//") || path.contains("/.") else {
            text = String(path)
            return
        }
        var segments: [String] = []
        var endsOpen = false
        let parts = PercentEncoding.normalized(String(path)).split(separator: "/", omittingEmptySubsequences: false)
            .dropFirst()
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch part {
            case "", ".": endsOpen = isLast
            case "..":
                guard segments.popLast() != nil else { return nil }
                endsOpen = isLast
            default: segments.append(String(part))
            }
        }
        text = "/" + segments.joined(separator: "/") + (endsOpen && !segments.isEmpty ? "/" : "")
    }

    public var description: String { text }
}

/// The host a request names, in the one form in which it is compared: lower case, without port and final dot.
public struct RequestHost: Sendable, Hashable, CustomStringConvertible {
    public let text: String

    /// nil for what cannot be a host (RFC 3986 §3.2.2); an empty header is a host without name.
    public init?(_ header: String) {
        var host = header[...]
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let port = host[host.index(after: end)...]
            guard port.isEmpty || Self.isPort(port) else { return nil }
            text = host[...end].lowercased()
            return
        }
        if let colon = host.firstIndex(of: ":") {
            guard Self.isPort(host[colon...]) else { return nil }
            host = host[..<colon]
        }
        if host.last == "." { host.removeLast() }
        guard host.utf8.allSatisfy(Self.isAllowed) else { return nil }
        text = host.lowercased()
    }

    public var description: String { text }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.dropFirst().utf8.allSatisfy { (48...57).contains($0) } && text.count <= 6
    }
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
