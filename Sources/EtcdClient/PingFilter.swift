import NIOCore

/// Takes the pings out of what a server sends on an HTTP/2 connection (RFC 9113 §4.1, §6.7) and lets everything else through
/// untouched: a value that sees the bytes as they come, cut anywhere.
struct PingFilter {
    /// What to do with some bytes, in order.
    enum Part: Equatable {
        case through(ByteBuffer)
        /// A ping that wants an answer, with what it carries.
        case ping(UInt64)
    }

    static let headerBytes = 9
    static let pingBytes = 8
    private static let pingType: UInt8 = 6
    private static let acknowledgement: UInt8 = 1

    /// Bytes that still go through before the next frame begins.
    private var passing = 0
    /// The beginning of a frame of which more must be known.
    private var held = ByteBuffer()

    mutating func filter(_ input: ByteBuffer) -> [Part] {
        var input = input
        if held.readableBytes > 0 {
            held.writeBuffer(&input)
            input = held
            held = ByteBuffer()
        }
        var parts: [Part] = []
        var run = 0
        // `run` bytes at the beginning of `input` go through together.
        func flush(_ parts: inout [Part], _ input: inout ByteBuffer, _ run: inout Int) {
            if run > 0, let through = input.readSlice(length: run) { parts.append(.through(through)) }
            run = 0
        }
        while input.readableBytes > run {
            let left = input.readableBytes - run
            if passing > 0 {
                let count = min(passing, left)
                passing -= count
                run += count
                continue
            }
            let start = input.readerIndex + run
            guard left >= Self.headerBytes, let frame = Self.frame(input, at: start) else { break }
            guard frame.isPing else {
                passing = Self.headerBytes + frame.length
                continue
            }
            guard left >= Self.headerBytes + Self.pingBytes,
                let carried = input.getInteger(at: start + Self.headerBytes, as: UInt64.self)
            else { break }
            flush(&parts, &input, &run)
            input.moveReaderIndex(forwardBy: Self.headerBytes + Self.pingBytes)
            parts.append(.ping(carried))
        }
        flush(&parts, &input, &run)
        held = input
        return parts
    }

    /// Only a well-formed ping counts as one; whatever else is wrong, the connection's own handler tells.
    private static func frame(_ bytes: ByteBuffer, at start: Int) -> (length: Int, isPing: Bool)? {
        guard let first = bytes.getInteger(at: start, as: UInt32.self),
            let flags = bytes.getInteger(at: start + 4, as: UInt8.self),
            let stream = bytes.getInteger(at: start + 5, as: UInt32.self)
        else { return nil }
        let length = Int(first >> 8)
        let isPing =
            UInt8(first & 0xFF) == pingType && flags & acknowledgement == 0 && length == pingBytes
            && stream & 0x7FFF_FFFF == 0
        return (length, isPing)
    }

    /// The whole frame that answers a ping.
    static func answer(to carried: UInt64, in allocator: ByteBufferAllocator) -> ByteBuffer {
        frame(acknowledgement, carried, allocator)
    }

    /// The whole frame of a ping.
    static func ping(_ carried: UInt64, in allocator: ByteBufferAllocator) -> ByteBuffer {
        frame(0, carried, allocator)
    }

    private static func frame(_ flags: UInt8, _ carried: UInt64, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var frame = allocator.buffer(capacity: headerBytes + pingBytes)
        frame.writeInteger(UInt32(pingBytes) << 8 | UInt32(pingType))
        frame.writeInteger(flags)
        frame.writeInteger(UInt32(0))
        frame.writeInteger(carried)
        return frame
    }
}
