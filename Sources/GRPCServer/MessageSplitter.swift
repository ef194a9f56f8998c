import NIOCore

/// Cuts what a client sends on one stream into messages: a byte that says whether the message is compressed, its length
/// in four bytes, and the message. Source: grpc, doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message".
@usableFromInline
struct MessageSplitter {
    @usableFromInline static let prefixBytes = 5
    private static let readBytesKept = 64 << 10
    private let limit: Int
    private var held = ByteBuffer()

    /// Messages of more than `limit` bytes are refused.
    init(limit: Int) { self.limit = limit }

    /// Bytes of a message that is not complete.
    var waitingBytes: Int { held.readableBytes }

    mutating func append(_ bytes: ByteBuffer) {
        if held.readableBytes == 0 {
            held = bytes
        } else {
            var bytes = bytes
            if held.readerIndex > Self.readBytesKept { held.discardReadBytes() }
            held.writeBuffer(&bytes)
        }
    }

    /// The next whole message. Throws what the call must end with if there can be none.
    mutating func next() throws(CallError) -> FramedMessage? {
        let start = held.readerIndex
        guard let isCompressed = held.getInteger(at: start, as: UInt8.self),
            let count = held.getInteger(at: start + 1, as: UInt32.self)
        else { return nil }
        if isCompressed != 0 {
            throw CallError(.unimplemented, "grpc: compressed messages are not taken")
        }
        if count > limit {
            throw CallError(
                .resourceExhausted, "grpc: received message larger than max (\(count) vs. \(limit))")
        }
        return held.readSlice(length: Self.prefixBytes + Int(count)).map { FramedMessage(whole: $0) }
    }
}
