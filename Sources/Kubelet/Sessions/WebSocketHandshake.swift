/// The server's half of the opening handshake (RFC 6455 section 4.2).
struct WebSocketHandshake {
    /// The answer's headers.
    let headers: [(name: String, value: String)]
    /// The chosen subprotocol.
    let subprotocol: String

    /// `supported` in order of preference; nil when the request is no WebSocket upgrade or offers none of them.
    init?(_ request: [(name: String, value: String)], supported: [String]) {
        func values(_ name: String) -> [String] { Self.values(name, request) }
        guard values("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            values("sec-websocket-version") == ["13"], let key = values("sec-websocket-key").first, !key.isEmpty
        else { return nil }
        let offered = values("sec-websocket-protocol")
        guard let chosen = supported.first(where: { offered.contains($0) }) else { return nil }
        subprotocol = chosen
        headers = [
            ("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", Self.accept(key)),
            ("sec-websocket-protocol", chosen),
        ]
    }

    /// The comma-separated values of a header in lower case.
    static func values(_ name: String, _ request: [(name: String, value: String)]) -> [String] {
        request.filter { $0.name.lowercased() == name }.flatMap { header in
            header.value.split(separator: ",").map { part in
                var text = part
                while text.first == " " { text = text.dropFirst() }
                while text.last == " " { text = text.dropLast() }
                return String(text)
            }
        }
    }

    static func accept(_ key: String) -> String {
        Self.base64(SHA1.hash(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                output.append(
                    index <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// SHA-1 (RFC 3174), which the handshake asks for; it protects nothing here.
enum SHA1 {
    static func hash(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) &* 8
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }
        for block in stride(from: 0, to: padded.count, by: 64) {
            var words = (0..<16).map { index in
                padded[(block + index * 4)..<(block + index * 4 + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            }
            for index in 16..<80 {
                words.append(rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1))
            }
            var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
            for index in 0..<80 {
                let (mixed, constant): (UInt32, UInt32) =
                    switch index {
                    case 0..<20: ((b & c) | (~b & d), 0x5A82_7999)
                    case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                    case 40..<60: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
                    default: (b ^ c ^ d, 0xCA62_C1D6)
                    }
                let next = rotate(a, 5) &+ mixed &+ e &+ constant &+ words[index]
                (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
            }
            for (index, value) in [a, b, c, d, e].enumerated() { state[index] = state[index] &+ value }
        }
        return state.flatMap { word in [24, 16, 8, 0].map { UInt8(word >> UInt32($0) & 0xFF) } }
    }
}
