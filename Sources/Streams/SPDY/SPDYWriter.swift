/// Turns frames into bytes, in the order in which they are sent: the header compression depends on it. A value.
public struct SPDYWriter: ~Copyable {
    /// The length of a frame has 24 bits.
    public static let maximumDataBytes = 0xFF_FFFF

    private var deflater = HeaderDeflater()

    public init() {}

    /// Throws only when zlib fails. DATA must not be longer than `maximumDataBytes`.
    public mutating func bytes(of frame: SPDYFrame) throws(SPDYViolation) -> [UInt8] {
        switch frame {
        case .synStream(let opening):
            var payload: [UInt8] = []
            payload.appendNumber(opening.stream)
            payload.appendNumber(opening.associatedStream)
            payload += [opening.priority << 5, opening.slot]
            payload += try deflater.deflate(SPDYHeaderBlock.bytes(of: opening.headers))
            let flags = flag(opening.isLast) | (opening.isUnidirectional ? SPDYFrame.unidirectionalFlag : 0)
            return control(.synStream, flags, payload)
        case .synReply(let stream, let headers, let isLast):
            return control(.synReply, flag(isLast), try payload(stream, headers))
        case .headers(let stream, let headers, let isLast):
            return control(.headers, flag(isLast), try payload(stream, headers))
        case .rstStream(let stream, let status): return control(.rstStream, 0, numbers(stream, status.code))
        case .settings(let settings, let clearsPrevious):
            var payload = numbers(UInt32(clamping: settings.count))
            for setting in settings {
                payload += numbers(UInt32(setting.flags) << 24 | setting.identifier & 0xFF_FFFF, setting.value)
            }
            return control(.settings, flag(clearsPrevious), payload)
        case .ping(let identifier): return control(.ping, 0, numbers(identifier))
        case .goAway(let stream, let status): return control(.goAway, 0, numbers(stream, status.code))
        case .windowUpdate(let stream, let delta): return control(.windowUpdate, 0, numbers(stream, delta))
        case .data(let stream, let bytes, let isLast):
            var output = numbers(stream, UInt32(flag(isLast)) << 24 | UInt32(clamping: bytes.count))
            output += bytes
            return output
        }
    }

    private mutating func payload(_ stream: UInt32, _ headers: [SPDYHeader]) throws(SPDYViolation) -> [UInt8] {
        numbers(stream) + (try deflater.deflate(SPDYHeaderBlock.bytes(of: headers)))
    }
    private func flag(_ isLast: Bool) -> UInt8 { isLast ? SPDYFrame.lastFlag : 0 }
    private func numbers(_ numbers: UInt32...) -> [UInt8] {
        var output: [UInt8] = []
        for number in numbers { output.appendNumber(number) }
        return output
    }
    private func control(_ type: SPDYFrame.ControlType, _ flags: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let first = 0x8000_0000 | SPDYFrame.version << 16 | UInt32(type.rawValue)
        return numbers(first, UInt32(flags) << 24 | UInt32(clamping: payload.count)) + payload
    }
}
