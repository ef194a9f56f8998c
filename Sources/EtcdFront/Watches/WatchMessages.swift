import EtcdMessages
import KeyValueCore

/// What one watch wants of each change, and how changes are put into messages.
struct WatchMessages: Sendable {
    /// What makes the messages for one watch differ from another's of the same changes, but for its number.
    struct Wishes: Sendable, Equatable {
        var puts: Bool
        var deletes: Bool
        var fragments: Bool
    }
    let id: Int64
    let wishes: Wishes
    let wantsProgress: Bool
    /// The first revision that the client asked for; 0: from now on.
    let start: Revision
    private let messageBytes: Int
    private let fragmentBytes: Int

    init(_ id: Int64, _ request: Etcdserverpb_WatchCreateRequest, _ limits: EtcdLimits) {
        self.id = id
        wishes = Wishes(
            puts: !request.filters.contains(.noput), deletes: !request.filters.contains(.nodelete),
            fragments: request.fragment)
        wantsProgress = request.progressNotify
        start = request.startRevision
        messageBytes = limits.watchMessageBytes
        fragmentBytes = limits.calls.messageBytes
    }

    /// The changes of one message.
    struct Part {
        var events: ArraySlice<EncodedEvent>
        /// More of the last revision follows.
        var isFragment: Bool
    }

    /// The changes the watch wants of whole revisions in order, by messages.
    func parts(_ events: [KeyValueEvent], _ encoding: inout WatchEncoding) -> [Part] {
        var wanted: [EncodedEvent] = []
        wanted.reserveCapacity(events.count)
        for event in events where event.kind == .put ? wishes.puts : wishes.deletes {
            wanted.append(encoding.encode(event))
        }
        var parts: [Part] = []
        var start = 0
        var bytes = 0
        for (place, event) in wanted.enumerated() {
            let size = event.field.readableBytes
            if place > start {
                if event.revision != wanted[place - 1].revision, bytes + size > messageBytes {
                    parts.append(Part(events: wanted[start..<place], isFragment: false))
                    (start, bytes) = (place, 0)
                } else if wishes.fragments, bytes + size > fragmentBytes {
                    parts.append(Part(events: wanted[start..<place], isFragment: true))
                    (start, bytes) = (place, 0)
                }
            }
            bytes += size
        }
        if start < wanted.count { parts.append(Part(events: wanted[start...], isFragment: false)) }
        return parts
    }

    var empty: Etcdserverpb_WatchResponse {
        var message = Etcdserverpb_WatchResponse()
        message.watchID = id
        return message
    }

    func cancelled(compacted revision: Revision = 0) -> Etcdserverpb_WatchResponse {
        var message = empty
        message.canceled = true
        message.compactRevision = revision
        return message
    }
}
