/// Collects a peer's bytes and gives frames: a value. DATA comes in pieces as it arrives, so a long frame needs no room;
/// control frames come whole.
public struct SPDYReader: ~Copyable {
    /// The bytes of a control frame after its first eight.
    public static let maximumControlBytes = 64 << 10

    private var inflater = HeaderInflater()
    private var buffer: [UInt8] = []
    private var start = 0
    /// A DATA frame of which more is to come.
    private var open: (stream: UInt32, left: Int, isLast: Bool)?

    public init() {}

    public mutating func append(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer = bytes
            start = 0
            return
        }
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// nil until more bytes are there. After a violation nothing more can be understood.
    public mutating func next() throws(SPDYViolation) -> SPDYFrame? {
        while true {
            if let data = open { return takeData(data) }
            guard buffer.count - start >= 8 else { return nil }
            let head = buffer[start...]
            let first = head.number(at: 0)
            let second = head.number(at: 4)
            let flags = UInt8(second >> 24)
            let length = Int(second & 0xFF_FFFF)
            guard first & 0x8000_0000 != 0 else {
                guard first != 0 else { throw SPDYViolation(reason: "data of stream 0") }
                start += 8
                let isLast = flags & SPDYFrame.lastFlag != 0
                if length == 0 { return .data(stream: first, [], isLast: isLast) }
                open = (first, length, isLast)
                continue
            }
            guard first >> 16 & 0x7FFF == SPDYFrame.version else {
                throw SPDYViolation(reason: "another version than SPDY/3")
            }
            guard length <= Self.maximumControlBytes else { throw SPDYViolation(reason: "a frame is too long") }
            guard buffer.count - start >= 8 + length else { return nil }
            let payload = buffer[(start + 8)..<(start + 8 + length)]
            start += 8 + length
            guard let type = SPDYFrame.ControlType(rawValue: UInt16(first & 0xFFFF)) else { continue }
            return try control(type, flags, payload)
        }
    }

    private mutating func takeData(_ data: (stream: UInt32, left: Int, isLast: Bool)) -> SPDYFrame? {
        let count = min(data.left, buffer.count - start)
        guard count > 0 else { return nil }
        let bytes = count == buffer.count ? buffer : Array(buffer[start..<(start + count)])
        start += count
        let left = data.left - count
        open = left == 0 ? nil : (data.stream, left, data.isLast)
        return .data(stream: data.stream, bytes, isLast: left == 0 && data.isLast)
    }

    private mutating func control(
        _ type: SPDYFrame.ControlType, _ flags: UInt8, _ payload: ArraySlice<UInt8>
    ) throws(SPDYViolation) -> SPDYFrame {
        let isLast = flags & SPDYFrame.lastFlag != 0
        switch type {
        case .synStream:
            let stream = try stream(payload, length: 10, isWhole: false)
            return .synStream(
                SPDYOpening(
                    stream: stream, associatedStream: payload.number(at: 4) & 0x7FFF_FFFF,
                    priority: payload[payload.startIndex + 8] >> 5, slot: payload[payload.startIndex + 9],
                    headers: try headers(payload.dropFirst(10)), isLast: isLast,
                    isUnidirectional: flags & SPDYFrame.unidirectionalFlag != 0))
        case .synReply:
            let stream = try stream(payload, length: 4, isWhole: false)
            return .synReply(stream: stream, headers: try headers(payload.dropFirst(4)), isLast: isLast)
        case .headers:
            let stream = try stream(payload, length: 4, isWhole: false)
            return .headers(stream: stream, headers: try headers(payload.dropFirst(4)), isLast: isLast)
        case .rstStream:
            let stream = try stream(payload, length: 8)
            return .rstStream(stream: stream, SPDYResetStatus(code: payload.number(at: 4)))
        case .settings: return try settings(payload, flags)
        case .ping:
            guard payload.count == 4 else { throw SPDYViolation(reason: "a PING of another length than 4") }
            return .ping(payload.number(at: 0))
        case .goAway:
            guard payload.count == 8 else { throw SPDYViolation(reason: "a GOAWAY of another length than 8") }
            return .goAway(
                lastGoodStream: payload.number(at: 0) & 0x7FFF_FFFF, SPDYGoAwayStatus(code: payload.number(at: 4)))
        case .windowUpdate:
            // Stream 0 is the session (draft 3.1).
            guard payload.count == 8 else { throw SPDYViolation(reason: "a WINDOW_UPDATE of another length than 8") }
            return .windowUpdate(
                stream: payload.number(at: 0) & 0x7FFF_FFFF, delta: payload.number(at: 4) & 0x7FFF_FFFF)
        }
    }

    private func stream(
        _ payload: ArraySlice<UInt8>, length: Int, isWhole: Bool = true
    ) throws(SPDYViolation) -> UInt32 {
        guard payload.count >= length, !isWhole || payload.count == length else {
            throw SPDYViolation(reason: "a control frame has a wrong length")
        }
        let stream = payload.number(at: 0) & 0x7FFF_FFFF
        guard stream != 0 else { throw SPDYViolation(reason: "a control frame is about stream 0") }
        return stream
    }
    private mutating func headers(_ compressed: ArraySlice<UInt8>) throws(SPDYViolation) -> [SPDYHeader] {
        try SPDYHeaderBlock.headers(in: try inflater.inflate(compressed))
    }
    private func settings(_ payload: ArraySlice<UInt8>, _ flags: UInt8) throws(SPDYViolation) -> SPDYFrame {
        guard payload.count >= 4, payload.count - 4 == Int(payload.number(at: 0)) * 8 else {
            throw SPDYViolation(reason: "a SETTINGS frame has a wrong length")
        }
        let settings = stride(from: 4, to: payload.count, by: 8).map { offset in
            let word = payload.number(at: offset)
            return SPDYSetting(
                flags: UInt8(word >> 24), identifier: word & 0xFF_FFFF, value: payload.number(at: offset + 4))
        }
        return .settings(settings, clearsPrevious: flags & SPDYFrame.lastFlag != 0)
    }
}
