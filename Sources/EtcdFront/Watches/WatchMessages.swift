import Foundation
import KeyValueCore

/// What one watch wants of each change, and how it is put into messages.
struct WatchMessages: Sendable {
    let id: Int64
    let wantsPuts: Bool
    let wantsDeletes: Bool
    let wantsFragments: Bool
    let wantsProgress: Bool
    private let messageBytes: Int
    private let fragmentBytes: Int

    init(_ id: Int64, _ request: Etcdserverpb_WatchCreateRequest, _ limits: EtcdLimits) {
        self.id = id
        wantsPuts = !request.filters.contains(.noput)
        wantsDeletes = !request.filters.contains(.nodelete)
        wantsFragments = request.fragment
        wantsProgress = request.progressNotify
        messageBytes = limits.watchMessageBytes
        fragmentBytes = limits.messageBytes
    }

    /// Messages for changes of whole revisions in order, without headers.
    func messages(_ events: [KeyValueEvent]) -> [Etcdserverpb_WatchResponse] {
        var messages: [Etcdserverpb_WatchResponse] = []
        var message = empty
        var bytes = 0
        var last: Revision = 0
        for event in events where event.kind == .put ? wantsPuts : wantsDeletes {
            let size = event.roughBytes
            let beginsRevision = event.current.modRevision != last
            if !message.events.isEmpty {
                if beginsRevision, bytes + size > messageBytes {
                    messages.append(message)
                    (message, bytes) = (empty, 0)
                } else if wantsFragments, bytes + size > fragmentBytes {
                    message.fragment = true
                    messages.append(message)
                    (message, bytes) = (empty, 0)
                }
            }
            message.events.append(Mvccpb_Event(event))
            bytes += size
            last = event.current.modRevision
        }
        if !message.events.isEmpty { messages.append(message) }
        return messages
    }

    var empty: Etcdserverpb_WatchResponse {
        var message = Etcdserverpb_WatchResponse()
        message.watchID = id
        return message
    }
}

extension KeyValueEvent {
    /// At least the bytes that the change takes in a message.
    fileprivate var roughBytes: Int {
        let previousBytes = previous.map { $0.key.count + $0.value.count + 64 } ?? 0
        return current.key.count + current.value.count + previousBytes + 64
    }
}

extension Mvccpb_Event {
    init(_ event: KeyValueEvent) {
        self.init()
        switch event.kind {
        case .put:
            kv = Mvccpb_KeyValue(event.current)
        case .delete:
            type = .delete
            kv.key = Data(event.current.key)
            kv.modRevision = event.current.modRevision
        }
        if let previous = event.previous { prevKv = Mvccpb_KeyValue(previous) }
    }
}
