import Basics

extension ProtobufDecoder {
    /// Scalars, and the messages that JSON writes as scalars.
    func scalar(_ wire: ProtobufReader.Field, _ value: SchemaValue) throws(ProtobufError) -> JSON {
        switch value {
        case .string: return JSON(try wire.string())
        case .boolean: return JSON(try wire.varint() != 0)
        case .int32: return JSON(try wire.int32())
        case .int64: return JSON(try wire.int64())
        case .double: return JSON(try wire.double())
        case .bytes: return JSON(Base64.encode(try wire.message().bytes))
        case .time: return try time(wire).map { JSON($0.rfc3339) } ?? .null
        case .microTime: return try time(wire).map { JSON($0.rfc3339Micro) } ?? .null
        case .duration: return JSON(GoDuration.text(nanoseconds: try first(wire)?.int64() ?? 0))
        case .quantity: return try quantity(wire)
        case .intOrString: return try intOrString(wire)
        case .any, .rawObject: return try raw(wire)
        case .object, .list, .map: throw ProtobufError("a list cannot be here")
        }
    }

    /// Field 1 of a message that has but that.
    private func first(_ wire: ProtobufReader.Field) throws(ProtobufError) -> ProtobufReader.Field? {
        var reader = try wire.message()
        var last: ProtobufReader.Field?
        while let (number, field) = try reader.next() { if number == 1 { last = field } }
        return last
    }

    /// Go's zero time, which is null in JSON, is sent as an empty message.
    private func time(_ wire: ProtobufReader.Field) throws(ProtobufError) -> Instant? {
        var reader = try wire.message()
        var seconds: Int64 = 0
        var nanoseconds: Int32 = 0
        while let (number, field) = try reader.next() {
            if number == 1 { seconds = try field.int64() }
            if number == 2 { nanoseconds = try field.int32() }
        }
        return seconds == 0 && nanoseconds == 0 ? nil : Instant(secondsSince1970: seconds, nanosecond: nanoseconds)
    }

    private func quantity(_ wire: ProtobufReader.Field) throws(ProtobufError) -> JSON {
        let text = try first(wire)?.string() ?? "0"
        do {
            return try Quantity(text.isEmpty ? "0" : text).json
        } catch {
            throw ProtobufError("\(error)")
        }
    }

    private func intOrString(_ wire: ProtobufReader.Field) throws(ProtobufError) -> JSON {
        var reader = try wire.message()
        var isString = false
        var number: Int32 = 0
        var text = ""
        while let (index, field) = try reader.next() {
            switch index {
            case 1: isString = try field.varint() != 0
            case 2: number = try field.int32()
            case 3: text = try field.string()
            default: break
            }
        }
        return isString ? JSON(text) : JSON(number)
    }

    /// RawExtension and FieldsV1: bytes that are JSON.
    private func raw(_ wire: ProtobufReader.Field) throws(ProtobufError) -> JSON {
        guard let bytes = try first(wire)?.bytes(), !bytes.isEmpty else { return .null }
        do {
            let value = try JSON(parsing: bytes)
            guard value.depth + depth < JSON.maximumDepth / 2 else {
                throw JSONError(offset: 0, reason: "exceeded max depth")
            }
            return value
        } catch {
            throw ProtobufError("\(error)")
        }
    }
}

/// The text of Go's time.Duration, such as `1h30m0s`.
public enum GoDuration {
    public static func text(nanoseconds: Int64) -> String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let value = nanoseconds.magnitude
        for (unit, size) in [("ns", 1), ("µs", 1000), ("ms", 1_000_000)] as [(String, UInt64)]
        where value < size * 1000 && value < 1_000_000_000 {
            return sign + fraction(value, size) + unit
        }
        let (minutes, rest) = value.quotientAndRemainder(dividingBy: 60_000_000_000)
        let seconds = fraction(rest, 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func fraction(_ value: UInt64, _ unit: UInt64) -> String {
        let (whole, rest) = value.quotientAndRemainder(dividingBy: unit)
        if rest == 0 { return String(whole) }
        var digits = String(rest + unit).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// Nanoseconds; nil for what Go's time.ParseDuration would refuse, or for more than fits.
    public static func nanoseconds(_ text: String) -> Int64? {
        let units: [(String, Int128)] = [
            ("ns", 1), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
            ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ]
        let isNegative = text.hasPrefix("-")
        var rest = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        if rest == "0" { return 0 }
        var sum: Int128 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0 == "." || ("0"..."9") ~= $0 }
            rest = rest.dropFirst(number.count)
            guard let unit = units.first(where: { rest.hasPrefix($0.0) && ($0.0 != "m" || !rest.hasPrefix("ms")) }),
                number.contains(where: { $0 != "." }), let scaled = scale(number, unit.1)
            else { return nil }
            rest = rest.dropFirst(unit.0.count)
            sum += scaled
            if sum > Int128(Int64.max) { return nil }
        }
        return Int64(exactly: isNegative ? -sum : sum)
    }

    private static func scale(_ number: Substring, _ unit: Int128) -> Int128? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].count <= 19, let whole = Int128(parts[0].isEmpty ? "0" : parts[0]) else {
            return nil
        }
        guard parts.count == 2, !parts[1].isEmpty else { return whole * unit }
        let digits = parts[1].prefix(15)
        var power: Int128 = 1
        for _ in digits { power *= 10 }
        return whole * unit + (Int128(digits) ?? 0) * unit / power
    }
}
