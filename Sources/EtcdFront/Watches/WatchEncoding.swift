import DequeModule
import EtcdMessages
import GRPCServer
import KeyValueCore
import NIOCore

/// A change as a field of a `WatchResponse`.
struct EncodedEvent {
    let field: ByteBuffer
    let revision: Revision
}

/// Encodes a stream's changes; the newest are kept, as a thousand watches may want the same one.
struct WatchEncoding {
    private struct Kept {
        var key: [UInt8]
        var kind: KeyValueEvent.Kind
        var hasPrevious: Bool
        var event: EncodedEvent
    }
    /// Revisions, and bytes of them, that are kept at most.
    private static let keptRevisions = 1_024
    private static let keptBytes = 4 << 20
    private var kept: [Revision: [Kept]] = [:]
    private var order: Deque<(revision: Revision, bytes: Int)> = []
    private var bytes = 0

    mutating func encode(_ event: KeyValueEvent) -> EncodedEvent {
        let revision = event.current.modRevision
        for kept in kept[revision] ?? []
        where kept.kind == event.kind && kept.hasPrevious == (event.previous != nil)
            && kept.key == event.current.key
        { return kept.event }
        let encoded = EncodedEvent(field: Self.field(event), revision: revision)
        let new = Kept(
            key: event.current.key, kind: event.kind, hasPrevious: event.previous != nil, event: encoded)
        kept[revision, default: []].append(new)
        order.append((revision, encoded.field.readableBytes))
        bytes += encoded.field.readableBytes
        while order.count > Self.keptRevisions || bytes > Self.keptBytes, let oldest = order.popFirst() {
            bytes -= oldest.bytes
            kept[oldest.revision]?.removeFirst()
            if kept[oldest.revision]?.isEmpty == true { kept[oldest.revision] = nil }
        }
        return encoded
    }

    /// `events`: type, kv, prev_kv.
    private static func field(_ event: KeyValueEvent) -> ByteBuffer {
        var current = event.current
        let isDeletion = event.kind == .delete
        if isDeletion { current = KeyValue(key: current.key, deletedAt: current.modRevision) }
        let currentBytes = current.encodedBytes()
        let previousBytes = event.previous?.encodedBytes()
        var count = (isDeletion ? 2 : 0) + ProtobufWriter.lengthBytes(currentBytes) + currentBytes
        if let previousBytes { count += ProtobufWriter.lengthBytes(previousBytes) + previousBytes }
        let whole = ProtobufWriter.lengthBytes(count) + count
        var writer = ProtobufWriter(ByteBufferAllocator().buffer(capacity: whole))
        writer.length(11, count)
        if isDeletion { writer.field(1, UInt64(Mvccpb_Event.EventType.delete.rawValue)) }
        writer.length(2, currentBytes)
        current.encode(into: &writer)
        if let previous = event.previous, let previousBytes {
            writer.length(3, previousBytes)
            previous.encode(into: &writer)
        }
        return writer.buffer
    }
}

extension KeyValue {
    /// A key that is gone has nothing else.
    fileprivate init(key: [UInt8], deletedAt revision: Revision) {
        self.init(key: key, value: [], createRevision: 0, modRevision: revision, version: 0, lease: 0)
    }

    /// The bytes of the message `KeyValue`.
    func encodedBytes(withValue: Bool = true) -> Int {
        ProtobufWriter.fieldBytes(key) + ProtobufWriter.fieldBytes(createRevision)
            + ProtobufWriter.fieldBytes(modRevision) + ProtobufWriter.fieldBytes(version)
            + (withValue ? ProtobufWriter.fieldBytes(value) : 0) + ProtobufWriter.fieldBytes(lease)
    }

    func encode(into writer: inout ProtobufWriter, withValue: Bool = true) {
        writer.field(1, key)
        writer.field(2, createRevision)
        writer.field(3, modRevision)
        writer.field(4, version)
        if withValue { writer.field(5, value) }
        writer.field(6, lease)
    }
}

extension Etcdserverpb_ResponseHeader {
    /// The bytes of the message.
    var encodedBytes: Int {
        ProtobufWriter.fieldBytes(clusterID) + ProtobufWriter.fieldBytes(memberID)
            + ProtobufWriter.fieldBytes(revision) + ProtobufWriter.fieldBytes(raftTerm)
    }

    func encode(into writer: inout ProtobufWriter) {
        writer.field(1, clusterID)
        writer.field(2, memberID)
        writer.field(3, revision)
        writer.field(4, raftTerm)
    }
}
