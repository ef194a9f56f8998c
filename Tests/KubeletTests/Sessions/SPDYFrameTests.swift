import Basics
import Testing

@testable import Kubelet

@Suite struct SPDYFrameTests {
    static let headers = [
        SPDYHeader(name: "port", value: "8080"), SPDYHeader(name: "requestid", value: "0"),
        SPDYHeader(name: "streamtype", value: "error"),
    ]
    static let frames: [SPDYFrame] = [
        .settings([SPDYSetting(flags: 1, identifier: 4, value: 100)], clearsPrevious: true),
        .synStream(
            SPDYOpening(
                stream: 1, associatedStream: 7, priority: 5, slot: 2, headers: headers, isLast: true,
                isUnidirectional: true)),
        .synReply(stream: 1, headers: [], isLast: false), .synReply(stream: 3, headers: headers, isLast: true),
        .headers(stream: 1, headers: headers, isLast: true), .rstStream(stream: 5, .refusedStream), .ping(77),
        .windowUpdate(stream: 0, delta: 65_536), .data(stream: 1, [], isLast: true),
        .goAway(lastGoodStream: 3, .normal), .data(stream: 9, [1, 2, 3], isLast: false),
    ]

    static func bytes(_ frames: [SPDYFrame]) throws -> [UInt8] {
        var writer = SPDYWriter()
        var bytes: [UInt8] = []
        for frame in frames { bytes += try writer.bytes(of: frame) }
        return bytes
    }

    @Test func framesComeBackHoweverTheyWereCut() throws {
        let bytes = try Self.bytes(Self.frames)
        for piece in [1, 2, 7, 100, bytes.count] {
            var reader = SPDYReader()
            var frames: [SPDYFrame] = []
            for start in stride(from: 0, to: bytes.count, by: piece) {
                reader.append(Array(bytes[start..<min(start + piece, bytes.count)]))
                while let frame = try reader.next() { frames.append(frame) }
            }
            #expect(Self.joined(frames) == Self.frames, "in pieces of \(piece)")
        }
    }
    /// Data comes as it arrives; put together again.
    static func joined(_ frames: [SPDYFrame]) -> [SPDYFrame] {
        var joined: [SPDYFrame] = []
        for frame in frames {
            if case .data(let stream, let bytes, let isLast) = frame, let last = joined.last,
                case .data(let before, let earlier, false) = last, before == stream
            {
                joined[joined.count - 1] = .data(stream: stream, earlier + bytes, isLast: isLast)
            } else {
                joined.append(frame)
            }
        }
        return joined
    }

