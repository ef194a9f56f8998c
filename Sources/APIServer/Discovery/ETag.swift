import Basics

/// Entity tags made from what is sent: equal content has equal tags, whichever server made it.
enum ETag {
    /// 32 hexadecimal digits: FNV-1a from two starts. It tells versions of our own documents apart and guards nothing.
    static func of(_ bytes: [UInt8]) -> String {
        let words = [FNV1a.hash64(bytes), FNV1a.hash64(bytes, from: 0x6C62_272E_07BB_0142)]
        return words.map { $0.digits(16, radix: 16, uppercase: true) }.joined()
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
