import Basics

extension Value {
    /// As errors and `string()` show it.
    public var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): Self.text(value)
        case .string(let value): value
        case .bytes(let value): String(decoding: value, as: UTF8.self)
        case .timestamp(let value): value.nanosecond == 0 ? value.rfc3339 : Self.shortened(value)
        case .duration(let value): Self.seconds(value)
        case .list(let values): "[\(values.map(\.text).joined(separator: ", "))]"
        case .map(let map):
            "{\(map.keys.map { "\($0.text): \(map.value($0)?.text ?? "null")" }.sorted().joined(separator: ", "))}"
        case .optional(let value): value.map { "optional(\($0.text))" } ?? "optional.none()"
        case .type(let type): type.runtimeName
        case .foreign(let value): "\(value)"
        }
    }
    /// As few digits as tell it apart; whole numbers without a point.
    private static func text(_ value: Double) -> String {
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
    /// "1.5s"
    private static func seconds(_ nanoseconds: Int64) -> String {
        let amount = nanoseconds.magnitude
        let (whole, rest) = amount.quotientAndRemainder(dividingBy: 1_000_000_000)
        var text = (nanoseconds < 0 ? "-" : "") + String(whole)
        if rest > 0 {
            let digits = String(rest)
            var fraction = String(repeating: "0", count: 9 - digits.count) + digits
            while fraction.hasSuffix("0") { fraction.removeLast() }
            text += "." + fraction
        }
        return text + "s"
    }
    private static func shortened(_ instant: Instant) -> String {
        var text = String(instant.rfc3339Nano.dropLast())
        while text.hasSuffix("0") { text.removeLast() }
        return text + "Z"
    }
}
