import APIMachinery
import HTTPMessages
import KubeAPI
import Synchronization

/// A list in one of its forms.
protocol ListForm: ByteStream {
    var byteCount: Int { get }
    func all() -> [UInt8]
}

/// A list as text, made by putting stored texts one after the other; whole, or in pieces of a bounded size.
final class ListBody: ListForm {
    static let pieceBytes = 256 << 10

    let byteCount: Int
    private let head: [UInt8]
    private let items: [StoredObject]
    private static let end = Array("]}".utf8)
    /// The next item; items.count: the end is left; beyond: nothing.
    private let position = Mutex(-1)

    init(_ list: ListResult, _ resource: Resource) {
        let kind = resource.groupVersionKind
        let start = "{\"kind\":\"\(resource.listKind)\",\"apiVersion\":\"\(kind.apiVersion)\",\"metadata\":"
        head = Array(start.utf8) + Self.metadata(list).bytes + Array(",\"items\":[".utf8)
        items = list.items
        var size = head.count + Self.end.count + max(0, items.count - 1)
        for item in items { size += item.text.count }
        byteCount = size
    }

    static func metadata(_ list: ListResult) -> JSON {
        var metadata: JSON = ["resourceVersion": JSON(String(list.revision))]
        if !list.continueToken.isEmpty { metadata["continue"] = JSON(list.continueToken) }
        if let remaining = list.remainingItemCount { metadata["remainingItemCount"] = JSON(remaining) }
        return metadata
    }

    /// The same list as a value.
    static func value(_ list: ListResult, _ resource: Resource) -> JSON {
        [
            "kind": JSON(resource.listKind), "apiVersion": JSON(resource.groupVersionKind.apiVersion),
            "metadata": metadata(list), "items": JSON(list.items.map(\.json)),
        ]
    }

    func all() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        var position = -1
        while append(&position, to: &bytes, limit: .max) {}
        return bytes
    }

    func next() async throws -> [UInt8]? {
        position.withLock { position in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(min(byteCount, Self.pieceBytes + 65_536))
            while append(&position, to: &bytes, limit: Self.pieceBytes) {}
            return bytes.isEmpty ? nil : bytes
        }
    }
    func cancel() {}

    /// Adds one more part; false when the limit is reached or nothing is left.
    private func append(_ position: inout Int, to bytes: inout [UInt8], limit: Int) -> Bool {
        guard position <= items.count, bytes.count < limit else { return false }
        if position < 0 {
            bytes.append(contentsOf: head)
        } else if position < items.count {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: items[position].text)
        } else {
            bytes.append(contentsOf: Self.end)
        }
        position += 1
        return true
    }
}
