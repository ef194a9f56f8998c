/// One frame of SPDY/3.1 (SPDY Protocol - Draft 3.1, section 2.2 and 2.6), with its headers in the clear: a value.
/// Streams are numbered: odd by the client, even by the server.
public enum SPDYFrame: Equatable, Sendable {
    static let version: UInt32 = 3

    case synStream(SPDYOpening)
    case synReply(stream: UInt32, headers: [SPDYHeader], isLast: Bool)
    case rstStream(stream: UInt32, SPDYResetStatus)
    case settings([SPDYSetting], clearsPrevious: Bool)
    case ping(UInt32)
    case goAway(lastGoodStream: UInt32, SPDYGoAwayStatus)
    case headers(stream: UInt32, headers: [SPDYHeader], isLast: Bool)
    case windowUpdate(stream: UInt32, delta: UInt32)
    /// `isLast` closes the sender's half of the stream (FLAG_FIN).
    case data(stream: UInt32, [UInt8], isLast: Bool)

    /// The types of control frames (section 2.6); others are to be skipped.
    enum ControlType: UInt16 {
        case synStream = 1, synReply = 2, rstStream = 3, settings = 4, ping = 6, goAway = 7, headers = 8
        case windowUpdate = 9
    }
    /// FLAG_FIN, and for SETTINGS "clear what was persisted".
    static let lastFlag: UInt8 = 1
    static let unidirectionalFlag: UInt8 = 2
}

/// A SYN_STREAM: the sender opens a stream.
public struct SPDYOpening: Equatable, Sendable {
    public var stream: UInt32
    /// 0 for a stream that belongs to no other.
    public var associatedStream: UInt32 = 0
    /// 0 is the most urgent, 7 the least.
    public var priority: UInt8 = 0
    /// An index of client certificates; of no use here.
    public var slot: UInt8 = 0
    public var headers: [SPDYHeader]
    /// The sender will send nothing on it.
    public var isLast = false
    /// The receiver may send nothing on it.
    public var isUnidirectional = false

    public init(
        stream: UInt32, associatedStream: UInt32 = 0, priority: UInt8 = 0, slot: UInt8 = 0, headers: [SPDYHeader],
        isLast: Bool = false, isUnidirectional: Bool = false
    ) {
        self.stream = stream
        self.associatedStream = associatedStream
        self.priority = priority
        self.slot = slot
        self.headers = headers
        self.isLast = isLast
        self.isUnidirectional = isUnidirectional
    }
}

/// A name in lower case and its value; several values of one name are separated by a zero byte.
public struct SPDYHeader: Equatable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

extension [SPDYHeader] {
    /// The first value under a name in lower case; nil if there is none.
    public subscript(_ name: String) -> String? {
        first { $0.name == name }.map { String($0.value.prefix { $0 != "\0" }) }
    }
}

/// Why a stream ends at once (section 2.6.3). Kept as a number, since later drafts have more.
public struct SPDYResetStatus: Equatable, Sendable {
    public var code: UInt32
    public static let protocolError = SPDYResetStatus(code: 1)
    public static let invalidStream = SPDYResetStatus(code: 2)
    public static let refusedStream = SPDYResetStatus(code: 3)
    public static let cancel = SPDYResetStatus(code: 5)
    public static let streamAlreadyClosed = SPDYResetStatus(code: 9)
}

/// Why a session ends (section 2.6.6).
public struct SPDYGoAwayStatus: Equatable, Sendable {
    public var code: UInt32
    public static let normal = SPDYGoAwayStatus(code: 0)
    public static let protocolError = SPDYGoAwayStatus(code: 1)
    public static let internalError = SPDYGoAwayStatus(code: 2)
}

/// One entry of a SETTINGS frame (section 2.6.4).
public struct SPDYSetting: Equatable, Sendable {
    public var flags: UInt8
    /// 24 bits.
    public var identifier: UInt32
    public var value: UInt32
}

/// What a peer may not send: the whole session ends.
public struct SPDYViolation: Error, Equatable {
    public var status: SPDYGoAwayStatus = .protocolError
    public var reason: String
}
