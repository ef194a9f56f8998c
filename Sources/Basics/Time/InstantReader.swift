/// Reads RFC 3339's date-time from left to right (section 5.6).
struct InstantReader {
    private var rest: Substring.UTF8View
    init(_ text: String) { rest = text[...].utf8 }

    mutating func read() -> Instant? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            take("T") || take("t"), let hour = number(2), take(":"), let minute = number(2), take(":"),
            let second = number(2), hour < 24, minute < 60, second < 60
        else { return nil }
        let date = CalendarDay(year: year, month: month, day: day)
        guard date.exists, let nanosecond = fraction(), let offset = offset(), rest.isEmpty else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
        guard Instant.bounds.contains(Int64(seconds)) else { return nil }
        return Instant(secondsSince1970: Int64(seconds), nanosecond: nanosecond)
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func number(_ digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let byte = rest.first, 0x30...0x39 ~= byte else { return nil }
            value = value * 10 + Int(byte - 0x30)
            rest.removeFirst()
        }
        return value
    }

    /// Digits beyond nanoseconds are passed over.
    private mutating func fraction() -> Int32? {
        guard take(".") else { return 0 }
        var value: Int32 = 0
        var count = 0
        while let digit = number(1) {
            if count < 9 { value = value * 10 + Int32(digit) }
            count += 1
        }
        for _ in min(count, 9)..<9 { value *= 10 }
        return count > 0 ? value : nil
    }

    /// Seconds east of UTC.
    private mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}
