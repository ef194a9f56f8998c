import Foundation
import Testing

@testable import APIMachinery

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-01-02T03:04:05Z", 1_767_323_045, 0), ("1969-12-31T23:59:59Z", -1, 0),
            ("2000-02-29T12:00:00Z", 951_825_600, 0), ("2026-01-02T04:04:05+01:00", 1_767_323_045, 0),
            ("2026-01-01T21:34:05.25-05:30", 1_767_323_045, 250_000_000),
            ("2026-01-02t03:04:05.000006z", 1_767_323_045, 6000),
            ("2026-01-02T03:04:05.1234567891Z", 1_767_323_045, 123_456_789),
            ("0000-01-01T00:00:00Z", -62_167_219_200, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
        ] as [(String, Int64, Int32)])
    func reads(_ text: String, _ seconds: Int64, _ nanoseconds: Int32) {
        #expect(Timestamp(text) == Timestamp(secondsSince1970: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-02-29T03:04:05Z", "2026-01-00T00:00:00Z",
        "2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05Zx", "02026-01-02T03:04:05Z", "2026-1-2T3:4:5Z",
        "0000-01-01T00:00:00+01:00",
    ])
    func refuses(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func writes() {
        let time = Timestamp(secondsSince1970: 1_767_323_045, nanoseconds: 6_789)
        #expect(time.text == "2026-01-02T03:04:05Z" && time.microText == "2026-01-02T03:04:05.000006Z")
        #expect(Timestamp(secondsSince1970: .min).text == "0000-01-01T00:00:00Z")
        #expect(Timestamp(secondsSince1970: .max).text == "9999-12-31T23:59:59Z")
    }

    @Test func agreesWithFoundation() {
        var dice = SeededGenerator(seed: 7)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<3000 {
            let seconds = Int64.random(in: -60_000_000_000...250_000_000_000, using: &dice)
            let time = Timestamp(secondsSince1970: seconds)
            // Foundation changes to the Julian calendar before 1582.
            if seconds > -12_000_000_000 {
                #expect(time.text == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
            }
            #expect(Timestamp(time.text) == time)
        }
    }

    @Test func arithmetic() {
        let time = Timestamp(secondsSince1970: 10, nanoseconds: 900_000_000)
        #expect(time + .milliseconds(200) == Timestamp(secondsSince1970: 11, nanoseconds: 100_000_000))
        #expect(time - .seconds(11) == Timestamp(secondsSince1970: -1, nanoseconds: 900_000_000))
        #expect(time - Timestamp(secondsSince1970: 9) == .milliseconds(1900))
        #expect(time + .seconds(Int64.max) == Timestamp(secondsSince1970: .max, nanoseconds: 900_000_000))
        #expect(time < Timestamp(secondsSince1970: 11) && time.wholeSecond < time)
    }

    @Test func uuids() {
        var dice = SeededGenerator(seed: 1)
        let texts = (0..<100).map { _ in UUIDv4.text(using: &dice) }
        #expect(Set(texts).count == 100)
        for text in texts {
            let groups = text.split(separator: "-").map(String.init)
            #expect(groups.map(\.count) == [8, 4, 4, 4, 12] && groups[2].hasPrefix("4"))
            #expect("89ab".contains(groups[3].prefix(1)) && UUID(uuidString: text) != nil)
        }
    }
}
