import Basics
import Foundation

extension Libraries {
    // MARK: Conversions

    static let conversions: [Function] =
        [ValueType.int, .uint, .double, .string, .timestamp, .duration].map { type in
            Function("int", [type], .int, reads: { _ in 1 }) { arguments throws(EvaluationError) in
                switch arguments[0] {
                case .int: return arguments[0]
                case .uint(let value): return .int(try whole(Int64(exactly: value)))
                case .double(let value): return .int(try whole(Int64(exactly: value.rounded(.towardZero))))
                case .string(let text): return .int(try read(Int64(text), "int", text))
                case .timestamp(let instant): return .int(instant.secondsSince1970)
                case .duration(let nanoseconds): return .int(nanoseconds)
                default: throw .noOverload
                }
            }
        }
        + [ValueType.int, .uint, .double, .string].map { type in
            Function("uint", [type], .uint, reads: { _ in 1 }) { arguments throws(EvaluationError) in
                switch arguments[0] {
                case .uint: return arguments[0]
                case .int(let value): return .uint(try whole(UInt64(exactly: value)))
                case .double(let value): return .uint(try whole(UInt64(exactly: value.rounded(.towardZero))))
                case .string(let text): return .uint(try read(UInt64(text), "uint", text))
                default: throw .noOverload
                }
            }
        }
        + [ValueType.int, .uint, .double, .string].map { type in
            Function("double", [type], .double, reads: { _ in 1 }) { arguments throws(EvaluationError) in
                switch arguments[0] {
                case .double: return arguments[0]
                case .int(let value): return .double(Double(value))
                case .uint(let value): return .double(Double(value))
                case .string(let text): return .double(try read(Double(text), "double", text))
                default: throw .noOverload
                }
            }
        }
        + [ValueType.bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration].map { type in
            Function("string", [type], .string) { arguments throws(EvaluationError) in
                if case .bytes(let bytes) = arguments[0] {
                    guard let text = String(validating: bytes, as: UTF8.self) else {
                        throw EvaluationError("invalid UTF-8 in bytes, cannot convert to string")
                    }
                    return .string(text)
                }
                return .string(arguments[0].text)
            }
        }
        + [
            Function("bool", [.bool], .bool, reads: { _ in 1 }) { $0[0] },
            Function("bool", [.string], .bool, reads: { _ in 1 }) { arguments throws(EvaluationError) in
                switch try text(arguments[0]) {
                case "1", "t", "T", "true", "TRUE", "True": return .bool(true)
                case "0", "f", "F", "false", "FALSE", "False": return .bool(false)
                default: throw EvaluationError("type conversion error from 'string' to 'bool'")
                }
            },
            Function("bytes", [.string], .bytes) { arguments throws(EvaluationError) in
                .bytes(Array(try text(arguments[0]).utf8))
            },
            Function("bytes", [.bytes], .bytes) { $0[0] },
            Function("timestamp", [.timestamp], .timestamp) { $0[0] },
            Function("timestamp", [.string], .timestamp) { arguments throws(EvaluationError) in
                let text = try text(arguments[0])
                return .timestamp(try read(Instant(rfc3339: text), "timestamp", text))
            },
            Function("timestamp", [.int], .timestamp) { arguments throws(EvaluationError) in
                let seconds = Int64(try number(arguments[0]))
                guard Instant.bounds.contains(seconds) else { throw EvaluationError("timestamp overflow") }
                return .timestamp(Instant(secondsSince1970: seconds))
            },
            Function("duration", [.duration], .duration) { $0[0] },
            Function("duration", [.string], .duration) { arguments throws(EvaluationError) in
                let text = try text(arguments[0])
                return .duration(try read(duration(text), "duration", text))
            },
        ]

    private static func whole<T>(_ value: T?) throws(EvaluationError) -> T {
        guard let value else { throw .overflow }
        return value
    }
    private static func read<T>(_ value: T?, _ type: String, _ text: String) throws(EvaluationError) -> T {
        guard let value else { throw EvaluationError("type conversion error from 'string' to '\(type)'") }
        return value
    }