    @Test func theBytesAreTheDrafts() throws {
        #expect(try Self.bytes([.ping(1)]) == [0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1])
        #expect(
            try Self.bytes([.rstStream(stream: 3, .cancel)]) == [0x80, 3, 0, 3, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 5])
        #expect(try Self.bytes([.data(stream: 5, [65], isLast: true)]) == [0, 0, 0, 5, 1, 0, 0, 1, 65])
        #expect(
            try Self.bytes([.goAway(lastGoodStream: 1, .protocolError)]) == [
                0x80, 3, 0, 7, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1,
            ])
        // zlib names a dictionary by its Adler-32: SPDY/3's is E3C6A7C2.
        let reply = try Self.bytes([.synReply(stream: 1, headers: [], isLast: false)])
        #expect(Array(reply[14..<18]) == [0xE3, 0xC6, 0xA7, 0xC2])
        #expect(SPDYDictionary.bytes.count == 1_423)
    }

    private func violation(_ bytes: [UInt8]) -> String? {
        var reader = SPDYReader()
        reader.append(bytes)
        do {
            while try reader.next() != nil {}
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func violationsAreRefused() throws {
        #expect(violation([0x80, 2, 0, 6, 0, 0, 0, 4]) == "another version than SPDY/3")
        #expect(violation([0, 0, 0, 0, 0, 0, 0, 1]) == "data of stream 0")
        #expect(violation([0x80, 3, 0, 1, 0, 1, 0, 1]) == "a frame is too long")
        #expect(violation([0x80, 3, 0, 3, 0, 0, 0, 4, 0, 0, 0, 1]) == "a control frame has a wrong length")
        #expect(violation([0x80, 3, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1]) == "a SETTINGS frame has a wrong length")
        #expect(violation([0x80, 3, 0, 2, 0, 0, 0, 6, 0, 0, 0, 1, 1, 2]) == "the headers' compression is broken")
        #expect(violation([0x80, 3, 0, 99, 0, 0, 0, 1, 5]) == nil)  // an unknown control frame is skipped
        for headers in [
            [SPDYHeader(name: "Port", value: "1")], [SPDYHeader(name: "", value: "1")],
            [SPDYHeader(name: "a", value: "1"), SPDYHeader(name: "a", value: "2")],
            (0...SPDYHeaderBlock.maximumHeaders).map { SPDYHeader(name: "h\($0)", value: "") },
            [SPDYHeader(name: "a", value: String(repeating: "0", count: SPDYHeaderBlock.maximumBytes))],
        ] {
            #expect(violation(try Self.bytes([.synReply(stream: 1, headers: headers, isLast: false)])) != nil)
        }
    }

    /// A small frame that would grow a thousandfold.
    @Test func aBombIsRefused() throws {
        let bomb = SPDYHeader(name: "a", value: String(repeating: "a", count: 8 << 20))
        let bytes = try Self.bytes([.synReply(stream: 1, headers: [bomb], isLast: false)])
        #expect(bytes.count < SPDYReader.maximumControlBytes)
        #expect(violation(bytes) == "the headers are too long")
    }

    @Test func aBlockOfExactlyTheLimitIsTaken() throws {
        let value = String(repeating: "x", count: SPDYHeaderBlock.maximumBytes - 13)
        let frame = SPDYFrame.synReply(stream: 1, headers: [SPDYHeader(name: "a", value: value)], isLast: false)
        var reader = SPDYReader()
        reader.append(try Self.bytes([frame, .ping(1)]))
        #expect(try reader.next() == frame)
        #expect(try reader.next() == .ping(1))
    }

    /// Bytes that may be anything: sound frames with bytes changed, cut, doubled and moved, and noise.
    @Test func anyBytesAreReadWithoutHarm() throws {
        var generator = SplitMix64(seed: 3)
        let corpus = try Self.frames.map { try Self.bytes([$0]) } + [try Self.bytes(Self.frames)] + [Self.kubectls]
        var understood = 0
        for _ in 0..<20_000 {
            var bytes = corpus.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...3, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
                case 2: bytes += bytes[at...].prefix(40)
                default: bytes.remove(at: at)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            var reader = SPDYReader()
            var session = SPDYSession()
            let piece = Int.random(in: 1...bytes.count, using: &generator)
            reading: for start in stride(from: 0, to: bytes.count, by: piece) {
                reader.append(Array(bytes[start..<min(start + piece, bytes.count)]))
                do {
                    while let frame = try reader.next() {
                        understood += 1
                        _ = try session.received(frame)
                    }
                } catch { break reading }
            }
        }
        #expect(understood > 20_000)
    }

    /// What kubectl 1.32 sent for two connections through `port-forward`, taken from the wire: streams 1 and 5 for errors,
    /// 3 and 7 for data, "hello" on each, and a PING.
    static let kubectls: [UInt8] = {
        let digits = """
            800300010000003e0000000100000000000078f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45e01c606160\
            6ecec0c0c0590489c64c50f2663400000000ffff0000000101000000800300010000001800000003000000000000c2aa1954\
            0e2512d60b000000ffff000000030000000568656c6c6f0000000301000000800300010000001400000005000000000000a2\
            c4624300000000ffff0000000501000000800300010000001400000007000000000000a2c0624300000000ffff0000000700\
            00000568656c6c6f0000000701000000800300060000000400000001
            """
        let values = digits.compactMap(\.hexDigitValue).map { UInt8($0) }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }()

    @Test func kubectlIsUnderstood() throws {
        var reader = SPDYReader()
        reader.append(Self.kubectls)
        var frames: [SPDYFrame] = []
        while let frame = try reader.next() { frames.append(frame) }
        func opening(_ stream: UInt32, _ request: String, _ type: String) -> SPDYFrame? {
            frames.first {
                guard case .synStream(let opening) = $0, opening.stream == stream else { return false }
                return opening.headers["port"] == "8077" && opening.headers["requestid"] == request
                    && opening.headers["streamtype"] == type
            }
        }
        #expect(opening(1, "0", "error") != nil)
        #expect(opening(3, "0", "data") != nil)
        #expect(opening(5, "1", "error") != nil)
        #expect(opening(7, "1", "data") != nil)
        #expect(frames.contains(.data(stream: 3, Array("hello".utf8), isLast: false)))
        #expect(frames.contains(.data(stream: 7, [], isLast: true)))
        #expect(frames.last == .ping(1))
    }
}
