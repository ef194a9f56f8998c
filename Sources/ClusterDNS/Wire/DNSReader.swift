/// Why bytes are not a DNS message.
public enum DNSWireError: Error, Sendable, Equatable {
    case endsEarly
    /// A name's pointer does not lead to an earlier place, or its label is of an unknown kind.
    case badName
    case tooManyRecords
    /// A record's data is longer or shorter than it says.
    case badData
}

extension DNSMessage {
    /// Reads a whole message; what follows it is let pass.
    public init(parsing bytes: [UInt8]) throws(DNSWireError) {
        var reader = DNSReader(bytes)
        self.init(id: try reader.number16())
        let flags = try reader.number16()
        isResponse = flags & 0x8000 != 0
        opcode = UInt8(flags >> 11 & 0xF)
        isAuthoritative = flags & 0x0400 != 0
        isTruncated = flags & 0x0200 != 0
        recursionDesired = flags & 0x0100 != 0
        recursionAvailable = flags & 0x0080 != 0
        code = DNSResponseCode(rawValue: UInt8(flags & 0xF))
        let counts = [
            Int(try reader.number16()), Int(try reader.number16()), Int(try reader.number16()),
            Int(try reader.number16()),
        ]
        guard counts.reduce(0, +) <= Limits.records else { throw .tooManyRecords }
        for _ in 0..<counts[0] { questions.append(try reader.question()) }
        for _ in 0..<counts[1] { answers.append(try reader.record()) }
        for _ in 0..<counts[2] { authorities.append(try reader.record()) }
        for _ in 0..<counts[3] { additionals.append(try reader.record()) }
    }
}

/// Takes a message apart.
struct DNSReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number8() throws(DNSWireError) -> UInt8 {
        guard offset < bytes.count else { throw .endsEarly }
        offset += 1
        return bytes[offset - 1]
    }
    mutating func number16() throws(DNSWireError) -> UInt16 { UInt16(try number8()) << 8 | UInt16(try number8()) }
    mutating func number32() throws(DNSWireError) -> UInt32 { UInt32(try number16()) << 16 | UInt32(try number16()) }
    mutating func take(_ count: Int) throws(DNSWireError) -> [UInt8] {
        guard count <= bytes.count - offset else { throw .endsEarly }
        offset += count
        return Array(bytes[offset - count..<offset])
    }

    /// A name; pointers lead only backwards, each further than the one before, so that reading ends.
    mutating func name() throws(DNSWireError) -> DNSName {
        var labels: [[UInt8]] = []
        var length = 1
        var place = offset
        var lowest = offset
        var hasJumped = false
        while true {
            guard place < bytes.count else { throw .endsEarly }
            let size = Int(bytes[place])
            switch size & 0xC0 {
            case 0 where size == 0:
                if !hasJumped { offset = place + 1 }
                guard let name = DNSName(labels: labels) else { throw .badName }
                return name
            case 0:
                guard place + 1 + size <= bytes.count else { throw .endsEarly }
                length += size + 1
                guard length <= DNSName.longestBytes else { throw .badName }
                labels.append(Array(bytes[place + 1..<place + 1 + size]))
                place += size + 1
            case 0xC0:
                guard place + 1 < bytes.count else { throw .endsEarly }
                let target = (size & 0x3F) << 8 | Int(bytes[place + 1])
                guard target < lowest else { throw .badName }
                if !hasJumped { offset = place + 2 }
                hasJumped = true
                lowest = target
                place = target
            default: throw .badName
            }
        }
    }

    mutating func question() throws(DNSWireError) -> DNSQuestion {
        DNSQuestion(try name(), DNSType(rawValue: try number16()), recordClass: try number16())
    }

    mutating func record() throws(DNSWireError) -> DNSRecord {
        let name = try name()
        let type = DNSType(rawValue: try number16())
        let recordClass = try number16()
        let ttl = try number32()
        let length = Int(try number16())
        let end = offset + length
        guard end <= bytes.count else { throw .endsEarly }
        let data = try data(type, length: length, end: end)
        guard offset == end else { throw .badData }
        return DNSRecord(name, ttl: ttl, data, recordClass: recordClass)
    }

    private mutating func data(_ type: DNSType, length: Int, end: Int) throws(DNSWireError) -> DNSData {
        switch type {
        case .a: return .a(IPv4(number: try number32()))
        case .ns, .cname, .ptr: return .name(type, try name())
        case .srv:
            return .srv(
                priority: try number16(), weight: try number16(), port: try number16(), target: try name())
        case .soa:
            return .soa(
                primary: try name(), mailbox: try name(), serial: try number32(), refresh: try number32(),
                retry: try number32(), expire: try number32(), minimum: try number32())
        case .txt:
            var texts: [[UInt8]] = []
            while offset < end { texts.append(try take(Int(try number8()))) }
            return .txt(texts)
        default: return .other(type, try take(length))
        }
    }
}

/// Finds the lifetimes in a message that is kept as bytes, so that they can be made shorter.
struct DNSLifetimes {
    /// Where each record's 32-bit TTL is; without OPT's, which is none.
    private(set) var offsets: [Int] = []
    private(set) var shortest: UInt32?

    init(of bytes: [UInt8]) throws(DNSWireError) {
        var reader = DNSReader(bytes)
        _ = try reader.take(4)
        let questions = Int(try reader.number16())
        let records = Int(try reader.number16()) + Int(try reader.number16()) + Int(try reader.number16())
        guard questions + records <= Limits.records else { throw .tooManyRecords }
        for _ in 0..<questions { _ = try reader.question() }
        for _ in 0..<records {
            _ = try reader.name()
            let type = DNSType(rawValue: try reader.number16())
            _ = try reader.number16()
            let place = reader.offset
            let ttl = try reader.number32()
            _ = try reader.take(Int(try reader.number16()))
            guard type != .opt else { continue }
            offsets.append(place)
            shortest = min(shortest ?? ttl, ttl)
        }
    }
}