    /// Go's form: "1h30m", "-1.5s", "100ms"; in nanoseconds.
    static func duration(_ text: String) -> Int64? {
        var rest = text[...]
        let isNegative = rest.first == "-"
        if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return 0 }
        if rest.isEmpty { return nil }
        let units: [(String, Double)] = [
            ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
        ]
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard let amount = Double(digits) else { return nil }
            rest.removeFirst(digits.count)
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            guard let (_, size) = units.first(where: { $0.0 == unit }) else { return nil }
            rest.removeFirst(unit.count)
            sum += amount * size
        }
        guard sum < 0x1p63 else { return nil }
        return isNegative ? -Int64(sum.rounded()) : Int64(sum.rounded())
    }

    // MARK: Parts of times

    static let times: [Function] =
        parts.flatMap { ofInstant($0.0, $0.1) } + [
            ofDuration("getHours", 3_600_000_000_000), ofDuration("getMinutes", 60_000_000_000),
            ofDuration("getSeconds", 1_000_000_000), ofDuration("getMilliseconds", 1_000_000),
        ]
    private static func ofInstant(_ name: String, _ part: @escaping @Sendable (Instant) -> Int) -> [Function] {
        [
            .member(name, [.timestamp], .int, reads: { _ in 1 }) { arguments throws(EvaluationError) in
                .int(Int64(part(try shifted(arguments[0], nil))))
            },
            .member(name, [.timestamp, .string], .int, reads: { _ in 1 }) { arguments throws(EvaluationError) in
                .int(Int64(part(try shifted(arguments[0], arguments[1]))))
            },
        ]
    }
    private static func ofDuration(_ name: String, _ unit: Int64) -> Function {
        .member(name, [.duration], .int, reads: { _ in 1 }) { arguments throws(EvaluationError) in
            guard case .duration(let nanoseconds) = arguments[0] else { throw .noOverload }
            return .int(nanoseconds / unit)
        }
    }

    private static let parts: [(String, @Sendable (Instant) -> Int)] = [
        ("getFullYear", { day($0).year }),
        ("getMonth", { day($0).month - 1 }),
        ("getDate", { day($0).day }),
        ("getDayOfMonth", { day($0).day - 1 }),
        ("getDayOfYear", { days($0) - CalendarDay(year: day($0).year, month: 1, day: 1).daysSince1970 }),
        ("getDayOfWeek", { ((days($0) + 4) % 7 + 7) % 7 }),
        ("getHours", { second($0) / 3_600 }),
        ("getMinutes", { second($0) / 60 % 60 }),
        ("getSeconds", { second($0) % 60 }),
        ("getMilliseconds", { Int($0.nanosecond) / 1_000_000 }),
    ]
    private static func days(_ instant: Instant) -> Int {
        Int((instant.secondsSince1970 - Int64(second(instant))) / 86_400)
    }
    private static func day(_ instant: Instant) -> CalendarDay { CalendarDay(daysSince1970: days(instant)) }
    private static func second(_ instant: Instant) -> Int {
        Int(((instant.secondsSince1970 % 86_400) + 86_400) % 86_400)
    }

    /// The same wall clock in UTC; a zone is a name, or an offset such as "+02:00".
    private static func shifted(_ value: Value, _ zone: Value?) throws(EvaluationError) -> Instant {
        guard case .timestamp(let instant) = value else { throw .noOverload }
        guard let zone else { return instant }
        let name = try text(zone)
        let offset: Int
        let parts = name.split(separator: ":")
        if parts.count == 2, let hours = Int(parts[0]), let minutes = Int(parts[1]), abs(hours) < 24, minutes < 60 {
            offset = hours * 3_600 + (parts[0].hasPrefix("-") ? -minutes : minutes) * 60
        } else if let found = TimeZone(identifier: name) {
            offset = found.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.secondsSince1970)))
        } else {
            throw EvaluationError("unknown time zone \(name)")
        }
        return instant + .seconds(offset)
    }
}
