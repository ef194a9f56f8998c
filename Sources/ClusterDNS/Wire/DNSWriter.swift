extension DNSMessage {
    /// The message's bytes, names compressed. Records that do not fit into `limit` bytes are left out and the message
    /// says that it is truncated; the question always fits.
    public func bytes(limit: Int = 65_535) -> [UInt8] {
        var writer = DNSWriter()
        writer.number16(id)
        writer.number16(0)
        for _ in 0..<4 { writer.number16(0) }
        for question in questions { writer.question(question) }
        // OPT says what the sender can do; it is kept when all else must go.
        let extensions = additionals.filter { $0.data.type == .opt }
        let reserved = extensions.count * 11
        var counts = [questions.count, 0, 0, 0]
        var isCut = false
        var isShort = false
        for (section, records) in [answers, authorities, additionals.filter { $0.data.type != .opt }].enumerated() {
            for record in records where !isCut {
                let before = writer
                writer.record(record)
                if writer.bytes.count + reserved > limit {
                    writer = before
                    isCut = true
                } else {
                    counts[section + 1] += 1
                }
            }
            // What is merely additional may be missing without a word (RFC 2181 §9).
            if isCut, section < 2 { isShort = true }
        }
        for record in extensions {
            writer.record(record)
            counts[3] += 1
        }
        writer.set16(at: 2, flags(isTruncated: isTruncated || isShort))
        for (index, count) in counts.enumerated() { writer.set16(at: 4 + index * 2, UInt16(truncatingIfNeeded: count)) }
        return writer.bytes
    }

    private func flags(isTruncated: Bool) -> UInt16 {
        var flags = UInt16(opcode & 0xF) << 11 | UInt16(code.rawValue & 0xF)
        if isResponse { flags |= 0x8000 }
        if isAuthoritative { flags |= 0x0400 }
        if isTruncated { flags |= 0x0200 }
        if recursionDesired { flags |= 0x0100 }
        if recursionAvailable { flags |= 0x0080 }
        return flags
    }
}

/// Puts a message together.
struct DNSWriter {
    private(set) var bytes: [UInt8] = []
    /// Where a name, or the rest of one, was written before.
    private var places: [[[UInt8]]: Int] = [:]

    mutating func number16(_ number: UInt16) {
        bytes.append(UInt8(number >> 8))
        bytes.append(UInt8(number & 0xFF))
    }
    mutating func number32(_ number: UInt32) {
        number16(UInt16(number >> 16))
        number16(UInt16(number & 0xFFFF))
    }
    mutating func set16(at place: Int, _ number: UInt16) {
        bytes[place] = UInt8(number >> 8)
        bytes[place + 1] = UInt8(number & 0xFF)
    }

    mutating func name(_ name: DNSName) {
        for (suffix, label) in zip(name.suffixes, name.labels) {
            if let place = places[suffix] { return number16(0xC000 | UInt16(place)) }
            if bytes.count < 0x4000 { places[suffix] = bytes.count }
            bytes.append(UInt8(label.count))
            bytes += label
        }
        bytes.append(0)
    }

    mutating func question(_ question: DNSQuestion) {
        name(question.name)
        number16(question.type.rawValue)
        number16(question.recordClass)
    }

    mutating func record(_ record: DNSRecord) {
        name(record.name)
        number16(record.data.type.rawValue)
        number16(record.recordClass)
        number32(record.ttl)
        let place = bytes.count
        number16(0)
        data(record.data)
        set16(at: place, UInt16(truncatingIfNeeded: bytes.count - place - 2))
    }

    private mutating func data(_ data: DNSData) {
        switch data {
        case .a(let address): bytes += address.bytes
        case .name(_, let name): self.name(name)
        case .srv(let priority, let weight, let port, let target):
            for number in [priority, weight, port] { number16(number) }
            // Not compressed (RFC 2782).
            uncompressed(target)
        case .soa(let primary, let mailbox, let serial, let refresh, let retry, let expire, let minimum):
            name(primary)
            name(mailbox)
            for number in [serial, refresh, retry, expire, minimum] { number32(number) }
        case .txt(let texts):
            for text in texts {
                bytes.append(UInt8(truncatingIfNeeded: min(text.count, 255)))
                bytes += text.prefix(255)
            }
        case .other(_, let raw): bytes += raw
        }
    }

    private mutating func uncompressed(_ name: DNSName) {
        for label in name.labels {
            bytes.append(UInt8(label.count))
            bytes += label
        }
        bytes.append(0)
    }
}
