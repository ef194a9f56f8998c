import CZlib

/// The receiving end of a session's header compression: one zlib stream over all header blocks of one direction.
struct HeaderInflater: ~Copyable {
    /// zlib keeps a pointer to it, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let isReady: Bool

    init() {
        stream.initialize(to: z_stream())
        isReady = inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }
    deinit {
        if isReady { inflateEnd(stream) }
        stream.deallocate()
    }

    /// The next block in the clear. After a violation the session has no more header blocks.
    mutating func inflate(_ compressed: ArraySlice<UInt8>) throws(SPDYViolation) -> [UInt8] {
        guard isReady else { throw SPDYViolation(status: .internalError, reason: "zlib does not start") }
        var input = Array(compressed)
        // One byte more than is allowed tells too long a block from one that just fits.
        var output = [UInt8](repeating: 0, count: SPDYHeaderBlock.maximumBytes + 1)
        let (result, left, room) = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                return run()
            }
        }
        guard room > 0 else { throw SPDYViolation(reason: "the headers are too long") }
        // Z_BUF_ERROR: there was nothing left to do, as after an empty block.
        guard result == Z_OK || result == Z_BUF_ERROR, left == 0 else {
            throw SPDYViolation(reason: "the headers' compression is broken")
        }
        output.removeLast(room)
        return output
    }

    private func run() -> (result: Int32, left: Int, room: Int) {
        var result = CZlib.inflate(stream, Z_SYNC_FLUSH)
        if result == Z_NEED_DICT {
            let dictionary = SPDYDictionary.bytes
            result = inflateSetDictionary(stream, dictionary, UInt32(dictionary.count))
            if result == Z_OK { result = CZlib.inflate(stream, Z_SYNC_FLUSH) }
        }
        defer {
            stream.pointee.next_in = nil
            stream.pointee.next_out = nil
        }
        return (result, Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
    }
}

/// The sending end of a session's header compression.
struct HeaderDeflater: ~Copyable {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let isReady: Bool

    init() {
        stream.initialize(to: z_stream())
        let dictionary = SPDYDictionary.bytes
        // Headers are few and short: a small window (2^11 bytes holds the dictionary) costs 14 KB instead of 256 KB.
        let started =
            deflateInit2_(
                stream, Z_BEST_COMPRESSION, Z_DEFLATED, 11, 1, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        isReady = started && deflateSetDictionary(stream, dictionary, UInt32(dictionary.count)) == Z_OK
    }
    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// The block's bytes as they go into a frame.
    mutating func deflate(_ block: [UInt8]) throws(SPDYViolation) -> [UInt8] {
        guard isReady else { throw SPDYViolation(status: .internalError, reason: "zlib does not start") }
        var input = block
        // What deflateBound says, and a flush.
        var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, UInt(block.count))) + 64)
        let (result, left, room) = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                let result = CZlib.deflate(stream, Z_SYNC_FLUSH)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
                return (result, Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
            }
        }
        guard result == Z_OK, left == 0, room > 0 else {
            throw SPDYViolation(status: .internalError, reason: "zlib does not compress")
        }
        output.removeLast(room)
        return output
    }
}
