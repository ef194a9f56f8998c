import Basics
import Foundation
import HTTPMessages
import NIOCore
import NIOHTTP1
import Synchronization

extension Request {
    /// The request as values; header names become lower case.
    init(
        head: HTTPRequestHead, body: [UInt8], sourceAddress: String, certificate: CertificateSubject?, isSecure: Bool
    ) {
        let uri = Self.withoutAuthority(head.uri)
        let mark = uri.utf8.firstIndex(of: UInt8(ascii: "?"))
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(head.headers.count)
        for (name, value) in head.headers { headers.append((name.lowercased(), value)) }
        self.init(
            method: head.method.rawValue, path: mark.map { String(uri[..<$0]) } ?? uri,
            query: mark.map { String(uri[uri.index(after: $0)...]) } ?? "", headers: headers, body: body,
            sourceAddress: sourceAddress, certificate: certificate, isSecure: isSecure)
    }

    /// A target in absolute form ("http://host/path", RFC 9112 §3.2.2) as a path.
    private static func withoutAuthority(_ uri: String) -> String {
        guard !uri.hasPrefix("/"), let scheme = uri.range(of: "://") else { return uri }
        guard let slash = uri[scheme.upperBound...].firstIndex(of: "/") else { return "/" }
        return String(uri[slash...])
    }
}

/// An answer's head as it goes over the wire.
struct ResponseHead {
    let head: HTTPResponseHead
    let mayHaveBody: Bool
    let isReusable: Bool

    /// What belongs to the connection and is the gateway's to say.
    private static let hopByHop: Set<String> = ["connection", "keep-alive", "transfer-encoding", "te", "trailer"]

    private static func isHopByHop(_ name: String) -> Bool {
        switch name.utf8.count {
        case 2, 7, 10, 17: hopByHop.contains(name)
        default: false
        }
    }

    init(_ answer: Answer, to request: HTTPRequestHead?, isReusable: Bool, date: String) {
        let version = request?.version ?? .http1_1
        let isUpgrade = answer.status == 101
        mayHaveBody = answer.status >= 200 && answer.status != 204 && answer.status != 304
        // `HTTPHeaders.add` would look at every byte of a name.
        var headers: [(String, String)] = []
        headers.reserveCapacity(answer.headers.count + 3)
        var wantsClose = false
        for (name, value) in answer.headers {
            if !isUpgrade && Self.isHopByHop(name) {
                if name == "connection" && value.lowercased() == "close" { wantsClose = true }
                continue
            }
            if name == "content-length" {
                // Of a HEAD it tells what a GET would bring (RFC 9110 §8.6).
                if request?.method == .HEAD, case .stream = answer.body { headers.append((name, value)) }
                continue
            }
            headers.append((name, Self.isSafe(value) ? value : Self.made(safe: value)))
        }
        if mayHaveBody, case .bytes(let bytes) = answer.body {
            headers.append(("content-length", String(bytes.count)))
        }
        headers.append(("date", date))
        var reusable = isReusable && !wantsClose
        if mayHaveBody, case .stream = answer.body, request?.method != .HEAD {
            // An HTTP/1.0 client knows the end of a stream by the connection's end, HTTP/2 has frames.
            if version == .http1_0 { reusable = false }
            if version == .http1_1 { headers.append(("transfer-encoding", "chunked")) }
        }
        if !isUpgrade && version.major == 1 {
            if !reusable {
                headers.append(("connection", "close"))
            } else if version.minor == 0 {
                headers.append(("connection", "keep-alive"))
            }
        }
        self.isReusable = reusable
        head = HTTPResponseHead(
            version: version.major == 1 ? version : .http1_1, status: HTTPResponseStatus(statusCode: answer.status),
            headers: HTTPHeaders(headers))
    }

    /// Whether a header value has nothing in it that would end the line (RFC 9110 §5.5).
    private static func isSafe(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
    private static func made(safe value: String) -> String {
        String(decoding: value.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : 0x20 }, as: UTF8.self)
    }
}

/// The `Date` header (RFC 9110 §6.6.1), formatted once a second.
final class DateHeader: Sendable {
    private let cached = Mutex<(second: Int, text: String)>((0, ""))

    var now: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let second = time.tv_sec
        return cached.withLock { cached in
            if cached.second != second { cached = (second, Self.format(second)) }
            return cached.text
        }
    }

    static func format(_ second: Int) -> String {
        Instant(secondsSince1970: Int64(second)).httpDate
    }
}
