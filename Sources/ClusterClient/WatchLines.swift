import APIMachinery
import KubeAPI

/// Cuts the bytes of a watch into its events, one a line: a value.
struct WatchLines: Sendable {
    /// Why a watch cannot go on.
    struct Malformed: Error, Equatable { var reason: String }

    private let limit: Int
    private var held: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// What the bytes complete. An event of type ERROR ends it: what came before it is in the first part.
    mutating func received(_ bytes: [UInt8]) throws(Malformed) -> (events: [WatchEvent], failure: StatusError?) {
        var events: [WatchEvent] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = held.isEmpty ? Array(rest[..<end]) : held + rest[..<end]
            held = []
            rest = rest[(end + 1)...]
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            guard line.count <= limit else { throw Malformed(reason: "an event is longer than \(limit) bytes") }
            switch try Self.event(line) {
            case .success(let event): events.append(event)
            case .failure(let failure): return (events, failure)
            }
        }
        held += rest
        guard held.count <= limit else { throw Malformed(reason: "an event is longer than \(limit) bytes") }
        return (events, nil)
    }

    private static func event(_ line: [UInt8]) throws(Malformed) -> Result<WatchEvent, StatusError> {
        guard let json = try? JSON(parsing: line), let object = json["object"], object.isObject else {
            throw Malformed(reason: "an event is not JSON with an object")
        }
        switch json["type"]?.string {
        case "ADDED": return .success(.added(object))
        case "MODIFIED": return .success(.modified(object))
        case "DELETED": return .success(.deleted(object))
        case "BOOKMARK": return .success(.bookmark(object.revision))
        case "ERROR":
            return .failure(
                StatusError(status: object)
                    ?? StatusError(code: 500, reason: .internalError, message: "the watch failed: \(object.text)"))
        default: throw Malformed(reason: "an event has the type \(json["type"]?.text ?? "null")")
        }
    }
}
