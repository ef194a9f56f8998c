import EtcdMessages
import GRPCServer
import KeyValueCore

/// What etcd's Range does to keys after they are read: filters by revision, sorts, cuts, and drops values.
struct RangeShape: Sendable {
    typealias Message = Etcdserverpb_RangeRequest
    private let message: Message

    init(_ message: Message) throws(CallError) {
        if message.key.isEmpty { throw .emptyKey }
        if case .UNRECOGNIZED = message.sortOrder { throw .invalidSort }
        if case .UNRECOGNIZED = message.sortTarget { throw .invalidSort }
        self.message = message
    }

    private var filters: Bool {
        message.minModRevision != 0 || message.maxModRevision != 0 || message.minCreateRevision != 0
            || message.maxCreateRevision != 0
    }
    private var limit: Int { message.limit > 0 ? Int(clamping: message.limit) : 0 }
    /// Whether keys come out otherwise than the store gives them.
    private var isPlain: Bool {
        message.sortTarget == .key && message.sortOrder != .descend && !filters
    }

    /// What to ask the store: as much as sorting and filtering need.
    var request: RangeRequest {
        let wanted: Int
        if isPlain {
            wanted = limit
        } else if message.sortOrder != .none || filters || limit == 0 {
            wanted = 0
        } else {
            // A target without an order sorts what the limit leaves, as in etcd; one more tells whether there is more.
            wanted = limit == .max ? limit : limit + 1
        }
        return RangeRequest(
            KeyRange(key: message.key, end: message.rangeEnd), limit: wanted, revision: max(0, message.revision),
            keysOnly: message.keysOnly && message.sortTarget != .value, countOnly: message.countOnly,
            serializable: message.serializable)
    }

    /// The answer, without a header.
    func answer(_ response: RangeResponse) -> Etcdserverpb_RangeResponse {
        var answer = Etcdserverpb_RangeResponse()
        answer.count = Int64(response.count)
        let (found, more) = shaped(response)
        answer.more = more
        answer.kvs = found.map { Mvccpb_KeyValue($0, withValue: !message.keysOnly) }
        return answer
    }

    /// The answer as it is sent: header, kvs, more, count. Written here, as a list's keys and values are copied once so.
    func message(_ response: RangeResponse, _ header: Etcdserverpb_ResponseHeader) -> FramedMessage {
        let (found, more) = shaped(response)
        let withValues = !message.keysOnly
        let headerBytes = header.encodedBytes
        var count = ProtobufWriter.lengthBytes(headerBytes) + headerBytes
        for keyValue in found {
            let bytes = keyValue.encodedBytes(withValue: withValues)
            count += ProtobufWriter.lengthBytes(bytes) + bytes
        }
        count += ProtobufWriter.fieldBytes(Int64(more ? 1 : 0)) + ProtobufWriter.fieldBytes(Int64(response.count))
        return FramedMessage(count: count) { writer in
            writer.length(1, headerBytes)
            header.encode(into: &writer)
            for keyValue in found {
                writer.length(2, keyValue.encodedBytes(withValue: withValues))
                keyValue.encode(into: &writer, withValue: withValues)
            }
            writer.field(3, Int64(more ? 1 : 0))
            writer.field(4, Int64(response.count))
        }
    }

    /// The keys that the client gets, and whether there are more.
    private func shaped(_ response: RangeResponse) -> (found: [KeyValue], more: Bool) {
        if message.countOnly { return ([], false) }
        if isPlain { return (response.keyValues, response.more) }
        var found = response.keyValues
        if filters { found.removeAll { !passes($0) } }
        sort(&found)
        let more = limit > 0 && found.count > limit
        if more { found.removeSubrange(limit...) }
        return (found, more)
    }

    private func passes(_ keyValue: KeyValue) -> Bool {
        func isWithin(_ revision: Revision, _ least: Revision, _ most: Revision) -> Bool {
            (least == 0 || revision >= least) && (most == 0 || revision <= most)
        }
        return isWithin(keyValue.modRevision, message.minModRevision, message.maxModRevision)
            && isWithin(keyValue.createRevision, message.minCreateRevision, message.maxCreateRevision)
    }

    private func sort(_ found: inout [KeyValue]) {
        let isDescending = message.sortOrder == .descend
        switch message.sortTarget {
        case .version: sort(&found, isDescending) { $0.version < $1.version }
        case .create: sort(&found, isDescending) { $0.createRevision < $1.createRevision }
        case .mod: sort(&found, isDescending) { $0.modRevision < $1.modRevision }
        case .value: sort(&found, isDescending) { $0.value.lexicographicallyPrecedes($1.value) }
        case .key, .UNRECOGNIZED: if isDescending { found.reverse() }
        }
    }

    private func sort(
        _ found: inout [KeyValue], _ isDescending: Bool, by isLess: (KeyValue, KeyValue) -> Bool
    ) {
        if isDescending { found.sort { isLess($1, $0) } } else { found.sort(by: isLess) }
    }
}
