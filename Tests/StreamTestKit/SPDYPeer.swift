import Foundation
import HTTPMessages
import Synchronization

import Streams

/// The client's side of an SPDY session over a tunnel, as Kubernetes' clients use it.
public final class SPDYPeer: Sendable {
    public enum Carrier: Sendable { case connection, webSocket }

    /// What came back on one stream.
    public struct Stream: Equatable, Sendable {
        public var isAccepted = false
        public var bytes: [UInt8] = []
        public var isEnded = false
        public var reset: SPDYResetStatus?
        public var text: String { String(decoding: bytes, as: UTF8.self) }
        public var isOver: Bool { isEnded || reset != nil }
    }

    private struct Wire: ~Copyable {
        var writer = SPDYWriter()
        var reader = SPDYReader()
        var lastStream: UInt32 = 0
    }
    private struct Seen {
        var streams: [UInt32: Stream] = [:]
        var others: [SPDYFrame] = []
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let wire = Mutex(Wire())
    private let seen = Mutex(Seen())
    private let tunnel: any Tunnel
    private let carrier: Carrier

    public init(_ tunnel: any Tunnel, _ carrier: Carrier = .connection) {
        self.tunnel = tunnel
        self.carrier = carrier
    }

    /// Reads until the server closes, while the body runs.
    public func with(_ body: @Sendable (SPDYPeer) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.readAll() }
            try await body(self)
            tunnel.cancel()
            try await group.waitForAll()
        }
    }

    private func readAll() async throws {
        var pending: [UInt8] = []
        while let bytes = try await tunnel.next() {
            switch carrier {
            case .connection: try take(bytes)
            case .webSocket:
                pending += bytes
                while let (payload, length) = Self.message(pending) {
                    if pending[0] == 0x82 { try take(payload) }
                    pending.removeFirst(length)
                }
            }
        }
        note { $0.isClosed = true }
    }
    /// The payload of a server's WebSocket frame, and the frame's length; nil if more bytes are needed.
    public static func message(_ bytes: [UInt8]) -> (payload: [UInt8], length: Int)? {
        guard bytes.count >= 2 else { return nil }
        let extra = bytes[1] == 126 ? 2 : bytes[1] == 127 ? 8 : 0
        guard bytes.count >= 2 + extra else { return nil }
        let count = extra == 0 ? Int(bytes[1]) : bytes[2..<(2 + extra)].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= 2 + extra + count else { return nil }
        return (Array(bytes[(2 + extra)..<(2 + extra + count)]), 2 + extra + count)
    }

    private func take(_ bytes: [UInt8]) throws {
        wire.withLock { $0.reader.append(bytes) }
        while let frame = try wire.withLock({ wire throws(SPDYViolation) in try wire.reader.next() }) {
            note { seen in
                switch frame {
                case .synReply(let stream, _, _): seen.streams[stream, default: Stream()].isAccepted = true
                case .data(let stream, let bytes, let isLast):
                    seen.streams[stream, default: Stream()].bytes += bytes
                    if isLast { seen.streams[stream, default: Stream()].isEnded = true }
                case .rstStream(let stream, let status): seen.streams[stream, default: Stream()].reset = status
                default: seen.others.append(frame)
                }
            }
        }
    }

    private func note(_ change: (inout Seen) -> Void) {
        let waiting = seen.withLock { seen in
            change(&seen)
            defer { seen.waiting = [] }
            return seen.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    public func send(_ frame: SPDYFrame) async throws {
        var bytes = try wire.withLock { wire throws(SPDYViolation) in try wire.writer.bytes(of: frame) }
        if carrier == .webSocket { bytes = Self.masked(bytes) }
        try await tunnel.received(bytes)
    }
    /// A client's frame, binary unless told otherwise.
    public static func masked(_ payload: [UInt8], opcode: UInt8 = 2) -> [UInt8] {
        let mask: [UInt8] = [9, 8, 7, 6]
        var head: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            head.append(0x80 | UInt8(payload.count))
        } else {
            head.append(0xFF)
            for shift in stride(from: 56, through: 0, by: -8) { head.append(UInt8(payload.count >> shift & 0xFF)) }
        }
        return head + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    public func open(_ headers: [String: String]) async throws -> UInt32 {
        let stream = wire.withLock { wire in
            wire.lastStream = wire.lastStream == 0 ? 1 : wire.lastStream + 2
            return wire.lastStream
        }
        let headers = headers.sorted { $0.key < $1.key }.map { SPDYHeader(name: $0.key, value: $0.value) }
        try await send(.synStream(SPDYOpening(stream: stream, headers: headers)))
        return stream
    }
    public func send(_ text: String, on stream: UInt32, isLast: Bool = false) async throws {
        try await send(.data(stream: stream, Array(text.utf8), isLast: isLast))
    }

    public func stream(_ number: UInt32) -> Stream { seen.withLock { $0.streams[number] } ?? Stream() }
    public var others: [SPDYFrame] { seen.withLock { $0.others } }
    public var isClosed: Bool { seen.withLock { $0.isClosed } }

    /// Waits for what the server sends; the stream as it is then.
    @discardableResult
    public func wait(_ number: UInt32, until holds: @Sendable (Stream) -> Bool) async -> Stream {
        await wait { holds($0.stream(number)) }
        return stream(number)
    }
    public func wait(until holds: @Sendable (SPDYPeer) -> Bool) async {
        while !holds(self) {
            await withCheckedContinuation { continuation in
                seen.withLock { $0.waiting.append(continuation) }
                // What came between the look and the waiting must not be missed.
                if holds(self) { note { _ in } }
            }
        }
    }
}
