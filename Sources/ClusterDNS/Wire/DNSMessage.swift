import APIMachinery

/// Kinds of records (RFC 1035 §3.2.2, RFC 3596, RFC 2782, RFC 6891).
public struct DNSType: Sendable, Hashable, RawRepresentable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let a = DNSType(rawValue: 1)
    public static let ns = DNSType(rawValue: 2)
    public static let cname = DNSType(rawValue: 5)
    public static let soa = DNSType(rawValue: 6)
    public static let ptr = DNSType(rawValue: 12)
    public static let txt = DNSType(rawValue: 16)
    public static let aaaa = DNSType(rawValue: 28)
    public static let srv = DNSType(rawValue: 33)
    public static let opt = DNSType(rawValue: 41)
    public static let any = DNSType(rawValue: 255)
}

/// How a query went (RFC 1035 §4.1.1).
public struct DNSResponseCode: Sendable, Hashable, RawRepresentable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let noError = DNSResponseCode(rawValue: 0)
    public static let formatError = DNSResponseCode(rawValue: 1)
    public static let serverFailure = DNSResponseCode(rawValue: 2)
    public static let nameError = DNSResponseCode(rawValue: 3)
    public static let notImplemented = DNSResponseCode(rawValue: 4)
    public static let refused = DNSResponseCode(rawValue: 5)
    /// An extended code, of which the OPT record has the upper eight bits (RFC 6891 §9).
    public static let badVersion = DNSResponseCode(rawValue: 16)
}

public struct DNSQuestion: Sendable, Hashable {
    public static let internet: UInt16 = 1
    public var name: DNSName
    public var type: DNSType
    public var recordClass: UInt16
    public init(_ name: DNSName, _ type: DNSType, recordClass: UInt16 = DNSQuestion.internet) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
    }
}

/// What a record says.
public enum DNSData: Sendable, Hashable {
    case a(IPv4)
    case name(DNSType, DNSName)
    case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    case soa(
        primary: DNSName, mailbox: DNSName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32,
        minimum: UInt32)
    case txt([[UInt8]])
    /// Any other kind, as it is on the wire.
    case other(DNSType, [UInt8])

    public var type: DNSType {
        switch self {
        case .a: .a
        case .name(let type, _): type
        case .srv: .srv
        case .soa: .soa
        case .txt: .txt
        case .other(let type, _): type
        }
    }
    public static func cname(_ name: DNSName) -> DNSData { .name(.cname, name) }
    public static func ptr(_ name: DNSName) -> DNSData { .name(.ptr, name) }
}

public struct DNSRecord: Sendable, Hashable {
    public var name: DNSName
    /// 1 for the internet; for OPT the size of datagrams that the sender takes.
    public var recordClass: UInt16
    public var ttl: UInt32
    public var data: DNSData
    public init(_ name: DNSName, ttl: UInt32, _ data: DNSData, recordClass: UInt16 = DNSQuestion.internet) {
        self.name = name
        self.ttl = ttl
        self.data = data
        self.recordClass = recordClass
    }
}

/// A DNS message (RFC 1035 §4) as a value.
public struct DNSMessage: Sendable, Hashable {
    public var id: UInt16
    public var isResponse = false
    public var opcode: UInt8 = 0
    public var isAuthoritative = false
    public var isTruncated = false
    public var recursionDesired = true
    public var recursionAvailable = false
    public var code = DNSResponseCode.noError
    public var questions: [DNSQuestion] = []
    public var answers: [DNSRecord] = []
    public var authorities: [DNSRecord] = []
    public var additionals: [DNSRecord] = []

    /// A query for one question; with `datagramBytes` it says by EDNS how much it takes.
    public init(id: UInt16, _ question: DNSQuestion, datagramBytes: UInt16? = nil) {
        self.id = id
        questions = [question]
        if let datagramBytes { additionals = [.edns(datagramBytes)] }
    }
    init(id: UInt16) { self.id = id }

    /// The beginning of an answer to this query.
    public func reply(_ code: DNSResponseCode = .noError) -> DNSMessage {
        var reply = DNSMessage(id: id)
        reply.isResponse = true
        reply.opcode = opcode
        reply.recursionDesired = recursionDesired
        reply.recursionAvailable = true
        reply.code = code
        reply.questions = questions
        if edns != nil { reply.additionals = [.edns(UInt16(Limits.largestDatagramBytes), code: code)] }
        return reply
    }

    /// The extension record, if there is one (RFC 6891).
    public var edns: DNSRecord? { additionals.first { $0.data.type == .opt } }

    /// The version of EDNS that it speaks; nil without EDNS. We know 0.
    public var ednsVersion: UInt8? { edns.map { UInt8(truncatingIfNeeded: $0.ttl >> 16) } }

    /// How long an answer by datagram may be.
    public var datagramLimit: Int {
        guard let edns else { return Limits.plainDatagramBytes }
        return min(max(Int(edns.recordClass), Limits.plainDatagramBytes), Limits.largestDatagramBytes)
    }
}

extension DNSRecord {
    /// The extension record, with the upper bits of an extended code in its TTL's first byte.
    static func edns(_ datagramBytes: UInt16, code: DNSResponseCode = .noError) -> DNSRecord {
        DNSRecord(.root, ttl: UInt32(code.rawValue >> 4) << 24, .other(.opt, []), recordClass: datagramBytes)
    }
}

/// An IPv4 address.
public struct IPv4: Sendable, Hashable, CustomStringConvertible {
    public var number: UInt32
    public init(number: UInt32) { self.number = number }
    /// nil for what is not four numbers with dots.
    public init?(_ text: String) {
        guard let address = IPAddress(text), !address.isIPv6 else { return nil }
        number = UInt32(truncatingIfNeeded: address.value)
    }
    private var address: IPAddress { IPAddress(ipv4: number) }
    public var bytes: [UInt8] { address.bytes }
    public var description: String { address.description }
}
