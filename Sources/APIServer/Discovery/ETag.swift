import HTTPMessages

/// Entity tags made from what is sent: equal content has equal tags, whichever server made it.
enum ETag {
    /// 32 hexadecimal digits: FNV-1a from two starts. It tells versions of our own documents apart and guards nothing.
    static func of(_ bytes: [UInt8]) -> String {
        var first: UInt64 = 0xCBF2_9CE4_8422_2325
        var second: UInt64 = 0x6C62_272E_07BB_0142
        for byte in bytes {
            first = (first ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            second = (second ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        return [first, second].map { word in
            let digits = String(word, radix: 16, uppercase: true)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The bytes with their tag; 304 when the client has them (RFC 9110 section 13.1.2).
    static func answer(_ bytes: [UInt8], tag: String, type: String, _ request: Request) -> Answer {
        let tag = "\"\(tag)\""
        let headers = [
            (name: "content-type", value: type), (name: "etag", value: tag), (name: "vary", value: "Accept"),
        ]
        let known = (request.header("if-none-match") ?? "").split(separator: ",").map { part in
            String(part.drop { $0 == " " }).replacing("W/", with: "")
        }
        if known.contains(tag) || known.contains("*") { return Answer(status: 304, headers: headers) }
        return Answer(status: 200, headers: headers, body: .bytes(bytes))
    }
}
