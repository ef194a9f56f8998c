import Basics
import KeyValueCore
import NIOCore
import RaftCore

/// One piece of a connection between members: the length of what follows in four bytes, a byte that says what it is,
/// and the fields. Numbers are little-endian.
enum PeerFrame: Sendable, Equatable {
    /// The first frame, of who calls.
    case greeting(PeerGreeting)
    /// The answer: both are of the same cluster, and the called one is who it should be.
    case welcome(StoreIdentity)
    /// The last frame, before the connection is closed.
    case refusal(PeerGreeting.Refusal)
    case message([UInt8])
    case snapshotChunk([UInt8])
    /// All chunks were sent; the message belongs to the snapshot.
    case snapshotEnd([UInt8])
    /// So many bytes of the snapshot are taken.
    case snapshotProgress(UInt64)
    /// The snapshot is whole and handed over, or not.
    case snapshotTaken(Bool)

    func encode(into buffer: inout ByteBuffer) {
        var writer = ByteWriter()
        let kind: UInt8
        switch self {
        case .greeting(let greeting):
            kind = 1
            greeting.encode(into: &writer)
        case .welcome(let identity):
            kind = 2
            writer.write(identity.cluster)
            writer.write(identity.member)
        case .refusal(let refusal):
            kind = 3
            refusal.encode(into: &writer)
        case .message(let bytes):
            return Self.write(4, bytes, to: &buffer)
        case .snapshotChunk(let bytes):
            return Self.write(5, bytes, to: &buffer)
        case .snapshotEnd(let bytes):
            return Self.write(6, bytes, to: &buffer)
        case .snapshotProgress(let bytes):
            kind = 7
            writer.write(bytes)
        case .snapshotTaken(let isTaken):
            kind = 8
            writer.write(isTaken)
        }
        Self.write(kind, writer.bytes, to: &buffer)
    }

    private static func write(_ kind: UInt8, _ payload: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt32(payload.count + 1), endianness: .little)
        buffer.writeInteger(kind)
        buffer.writeBytes(payload)
    }

    /// `bytes` is what follows the length.
    init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        guard let kind = bytes.first else { throw .malformed }
        let payload = Array(bytes.dropFirst())
        switch kind {
        case 4: self = .message(payload)
        case 5: self = .snapshotChunk(payload)
        case 6: self = .snapshotEnd(payload)
        default:
            self = try ByteReader.read(payload) { reader throws(ByteReaderError) in
                try PeerFrame(kind, from: &reader)
            }
        }
    }

    private init(_ kind: UInt8, from reader: inout ByteReader) throws(ByteReaderError) {
        switch kind {
        case 1: self = .greeting(try PeerGreeting(from: &reader))
        case 2: self = .welcome(StoreIdentity(cluster: try reader.read(), member: try reader.read()))
        case 3: self = .refusal(try PeerGreeting.Refusal(from: &reader))
        case 7: self = .snapshotProgress(try reader.read())
        case 8: self = .snapshotTaken(try reader.readFlag())
        default: throw reader.failure
        }
    }
}

/// Who calls, whom, and what for.
struct PeerGreeting: Sendable, Equatable {
    enum Purpose: UInt8, Sendable {
        case messages = 1
        case snapshot = 2
        /// A new member asks which number it was given; it knows no numbers yet, its own addresses only.
        case inquiry = 3
    }
    /// Why a caller is turned away.
    enum Refusal: Sendable, Equatable, CustomStringConvertible {
        case anotherVersion
        /// The called member is of this cluster.
        case anotherCluster(UInt64)
        /// The called member is this one.
        case anotherMember(UInt64)
        /// The called member takes a snapshot already.
        case busy
        /// No member was added with these addresses, as far as the called member knows.
        case notAdded

        var description: String {
            switch self {
            case .anotherVersion: "it speaks another version of the protocol"
            case .anotherCluster(let id): "it is of another cluster, \(String(id, radix: 16))"
            case .anotherMember(let id): "it is another member, \(String(id, radix: 16))"
            case .busy: "it takes a snapshot already"
            case .notAdded: "it knows of no member that was added with these addresses"
            }
        }
    }

    static let magic: UInt64 = 0x5245_4550_4649_4B53  // "SKIFPEER" in memory.
    static let version: UInt16 = 1

    var from: StoreIdentity
    var to: UInt64
    var purpose: Purpose
    /// Where the caller is called.
    var peerURLs: [String]
    private var version = Self.version

    init(from: StoreIdentity, to: UInt64, purpose: Purpose, peerURLs: [String]) {
        self.from = from
        self.to = to
        self.purpose = purpose
        self.peerURLs = peerURLs
    }

    /// What the member with this identity says to it; nil is welcome.
    func refusal(by identity: StoreIdentity) -> Refusal? {
        if version != Self.version { return .anotherVersion }
        if purpose == .inquiry { return nil }
        if from.cluster != identity.cluster { return .anotherCluster(identity.cluster) }
        if to != identity.member || from.member == identity.member { return .anotherMember(identity.member) }
        return nil
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(Self.magic)
        writer.write(version)
        for word in [from.cluster, from.member, to] { writer.write(word) }
        writer.write(purpose.rawValue)
        writer.write(UInt32(peerURLs.count))
        for url in peerURLs { writer.write(Array(url.utf8)) }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        guard try reader.read(UInt64.self) == Self.magic else { throw reader.failure }
        version = try reader.read()
        from = StoreIdentity(cluster: try reader.read(), member: try reader.read())
        to = try reader.read()
        guard let purpose = Purpose(rawValue: try reader.read()) else { throw reader.failure }
        self.purpose = purpose
        peerURLs = []
        for _ in 0..<(try reader.readCount(ofAtLeast: 4)) {
            peerURLs.append(String(decoding: try reader.readBytes(), as: UTF8.self))
        }
    }
}

extension PeerGreeting.Refusal {
    func encode(into writer: inout ByteWriter) {
        let (code, detail): (UInt8, UInt64) =
            switch self {
            case .anotherVersion: (1, 0)
            case .anotherCluster(let id): (2, id)
            case .anotherMember(let id): (3, id)
            case .busy: (4, 0)
            case .notAdded: (5, 0)
            }
        writer.write(code)
        writer.write(detail)
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let code: UInt8 = try reader.read()
        let detail: UInt64 = try reader.read()
        switch code {
        case 1: self = .anotherVersion
        case 2: self = .anotherCluster(detail)
        case 3: self = .anotherMember(detail)
        case 4: self = .busy
        case 5: self = .notAdded
        default: throw reader.failure
        }
    }
}

/// Cuts a stream into frames; a longer frame than the limit, or one that says nothing, ends the connection.
struct PeerFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = PeerFrame
    let limit: Int

    enum Failure: Error { case tooLong(Int) }

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, endianness: .little, as: UInt32.self) else {
            return .needMoreData
        }
        guard length <= limit else { throw Failure.tooLong(Int(length)) }
        guard buffer.readableBytes >= 4 + Int(length) else {
            buffer.reserveCapacity(minimumWritableBytes: 4 + Int(length) - buffer.readableBytes)
            return .needMoreData
        }
        buffer.moveReaderIndex(forwardBy: 4)
        let frame = try PeerFrame(decoding: buffer.readBytes(length: Int(length)) ?? [])
        context.fireChannelRead(wrapInboundOut(frame))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState { .needMoreData }
}
