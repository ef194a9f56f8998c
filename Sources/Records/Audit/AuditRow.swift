import APIMachinery
import MariaDB

/// An audit event as the table has it.
struct AuditRow: Equatable, Sendable {
    var values: [SQLValue]
    /// For telling rows apart in logs.
    var auditID: String

    static let columns = [
        "audit_id", "stage", "requested_at", "user_name", "verb", "api_group", "resource", "subresource", "namespace",
        "name", "code", "event",
    ]

    /// Nil if the bytes are no event: it has no audit id.
    init?(_ payload: [UInt8]) {
        guard let event = try? JSON(parsing: payload), let id = event["auditID"]?.string, !id.isEmpty,
            id.utf8.count <= 64, id.utf8.allSatisfy({ $0 < 0x80 })
        else { return nil }
        let object = event["objectRef"]
        func text(_ value: JSON?, _ limit: Int) -> SQLValue { .text(Self.cut(value?.string ?? "", limit)) }
        auditID = id
        values = [
            .text(id), .text(Self.ascii(event["stage"]?.string ?? "", 32)),
            .text(Self.time(event["requestReceivedTimestamp"]?.string ?? "") ?? "1970-01-01 00:00:00"),
            text(event["user", "username"], 253), text(event["verb"], 32), text(object?["apiGroup"], 253),
            text(object?["resource"], 253), text(object?["subresource"], 63), text(object?["namespace"], 63),
            text(object?["name"], 253),
            event["responseStatus", "code"]?.int.flatMap { UInt16(exactly: $0) }.map { .int(Int64($0)) } ?? .null,
            .text(String(decoding: payload, as: UTF8.self)),
        ]
    }

    /// The first characters that fit; a long name must not keep its event out of the table.
    private static func cut(_ text: String, _ limit: Int) -> String {
        text.unicodeScalars.count <= limit
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
    }
    private static func ascii(_ text: String, _ limit: Int) -> String {
        String(decoding: text.utf8.filter { $0 < 0x80 }.prefix(limit), as: UTF8.self)
    }

    private static let timePattern = Array("0000-00-00T00:00:00.000000".utf8)

    /// RFC 3339 in UTC ("2026-11-23T18:00:01.123456Z") as DATETIME(6) has it; nil for anything else.
    static func time(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard (20...27).contains(bytes.count), bytes.last == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T")
        else { return nil }
        for (byte, expected) in zip(bytes.dropLast(), timePattern) {
            // A zero in the pattern stands for any digit.
            guard expected == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == expected else { return nil }
        }
        func number(_ range: Range<Int>) -> Int { Int(String(decoding: bytes[range], as: UTF8.self)) ?? 0 }
        guard (1...12).contains(number(5..<7)), (1...31).contains(number(8..<10)), number(11..<13) < 24,
            number(14..<16) < 60, number(17..<19) < 60, number(0..<4) >= 1000
        else { return nil }
        let year = number(0..<4)
        let isLeap = year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard number(8..<10) <= days[number(5..<7) - 1] else { return nil }
        var result = bytes.dropLast()
        result[10] = UInt8(ascii: " ")
        return String(decoding: result, as: UTF8.self)
    }
}
