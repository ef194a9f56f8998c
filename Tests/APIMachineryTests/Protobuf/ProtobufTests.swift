import Basics
import Testing

@testable import APIMachinery

@Suite struct ProtobufTests {
    static let schema = Schema(notation: [
        """
        package test.v1
        kind Thing
          name 1 string
          count 2 *int32
          big 3 int64
          flag 4 *bool
          bytes 5 bytes
          labels 6 {string}
          items 7 [Inner]
          when 8 time
          exactly 9 micro-time
          amount 10 quantity
          limits 11 {quantity}
          port 12 int-or-string
          raw 13 raw
          pause 14 *duration
          ratio 15 *double
          ids 16 [int64]
          inner 17 *Inner
          extra 18 {[string]}
          first 19 inline Common
        type Inner
          name 1 string
          inner 2 *Inner
        type Common
          image 1 string
          args 2 [string]
        """
    ])

    static func type(_ kind: GroupVersionKind) -> SchemaType? {
        schema.type(named: "test.\(kind.version).\(kind.kind)")
    }

    @Test func roundTrips() throws {
        #expect(Self.schema.problems == [])
        let object: JSON = [
            "apiVersion": "v1", "kind": "Thing", "name": "n", "count": 0, "big": -1, "flag": false, "bytes": "AP8=",
            "labels": ["a": "1", "b": ""], "items": [["name": "x", "inner": ["name": "y"]], .object],
            "when": "2026-01-02T03:04:05Z",
            "exactly": "2026-01-02T03:04:05.000006Z", "amount": "1500m", "limits": ["cpu": "2", "memory": "1Gi"],
            "port": "http",
            "raw": ["any": [1, 2]], "pause": "1h0m1.5s", "ratio": JSON(0.25), "ids": [1, -2, 3], "inner": .object,
            "extra": ["k": ["a", "b"], "none": .array], "image": "i", "args": ["-x", ""],
        ]
        let type = try #require(Self.type(GroupVersionKind(apiVersion: "v1", kind: "Thing")))
        let decoded = try Protobuf.decode(try Protobuf.encode(object, type: type), type: Self.type)
        #expect(decoded == object, "\(decoded.canonicalText)")
    }

    func decode(_ message: [UInt8]) throws -> JSON {
        var envelope = ProtobufWriter()
        envelope.bytes(1, [0x0A, 2] + Array("v1".utf8) + [0x12, 5] + Array("Thing".utf8))
        envelope.bytes(2, message)
        var object = try Protobuf.decode(Protobuf.magic + envelope.output, type: Self.type)
        object["apiVersion"] = .none
        object["kind"] = .none
        return object
    }

    @Test func readsTheWireFormat() throws {
        // Zero values stay only in fields that are pointers; empty times are absent; unknown fields are passed over.
        #expect(try decode([0x0A, 0, 0x10, 0, 0x18, 0, 0x20, 0, 0x42, 0]) == ["count": 0, "flag": false])
        #expect(try decode([0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]) == ["count": -1])
        #expect(try decode([0xB8, 0x3E, 7, 0x0A, 1, 0x61, 0xC5, 0x3E, 1, 2, 3, 4]) == ["name": "a"])
        // Packed and unpacked numbers; a later value replaces an earlier one; a map entry without a value.
        #expect(try decode([0x82, 0x01, 2, 1, 2, 0x80, 0x01, 3]) == ["ids": [1, 2, 3]])
        #expect(try decode([0x0A, 1, 0x61, 0x0A, 1, 0x62]) == ["name": "b"])
        #expect(try decode([0x32, 3, 0x0A, 1, 0x6B]) == ["labels": ["k": ""]])
        #expect(try decode([0x62, 4, 0x08, 0, 0x10, 80]) == ["port": 80])
    }

    @Test(
        arguments: [
            [0x0A], [0x0A, 5, 0x61], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x0A, 1, 0xFF], [0x08, 1], [0x10, 0x80],
            [0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x12, 0], [0x0B], [0x0E], [0x00],
            [0x52, 3, 0x0A, 1, 0x78],
            [0x6A, 3, 0x0A, 1, 0x7D],
        ] as [[UInt8]])
    func refuses(_ message: [UInt8]) {
        let failure = #expect(throws: StatusError.self) { try decode(message) }
        #expect(failure?.code == 400)
    }

    @Test func boundsDepth() {
        var message: [UInt8] = []
        for _ in 0..<200 {
            var writer = ProtobufWriter()
            writer.bytes(2, message)
            message = writer.output
        }
        var outer = ProtobufWriter()
        outer.bytes(17, message)
        let bytes = outer.output
        #expect(throws: StatusError.badRequest("protobuf message cannot be decoded: messages are nested too deep")) {
            try decode(bytes)
        }
        #expect(throws: StatusError.self) { try Protobuf.decode(Array("{}".utf8), type: Self.type) }
        #expect(throws: StatusError.self) { try Protobuf.decode(Protobuf.magic, type: Self.type) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func survivesDamagedBytes(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        let object: JSON = [
            "apiVersion": "v1", "kind": "Thing", "name": "n", "count": 7, "labels": ["a": "1"],
            "items": [["name": "x", "inner": ["name": "y"]]],
            "when": "2026-01-02T03:04:05Z", "amount": "1500m", "limits": ["cpu": "2"], "port": "http",
            "raw": ["any": 1], "ids": [1, 2],
            "extra": ["k": ["a"]], "image": "i",
        ]
        let type = try #require(Self.type(GroupVersionKind(apiVersion: "v1", kind: "Thing")))
        let sound = try Protobuf.encode(object, type: type)
        for _ in 0..<300 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                let at = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &dice)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: at)
                default: if bytes.count > 5 { bytes.remove(at: at) }
                }
            }
            if let decoded = try? Protobuf.decode(bytes, type: Self.type) {
                #expect(try JSON(parsing: decoded.text) == decoded)
            }
        }
    }

    @Test(
        arguments: [
            (0, "0s"), (1, "1ns"), (1500, "1.5µs"), (2_000_000, "2ms"), (1_000_000_000, "1s"),
            (90_000_000_000, "1m30s"), (5_400_000_000_000, "1h30m0s"),
            (-1_500_000_000, "-1.5s"), (Int64.max, "2562047h47m16.854775807s"),
        ] as [(Int64, String)])
    func durations(_ nanoseconds: Int64, _ text: String) {
        #expect(GoDuration.text(nanoseconds: nanoseconds) == text && GoDuration.nanoseconds(text) == nanoseconds)
    }

    @Test func refusesDurations() {
        for bad in ["", "1", "s", "1x", "-", ".s", "1.2.3s", "99999999999999999999h", "2562047h48m", "1s "] {
            #expect(GoDuration.nanoseconds(bad) == nil)
        }
        #expect(
            GoDuration.nanoseconds("1.5h") == 5_400_000_000_000 && GoDuration.nanoseconds("1m1ms") == 60_001_000_000)
    }
}
