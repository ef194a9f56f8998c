import EtcdMessages
import EtcdStore
import GRPCServer
import KeyValueCore
import NIOCore

/// A message with changes but for the number of its watch, which is all that differs between watches that want the same.
struct SharedWatchResponse {
    private let header: ByteBuffer
    private let rest: ByteBuffer
    let eventCount: Int
    /// The message's bytes, about.
    var bytes: Int { header.readableBytes + rest.readableBytes }

    init(_ header: Etcdserverpb_ResponseHeader, isFragment: Bool, _ events: ArraySlice<EncodedEvent>) {
        let headerBytes = header.encodedBytes
        let allocator = ByteBufferAllocator()
        var writer = ProtobufWriter(
            allocator.buffer(capacity: ProtobufWriter.lengthBytes(headerBytes) + headerBytes))
        writer.length(1, headerBytes)
        header.encode(into: &writer)
        self.header = writer.buffer
        let count = events.reduce(isFragment ? 2 : 0) { $0 + $1.field.readableBytes }
        writer = ProtobufWriter(allocator.buffer(capacity: count))
        writer.field(7, UInt64(isFragment ? 1 : 0))
        for event in events { writer.append(event.field) }
        rest = writer.buffer
        eventCount = events.count
    }

    func append(to messages: inout FramedMessages, for id: Int64) {
        messages.append(count: header.readableBytes + ProtobufWriter.fieldBytes(id) + rest.readableBytes) { writer in
            writer.append(header)
            writer.field(2, id)
            writer.append(rest)
        }
    }
}

/// The messages for whole batches. The newest small ones are kept: of two watches of the same range that are told of the
/// same revisions one after the other, the second costs nothing but its number.
struct WatchResponseCache {
    /// What makes the messages for one batch those for another: a batch has all changes of its range from the first one's
    /// revision on, and no revision is ever divided.
    private struct Key: Equatable {
        var revision: Revision
        var first: Revision
        var term: UInt64
        var previousValues: Bool
        var wishes: WatchMessages.Wishes
        var range: KeyRange
    }
    private static let keptBatches = 4
    private static let keptBytes = 64 << 10
    private var encoding = WatchEncoding()
    private var kept: [(key: Key, responses: [SharedWatchResponse])] = []

    /// A batch's changes that a watch wants; the last message's header has the batch's revision.
    mutating func responses(
        _ batch: StoreWatchBatch, for watch: ServedWatch, inTerm term: UInt64,
        header: (Revision) -> Etcdserverpb_ResponseHeader
    ) -> [SharedWatchResponse] {
        guard let first = batch.events.first?.current.modRevision else { return [] }
        let key = Key(
            revision: batch.revision, first: first, term: term, previousValues: watch.source.previousValues,
            wishes: watch.messages.wishes, range: watch.source.range)
        for kept in kept where kept.key == key { return kept.responses }
        let parts = watch.messages.parts(batch.events, &encoding)
        let responses = parts.enumerated().map { place, part in
            // Until the last part not everything up to the batch's revision has been sent.
            let isLast = place == parts.count - 1
            let revision = isLast ? batch.revision : part.events.last?.revision ?? batch.revision
            return SharedWatchResponse(header(revision), isFragment: part.isFragment, part.events)
        }
        if responses.reduce(0, { $0 + $1.bytes }) <= Self.keptBytes {
            if kept.count == Self.keptBatches { kept.removeFirst() }
            kept.append((key, responses))
        }
        return responses
    }
}
