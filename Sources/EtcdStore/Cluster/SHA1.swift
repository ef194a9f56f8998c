import Crypto

/// SHA-1 (RFC 3174), only because etcd derives the numbers of clusters and members with it; it protects nothing.
enum SHA1 {
    /// The digest's first eight bytes, as a big-endian number.
    static func prefix(of message: [UInt8]) -> UInt64 {
        Insecure.SHA1.hash(data: message).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
