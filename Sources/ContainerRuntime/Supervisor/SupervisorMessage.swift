/// What a runtime and a container's supervisor say to each other over the control socket: one byte of kind, four bytes
/// of length (big endian), the payload. The first message of a connection is `exec`, `attach` or `signal`.
enum SupervisorMessage: Equatable {
    /// The payload is an `ExecRequest` as JSON.
    case exec([UInt8])
    case attach
    case signal(Int32)
    case input([UInt8])
    case inputEnded
    case resize(rows: UInt16, columns: UInt16)

    case output([UInt8])
    case errorOutput([UInt8])
    case exited(code: Int32)
    case failed(code: Int32, why: String)

    /// Longer payloads are refused.
    static let maximumPayload = 1 << 20

    private var kind: UInt8 {
        switch self {
        case .exec: 1
        case .attach: 2
        case .signal: 3
        case .input: 4
        case .inputEnded: 5
        case .resize: 6
        case .output: 16
        case .errorOutput: 17
        case .exited: 18
        case .failed: 19
        }
    }
    private var payload: [UInt8] {
        switch self {
        case .exec(let bytes), .input(let bytes), .output(let bytes), .errorOutput(let bytes): bytes
        case .attach, .inputEnded: []
        case .signal(let number): Self.bigEndian(UInt32(bitPattern: number))
        case .resize(let rows, let columns): Self.bigEndian(UInt32(rows) << 16 | UInt32(columns))
        case .exited(let code): Self.bigEndian(UInt32(bitPattern: code))
        case .failed(let code, let why): Self.bigEndian(UInt32(bitPattern: code)) + Array(why.utf8)
        }
    }
    var bytes: [UInt8] {
        let payload = self.payload
        return [kind] + Self.bigEndian(UInt32(truncatingIfNeeded: payload.count)) + payload
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
    private static func number(_ bytes: some Collection<UInt8>) -> UInt32? {
        guard bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private init?(kind: UInt8, payload: ArraySlice<UInt8>) {
        switch kind {
        case 1: self = .exec(Array(payload))
        case 2: self = .attach
        case 3:
            guard let number = Self.number(payload) else { return nil }
            self = .signal(Int32(bitPattern: number))
        case 4: self = .input(Array(payload))
        case 5: self = .inputEnded
        case 6:
            guard let size = Self.number(payload) else { return nil }
            self = .resize(rows: UInt16(size >> 16), columns: UInt16(size & 0xFFFF))
        case 16: self = .output(Array(payload))
        case 17: self = .errorOutput(Array(payload))
        case 18:
            guard let code = Self.number(payload) else { return nil }
            self = .exited(code: Int32(bitPattern: code))
        case 19:
            guard let code = Self.number(payload.prefix(4)) else { return nil }
            self = .failed(code: Int32(bitPattern: code), why: String(decoding: payload.dropFirst(4), as: UTF8.self))
        default: return nil
        }
    }

    /// Collects bytes and gives messages.
    struct Decoder {
        struct Malformed: Error {}
        private var buffer: [UInt8] = []
        private var start = 0

        mutating func append(_ bytes: some Collection<UInt8>) {
            if start > 0 {
                buffer.removeFirst(start)
                start = 0
            }
            buffer.append(contentsOf: bytes)
        }
        /// nil until a whole message is there.
        mutating func next() throws(Malformed) -> SupervisorMessage? {
            guard buffer.count - start >= 5, let length = SupervisorMessage.number(buffer[(start + 1)..<(start + 5)])
            else { return nil }
            guard length <= SupervisorMessage.maximumPayload else { throw Malformed() }
            let end = start + 5 + Int(length)
            guard buffer.count >= end else { return nil }
            guard let message = SupervisorMessage(kind: buffer[start], payload: buffer[(start + 5)..<end]) else {
                throw Malformed()
            }
            start = end
            return message
        }
    }
}
