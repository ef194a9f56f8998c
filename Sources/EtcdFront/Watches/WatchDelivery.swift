import GRPCServer
import KeyValueCore

/// What one round of delivery has for the client: messages of many watches that leave together, and how far each of
/// them is told by that.
struct WatchDelivery {
    /// It is sent when it has so many bytes.
    static let fullBytes = 64 << 10
    private(set) var messages = FramedMessages(capacity: 4 << 10)
    private(set) var told: [(id: Int64, revision: Revision)] = []
    private(set) var eventCount = 0

    var isFull: Bool { messages.byteCount >= Self.fullBytes }
    var isEmpty: Bool { told.isEmpty && messages.byteCount == 0 }

    mutating func append(_ response: SharedWatchResponse, for id: Int64) {
        response.append(to: &messages, for: id)
        eventCount += response.eventCount
    }

    mutating func append(_ message: FramedMessage) { messages.append(message) }

    /// With what has been appended, everything of the watch up to a revision is told.
    mutating func tells(_ id: Int64, upTo revision: Revision) { told.append((id, revision)) }
}
