import APIMachinery
import HTTPMessages

/// What went wrong outside the Kubernetes paths (RFC 9457 problem details).
public struct Problem: Error, Sendable, Equatable {
    public var status: Int
    public var title: String
    public var detail: String
    public var headers: [Header] = []
    public struct Header: Sendable, Equatable {
        public var name: String
        public var value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(status: Int, title: String, detail: String = "", headers: [Header] = []) {
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = headers
    }

    public static func badRequest(_ detail: String) -> Problem {
        Problem(status: 400, title: "Bad Request", detail: detail)
    }
    public static func notFound(_ detail: String) -> Problem {
        Problem(status: 404, title: "Not Found", detail: detail)
    }
    public static func unavailable(_ detail: String) -> Problem {
        Problem(
            status: 503, title: "Service Unavailable", detail: detail,
            headers: [Header(name: "retry-after", value: "1")])
    }
    public static let internalError = Problem(
        status: 500, title: "Internal Server Error", detail: "The request failed; the log says why.")

    /// The problem as it goes over the wire.
    public var answer: Answer {
        var json: JSON = ["type": "about:blank", "title": JSON(title), "status": JSON(status)]
        if !detail.isEmpty { json["detail"] = JSON(detail) }
        return Answer(
            status: status,
            headers: [("content-type", "application/problem+json")] + headers.map { ($0.name, $0.value) },
            body: .bytes(json.bytes + [UInt8(ascii: "\n")]))
    }
}
