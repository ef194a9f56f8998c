import APIMachinery
import HTTPMessages
import KubeAPI
import Synchronization

/// A list as one protobuf message, in pieces of a bounded size.
///
/// The length of all items stands before the first, so each is written once to be counted; a list that is longer than
/// `keptBytes` is not kept but written again as it goes out.
final class ProtobufListBody: ListForm {
    static let keptBytes = 16 << 20

    let byteCount: Int
    private let head: [UInt8]
    private let end: [UInt8]
    private let items: [StoredObject]
    private let type: SchemaType
    private struct Progress {
        /// The next item; -1: the head is left; items.count: the end is left; beyond: nothing.
        var position = -1
        /// The items as they go out, while all of them fit.
        var kept: [[UInt8]]
    }
    private let progress: Mutex<Progress>

    /// Throws when an object does not fit its type.
    init(_ list: ListResult, _ resource: Resource, list listType: SchemaType, item: SchemaType) throws(ProtobufError) {
        items = list.items
        type = item
        var kept: [[UInt8]] = []
        var itemBytes = 0
        for item in list.items {
            let bytes = try Protobuf.encodeItem(item.passingJSON(), type: type)
            itemBytes += bytes.count
            if itemBytes <= Self.keptBytes { kept.append(bytes) } else { kept = [] }
        }
        let empty: JSON = [
            "kind": JSON(resource.listKind), "apiVersion": JSON(resource.groupVersionKind.apiVersion),
            "metadata": ListBody.metadata(list),
        ]
        (head, end) = try Protobuf.encodeList(empty, type: listType, itemBytes: itemBytes)
        byteCount = head.count + itemBytes + end.count
        progress = Mutex(Progress(kept: itemBytes <= Self.keptBytes ? kept : []))
    }

    func all() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        progress.withLock { progress in
            while append(&progress, to: &bytes, limit: .max) {}
        }
        return bytes
    }

    func next() async throws -> [UInt8]? {
        progress.withLock { progress in
            var bytes: [UInt8] = []
            while append(&progress, to: &bytes, limit: ListBody.pieceBytes) {}
            return bytes.isEmpty ? nil : bytes
        }
    }
    func cancel() {}

    /// Adds one more part; false when the limit is reached or nothing is left.
    private func append(_ progress: inout Progress, to bytes: inout [UInt8], limit: Int) -> Bool {
        guard progress.position <= items.count, bytes.count < limit else { return false }
        if progress.position < 0 {
            bytes.append(contentsOf: head)
        } else if progress.position < items.count {
            let at = progress.position
            if at < progress.kept.count {
                bytes.append(contentsOf: progress.kept[at])
            } else if let item = try? Protobuf.encodeItem(items[at].passingJSON(), type: type) {
                // It was written before, from the same text.
                bytes.append(contentsOf: item)
            }
        } else {
            bytes.append(contentsOf: end)
        }
        progress.position += 1
        return true
    }
}
