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
        let parts = Self.decodeUnreserved(path).split(separator: "/", omittingEmptySubsequences: false).dropFirst()
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

    private static func decodeUnreserved(_ path: some StringProtocol) -> String {
        var output: [UInt8] = []
        let bytes = Array(path.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexDigit(bytes[index + 1]),
                let low = hexDigit(bytes[index + 2])
            {
                let byte = high << 4 | low
                if isUnreserved(byte) {
                    output.append(byte)
                } else {
                    // Upper case, so that %2f and %2F are the same.
                    output.append(UInt8(ascii: "%"))
                    output.append(upper(bytes[index + 1]))
                    output.append(upper(bytes[index + 2]))
                }
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
    private static func upper(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte) ? byte - 32 : byte
    }
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
