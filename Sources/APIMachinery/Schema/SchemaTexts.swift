/// Base64 as Go's standard decoder takes it: padded, line breaks allowed.
enum Base64Text {
    /// The offset of the first byte that cannot be there; nil for sound text.
    static func firstIllegalByte(in text: String) -> Int? {
        var digits = 0
        var padding = 0
        var offset = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                if padding > 0 { return offset }
                digits += 1
            case UInt8(ascii: "="):
                if digits % 4 < 2 || digits % 4 + padding >= 4 { return offset }
                padding += 1
            default: return offset
            }
            offset += 1
        }
        return (digits + padding) % 4 == 0 ? nil : offset
    }
}

/// RFC 3339 text in the form Kubernetes stores: UTC, whole seconds or exactly six digits.
enum TimeText {
    static func canonical(_ text: String, microseconds: Bool) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, isDate(bytes) else { return nil }
        // The usual form, already canonical.
        if !microseconds, bytes.count == 20, bytes[19] == UInt8(ascii: "Z") { return text }
        if microseconds, bytes.count == 27, bytes[26] == UInt8(ascii: "Z"), bytes[19] == UInt8(ascii: ".") {
            return text
        }
        return shifted(bytes, microseconds: microseconds)
    }

    private static func number(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        var value = 0
        for byte in bytes[range] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func isDate(_ bytes: [UInt8]) -> Bool {
        guard let month = number(bytes, 5..<7), let day = number(bytes, 8..<10), let hour = number(bytes, 11..<13),
            let minute = number(bytes, 14..<16), let second = number(bytes, 17..<19), number(bytes, 0..<4) != nil
        else { return false }
        return bytes[4] == UInt8(ascii: "-") && bytes[7] == UInt8(ascii: "-") && bytes[10] == UInt8(ascii: "T")
            && bytes[13] == UInt8(ascii: ":") && bytes[16] == UInt8(ascii: ":") && (1...12).contains(month)
            && (1...31).contains(day) && hour < 24 && minute < 60 && second < 60
    }

    private static func shifted(_ bytes: [UInt8], microseconds: Bool) -> String? {
        var index = 19
        var fraction: [UInt8] = []
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
                fraction.append(bytes[index])
                index += 1
            }
            if fraction.isEmpty { return nil }
        }
        guard index < bytes.count, let offset = zoneOffsetMinutes(bytes, from: index) else { return nil }
        guard let year = number(bytes, 0..<4), let month = number(bytes, 5..<7), let day = number(bytes, 8..<10),
            let hour = number(bytes, 11..<13), let minute = number(bytes, 14..<16), let second = number(bytes, 17..<19)
        else { return nil }
        let minutes = (CivilDate.days(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset
        let day0 = minutes >= 0 ? minutes / 1440 : (minutes - 1439) / 1440
        let rest = minutes - day0 * 1440
        let date = CivilDate.date(days: day0)
        let head = pad(date.year, 4) + "-" + pad(date.month, 2) + "-" + pad(date.day, 2)
        let clock = pad(rest / 60, 2) + ":" + pad(rest % 60, 2) + ":" + pad(second, 2)
        if !microseconds { return "\(head)T\(clock)Z" }
        let digits = String(decoding: (fraction + Array("000000".utf8)).prefix(6), as: UTF8.self)
        return "\(head)T\(clock).\(digits)Z"
    }

    private static func zoneOffsetMinutes(_ bytes: [UInt8], from index: Int) -> Int? {
        if bytes[index] == UInt8(ascii: "Z") { return index + 1 == bytes.count ? 0 : nil }
        guard bytes.count == index + 6, bytes[index + 3] == UInt8(ascii: ":"),
            let hours = number(bytes, index + 1..<index + 3), let minutes = number(bytes, index + 4..<index + 6),
            hours < 24, minutes < 60
        else { return nil }
        switch bytes[index] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

/// Days of the proleptic Gregorian calendar since 1970-01-01 (Howard Hinnant's algorithms).
enum CivilDate {
    static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
    static func date(days: Int) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}

/// The form of a quantity in JSON; its arithmetic is `Quantity`'s.
enum QuantityText {
    /// The canonical text, or nil if this is no quantity.
    static func canonical(_ text: String) -> String? {
        var index = text.utf8.startIndex
        let bytes = text.utf8
        if index < bytes.endIndex, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
            index = bytes.index(after: index)
        }
        var digits = 0
        var dots = 0
        while index < bytes.endIndex {
            if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
                digits += 1
            } else if bytes[index] == UInt8(ascii: "."), dots == 0 {
                dots = 1
            } else {
                break
            }
            index = bytes.index(after: index)
        }
        guard digits > 0 else { return nil }
        let suffix = String(text[index...])
        let known = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
        if known.contains(suffix) { return text }
        if let first = suffix.utf8.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E"),
            Int(suffix.dropFirst()) != nil
        {
            return text
        }
        return nil
    }
}
