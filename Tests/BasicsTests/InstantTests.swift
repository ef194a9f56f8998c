import Basics
import Foundation
import Testing

@Suite struct InstantTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-01-02T03:04:05Z", 1_767_323_045, 0), ("1969-12-31T23:59:59Z", -1, 0),
            ("2000-02-29T12:00:00Z", 951_825_600, 0), ("2026-01-02T04:04:05+01:00", 1_767_323_045, 0),
            ("2026-01-01T21:34:05.25-05:30", 1_767_323_045, 250_000_000),
            ("2026-01-02t03:04:05.000006z", 1_767_323_045, 6000),
            ("2026-01-02T03:04:05.1234567891Z", 1_767_323_045, 123_456_789),
            ("0000-01-01T00:00:00Z", -62_167_219_200, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0), ("2024-02-29T13:00:00.5+01:00", 1_709_208_000, 500_000_000),
        ] as [(String, Int64, Int32)])
    func reads(_ text: String, _ seconds: Int64, _ nanoseconds: Int32) {
        #expect(Instant(rfc3339: text) == Instant(secondsSince1970: seconds, nanosecond: nanoseconds))
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-02-29T03:04:05Z", "2026-01-00T00:00:00Z",
        "2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05Zx", "02026-01-02T03:04:05Z", "2026-1-2T3:4:5Z",
        "0000-01-01T00:00:00+01:00",
    ])
    func refuses(_ text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test func writes() {
        let time = Instant(secondsSince1970: 1_767_323_045, nanosecond: 6_789)
        #expect(time.rfc3339 == "2026-01-02T03:04:05Z" && time.rfc3339Micro == "2026-01-02T03:04:05.000006Z")
        #expect(time.rfc3339Nano == "2026-01-02T03:04:05.000006789Z")
        #expect(Instant(secondsSince1970: .min).rfc3339 == "0000-01-01T00:00:00Z")
        #expect(Instant(secondsSince1970: .max).rfc3339 == "9999-12-31T23:59:59Z")
    }

    @Test func agreesWithFoundation() {
        var dice = SplitMix64(seed: 7)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<3000 {
            let seconds = Int64.random(in: -60_000_000_000...250_000_000_000, using: &dice)
            let time = Instant(secondsSince1970: seconds)
            // Foundation changes to the Julian calendar before 1582.
            if seconds > -12_000_000_000 {
                #expect(time.rfc3339 == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
            }
            #expect(Instant(rfc3339: time.rfc3339) == time)
        }
    }

    @Test func arithmetic() {
        let time = Instant(secondsSince1970: 10, nanosecond: 900_000_000)
        #expect(time + .milliseconds(200) == Instant(secondsSince1970: 11, nanosecond: 100_000_000))
        #expect(time - .seconds(11) == Instant(secondsSince1970: -1, nanosecond: 900_000_000))
        #expect(time - Instant(secondsSince1970: 9) == .milliseconds(1900))
        #expect(time + .seconds(Int64.max) == Instant(secondsSince1970: .max, nanosecond: 900_000_000))
        #expect(time < Instant(secondsSince1970: 11) && time.wholeSecond < time)
    }

    @Test func nanosecondsReachFrom1677To2262() throws {
        #expect(Instant(nanoseconds: -1) == Instant(secondsSince1970: -1, nanosecond: 999_999_999))
        for nanoseconds in [Int64.min, -1_000_000_001, -1, 0, 1, 999_999_999, .max] {
            #expect(Instant(nanoseconds: nanoseconds).nanoseconds == nanoseconds)
        }
        #expect(Instant.distantPast.nanoseconds == .min && Instant.distantFuture.nanoseconds == .max)
        let time = Instant(nanoseconds: 1_767_225_600_000_000_042)
        let written = try JSONEncoder().encode([time])
        #expect(String(decoding: written, as: UTF8.self) == "[1767225600000000042]")
        #expect(try JSONDecoder().decode([Instant].self, from: written) == [time])
    }

    @Test func everyDayComesBack() {
        for day in Int64(-60_000)..<60_000 {
            let instant = Instant(secondsSince1970: day * 86_400 + 12_345)
            #expect(Instant(rfc3339: instant.rfc3339) == instant)
        }
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT", "01/Jan/1970:00:00:00 +0000"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT", "06/Nov/1994:08:49:37 +0000"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT", "31/Dec/1969:23:59:59 +0000"),
    ])
    func isWrittenForHTTP(_ seconds: Int64, _ header: String, _ log: String) {
        #expect(Instant(secondsSince1970: seconds).httpDate == header)
        #expect(Instant(secondsSince1970: seconds).accessLogTime == log)
    }
}
