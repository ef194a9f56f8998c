import APIMachinery
import HTTPMessages
import HTTPServer
import Synchronization

/// Any watch as server-sent events (WHATWG HTML §9.2): one event per watch event, `id` is the resourceVersion, and a
/// client that comes back with `Last-Event-ID` goes on from there.
enum EventStream {
    static func isWanted(_ request: Request) -> Bool {
        guard !request.query.isEmpty, request.method == "GET",
            request.headers.contains(where: { $0.name == "accept" && $0.value.contains("text/event-stream") }),
            let query = Query(request.query), let watch = query["watch"]
        else { return false }
        return watch == "1" || watch == "true"
    }

    static func answer(_ request: Request, _ api: Site.API) async -> Answer {
        var inner = request
        inner.headers.removeAll { $0.name == "accept" || $0.name == "last-event-id" }
        inner.headers.append(("accept", "application/json"))
        if let last = request.header("last-event-id"), let query = Query(request.query) {
            guard Int64(last) != nil else {
                return Problem.badRequest("Last-Event-ID is not a resourceVersion.").answer(for: request.path)
            }
            inner.query = query.text(
                without: ["resourceVersion", "resourceVersionMatch", "sendInitialEvents"],
                adding: [("resourceVersion", last)])
        }
        var answer = await api(inner)
        guard answer.status == 200, case .stream(let lines) = answer.body else { return answer }
        answer.headers.removeAll { $0.name == "content-type" || $0.name == "cache-control" }
        answer.headers += [("content-type", "text/event-stream"), ("cache-control", "no-cache")]
        answer.body = .stream(EventLines(lines))
        return answer
    }

    /// One line of a JSON watch as an event.
    static func event(ofLine line: [UInt8]) -> [UInt8] {
        guard let value = try? JSON(parsing: line) else { return [] }
        var event: [UInt8] = []
        if let version = value["object", "metadata", "resourceVersion"]?.string {
            event += Array("id: \(version)\n".utf8)
        }
        event += Array("data: ".utf8)
        event += line
        event += Array("\n\n".utf8)
        return event
    }
}

/// Turns the pieces of a JSON watch, wherever they are cut, into events.
private final class EventLines: ByteStream {
    private let lines: any ByteStream
    private let splitter = Mutex(LineSplitter())

    init(_ lines: any ByteStream) { self.lines = lines }

    func next() async throws -> [UInt8]? {
        while let piece = try await lines.next() {
            let events = splitter.withLock { $0.append(piece) }.flatMap { EventStream.event(ofLine: $0) }
            if !events.isEmpty { return events }
        }
        return nil
    }
    func cancel() { lines.cancel() }
}
