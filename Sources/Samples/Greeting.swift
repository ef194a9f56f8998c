import Basics
import Foundation
import HTTPMessages
import HTTPServer

/// What one pod says of itself and of a request.
struct Greeting: Sendable {
    /// Address and port of this server.
    let address: String
    /// The pod's name.
    let name: String

    func answer(to request: Request) async -> Answer {
        guard request.method == "GET" || request.method == "HEAD" else {
            return Answer(status: 405, headers: [("allow", "GET, HEAD")])
        }
        let target = request.query.isEmpty ? request.path : "\(request.path)?\(request.query)"
        var text = lines(target: target, date: .now, id: Self.requestID(of: request))
        if let name = Self.neighbour(of: request) {
            // The cafe's Services are named after what they serve.
            let service = name.hasSuffix("-svc") ? name : "\(name)-svc"
            text += await Neighbour(service: service).says()
        }
        return Answer(
            status: 200,
            headers: [("content-type", "text/plain"), ("expires", Self.past), ("cache-control", "no-cache")],
            body: .bytes(Array(text.utf8)))
    }

    /// Whether the answer takes the time that another service needs.
    func asksNeighbour(_ request: Request) -> Bool { Self.neighbour(of: request) != nil }

    private static func neighbour(of request: Request) -> String? {
        request.query.isEmpty ? nil : Query(request.query)?["with"]
    }

    func lines(target: String, date: Date, id: String) -> String {
        """
        Server address: \(address)
        Server name: \(name)
        Date: \(Self.logTime(date))
        URI: \(target)
        Request ID: \(id)

        """
    }

    private static let past = "Thu, 01 Jan 1970 00:00:01 GMT"

    /// nginx' $time_local in UTC: 23/Nov/2026:18:00:00 +0000.
    static func logTime(_ date: Date) -> String {
        Instant(secondsSince1970: Int64(date.timeIntervalSince1970.rounded(.down))).accessLogTime
    }

    /// The id that the proxy before us gave the request, when it is one of nginx' form, or one of our own.
    private static func requestID(of request: Request) -> String {
        if let given = request.header("x-request-id"), given.utf8.count == 32,
            given.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
        {
            return given
        }
        return (0..<2).map { _ in UInt64.random(in: 0 ... .max).digits(16, radix: 16) }.joined()
    }
}
