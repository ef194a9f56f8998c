/// An image's name, such as `nginx`, `nginxdemos/nginx-hello:plain-text` or `registry.example.com/app@sha256:…`.
public enum ImageReference {
    /// The full form with registry and tag: `docker.io/library/nginx:latest` for `nginx`.
    public static func expanded(_ image: String) -> String {
        var name = image
        if !image.contains("@") {
            let lastSlash = image.lastIndex(of: "/")
            let tail = lastSlash.map { image[image.index(after: $0)...] } ?? image[...]
            if !tail.contains(":") { name += ":latest" }
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return "docker.io/library/" + name }
        let host = parts[0]
        return host.contains(".") || host.contains(":") || host == "localhost" ? name : "docker.io/" + name
    }

    /// The full form without tag and digest.
    public static func repository(_ image: String) -> String {
        let name = expanded(image).split(separator: "@").first ?? ""
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return String(name) }
        return String(name[..<colon])
    }

    /// Whether a name can be an image's at all (lower-case path, valid tag).
    public static func isValid(_ image: String) -> Bool {
        guard !image.isEmpty, image.utf8.count <= 512 else { return false }
        let withoutDigest = image.split(separator: "@", omittingEmptySubsequences: false).first ?? ""
        let parts = withoutDigest.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isHost = index == 0 && parts.count > 1
            let isLast = index == parts.count - 1
            let pieces = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = pieces.first, !name.isEmpty, pieces.count == 1 || isHost || isLast else { return false }
            guard
                name.utf8.allSatisfy({ byte in
                    (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 46 || byte == 95
                        || (isHost && (65...90).contains(byte))
                })
            else { return false }
            if pieces.count == 2 {
                guard !pieces[1].isEmpty, pieces[1].utf8.count <= 128,
                    pieces[1].utf8.allSatisfy({ byte in
                        (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || byte == 45
                            || byte == 46 || byte == 95
                    })
                else { return false }
            }
        }
        return true
    }
}

/// Shell-like patterns: `*` for any run of characters, `?` for one.
struct GlobPattern: Sendable, Equatable {
    let text: String
    init(_ text: String) { self.text = text }

    func matches(_ candidate: String) -> Bool {
        let pattern = Array(text.utf8)
        let bytes = Array(candidate.utf8)
        var (p, b) = (0, 0)
        var retry: (pattern: Int, byte: Int)?
        while b < bytes.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p, b)
                p += 1
            } else if p < pattern.count, pattern[p] == bytes[b] || pattern[p] == UInt8(ascii: "?") {
                p += 1
                b += 1
            } else if let last = retry {
                retry = (last.pattern, last.byte + 1)
                p = last.pattern + 1
                b = last.byte + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
