import CZlib
import HTTPMessages
import Synchronization

/// Long answers are sent compressed to whoever takes that (Kubernetes' APIResponseCompression).
enum Compression {
    /// Answers of no more bytes go out as they are.
    static let thresholdBytes = 128 << 10

    /// The answer, compressed where it is long and the client takes gzip; the work is done piece by piece as it goes out.
    static func compressed(_ answer: Answer, for request: Request) -> Answer {
        guard isLong(answer), request.method != "HEAD", takesGzip(request),
            !answer.headers.contains(where: { $0.name == "content-encoding" })
        else { return answer }
        let pieces: any ByteStream
        switch answer.body {
        case .bytes(let bytes): pieces = Pieces(bytes)
        case .stream(let stream): pieces = stream
        case .tunnel: return answer
        }
        guard let stream = GzipStream(pieces) else { return answer }
        var answer = answer
        answer.headers.removeAll { $0.name == "content-length" }
        answer.headers.append((name: "content-encoding", value: "gzip"))
        if let vary = answer.headers.firstIndex(where: { $0.name == "vary" }) {
            answer.headers[vary].value += ", Accept-Encoding"
        } else {
            answer.headers.append((name: "vary", value: "Accept-Encoding"))
        }
        answer.body = .stream(stream)
        return answer
    }

    /// A stream that does not say how long it is may never end.
    private static func isLong(_ answer: Answer) -> Bool {
        switch answer.body {
        case .bytes(let bytes): bytes.count > thresholdBytes
        case .stream:
            answer.headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0 > thresholdBytes
        case .tunnel: false
        }
    }

    /// As kube-apiserver reads the header: a coding by this very name, without weights.
    private static func takesGzip(_ request: Request) -> Bool {
        guard let header = request.header("accept-encoding") else { return false }
        return header.split(separator: ",").contains { $0.trimmingPrefix(while: \.isWhitespace).trimmed == "gzip" }
    }

    /// Bytes that are there already, in pieces of a bounded size.
    private final class Pieces: ByteStream {
        private let bytes: [UInt8]
        private let position = Mutex(0)
        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func next() async throws -> [UInt8]? {
            position.withLock { position in
                guard position < bytes.count else { return nil }
                let end = min(bytes.count, position + ListBody.pieceBytes)
                defer { position = end }
                return Array(bytes[position..<end])
            }
        }
        func cancel() {}
    }
}

extension Substring {
    /// Without blanks at the end.
    fileprivate var trimmed: Substring {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

/// A stream, compressed (RFC 1952).
final class GzipStream: ByteStream {
    private let pieces: any ByteStream
    private let deflater: Mutex<GzipDeflater?>

    /// nil when zlib has no memory.
    init?(_ pieces: any ByteStream) {
        self.pieces = pieces
        guard let deflater = GzipDeflater() else { return nil }
        self.deflater = Mutex(deflater)
    }

    func next() async throws -> [UInt8]? {
        while let piece = try await pieces.next() {
            let compressed = try deflater.withLock { deflater in try deflater?.add(piece) ?? [] }
            // A short piece may be kept to go with the next.
            if !compressed.isEmpty { return compressed }
        }
        return try deflater.withLock { deflater in try deflater.take()?.finish() }
    }
    func cancel() { pieces.cancel() }
}

/// zlib's state for one gzip stream.
private final class GzipDeflater {
    struct Failure: Error, CustomStringConvertible { var description: String }

    /// zlib keeps a pointer to it, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init?() {
        stream.initialize(to: z_stream())
        // A window of 2^15 bytes; 16 more asks for gzip's frame around it. Kubernetes compresses at level 1, too.
        let started = deflateInit2_(
            stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { return nil }
    }
    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func add(_ bytes: [UInt8]) throws -> [UInt8] { try run(bytes, Z_NO_FLUSH) }
    func finish() throws -> [UInt8] { try run([], Z_FINISH) }

    private func run(_ bytes: [UInt8], _ flush: Int32) throws -> [UInt8] {
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, UInt(bytes.count))) + 64)
        var (consumed, written) = (0, 0)
        var result = Z_OK
        repeat {
            if written == output.count { output += [UInt8](repeating: 0, count: output.count) }
            input.withUnsafeMutableBufferPointer { input in
                output.withUnsafeMutableBufferPointer { output in
                    stream.pointee.next_in = input.baseAddress.map { $0 + consumed }
                    stream.pointee.avail_in = UInt32(input.count - consumed)
                    stream.pointee.next_out = output.baseAddress.map { $0 + written }
                    stream.pointee.avail_out = UInt32(output.count - written)
                    result = deflate(stream, flush)
                    consumed = input.count - Int(stream.pointee.avail_in)
                    written = output.count - Int(stream.pointee.avail_out)
                }
            }
        } while written == output.count || (flush == Z_FINISH && result == Z_OK)
        stream.pointee.next_in = nil
        stream.pointee.next_out = nil
        guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
            throw Failure(description: "zlib cannot compress: \(result)")
        }
        return Array(output.prefix(written))
    }
}
