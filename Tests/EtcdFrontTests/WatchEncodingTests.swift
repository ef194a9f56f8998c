import EtcdMessages
import Foundation
import KeyValueCore
import Testing

@testable import EtcdFront
@testable import GRPCServer

/// What many watches are sent is encoded by hand.
@Suite struct WatchEncodingTests {
    /// What is written by hand is what the generated types write and read.
    @Test func changesAreEncodedAsTheGeneratedTypesDo() throws {
        var header = Etcdserverpb_ResponseHeader()
        header.clusterID = .max
        header.memberID = 0x80
        header.revision = 1 << 40
        header.raftTerm = 127
        let old = KeyValue(key: [1], value: [], createRevision: 1, modRevision: 1, version: 1)
        let new = KeyValue(
            key: [1], value: Array(repeating: 3, count: 300), createRevision: 1, modRevision: 1 << 40, version: 2,
            lease: -5)
        let events = [
            KeyValueEvent(kind: .put, current: new), KeyValueEvent(kind: .put, current: new, previous: old),
            KeyValueEvent(kind: .delete, current: new, previous: old), KeyValueEvent(kind: .delete, current: old),
        ]
        var encoding = WatchEncoding()
        let encoded = events.map { encoding.encode($0) }
        #expect(events.map { encoding.encode($0).field } == encoded.map(\.field))
        var framed = FramedMessages(capacity: 0)
        SharedWatchResponse(header, isFragment: true, encoded[...]).append(to: &framed, for: 200)
        var splitter = MessageSplitter(limit: 1 << 20)
        splitter.append(framed.buffer)
        let message = try Etcdserverpb_WatchResponse(serializedBytes: try #require(try splitter.next()))
        var expected = Etcdserverpb_WatchResponse()
        expected.header = header
        expected.watchID = 200
        expected.fragment = true
        expected.events = events.map { event in
            var message = Mvccpb_Event()
            message.kv = Mvccpb_KeyValue(event.current)
            if event.kind == .delete {
                message.type = .delete
                message.kv = Mvccpb_KeyValue()
                message.kv.key = Data(event.current.key)
                message.kv.modRevision = event.current.modRevision
            }
            if let previous = event.previous { message.prevKv = Mvccpb_KeyValue(previous) }
            return message
        }
        #expect(message == expected)
        #expect(try FramedMessage(expected).buffer == framed.buffer)
    }
}
