import APIMachinery
import Synchronization

/// One change of one object, as every watcher of its resource sees it.
final class CacheEvent: Sendable {
    enum Kind: Int, Sendable { case added = 0, modified = 1, deleted = 2 }

    let kind: Kind
    /// The object after the change; for a deletion the last one, with the revision of the deletion.
    let object: StoredObject
    /// The object before, for watchers with selectors.
    let previous: StoredObject?
    var revision: Int64 { object.revision }

    private let rendered = Mutex<[[UInt8]?]>([nil, nil, nil])
    private let frames = Mutex<[[UInt8]?]>([nil, nil, nil])

    init(kind: Kind, object: StoredObject, previous: StoredObject?) {
        self.kind = kind
        self.object = object
        self.previous = previous
    }

    /// The line that goes to a watcher to whom the change looks like `kind`, made once for all of them.
    func line(as kind: Kind) -> [UInt8] {
        rendered.withLock { rendered in
            if let line = rendered[kind.rawValue] { return line }
            let line = Self.line(kind, shown(as: kind).text)
            rendered[kind.rawValue] = line
            return line
        }
    }

    /// The same as a frame of protobuf. All watchers of a resource have its objects' type.
    func frame(as kind: Kind, type: SchemaType) throws(ProtobufError) -> [UInt8] {
        if let frame = frames.withLock({ $0[kind.rawValue] }) { return frame }
        let object = try Protobuf.encode(shown(as: kind).passingJSON(), type: type)
        let frame = Protobuf.watchFrame(Self.names[kind.rawValue], object: object)
        frames.withLock { $0[kind.rawValue] = frame }
        return frame
    }

    /// The object that goes with the event; what leaves a watcher's selection is shown as it was, with the revision of
    /// the change.
    func shown(as kind: Kind) -> StoredObject {
        kind == .deleted && self.kind == .modified ? previous?.deleted(at: revision) ?? object : object
    }

    /// The line for a watcher that sees the change as it is.
    func appendLine(to text: inout [UInt8]) { Self.append(kind, object.text, to: &text) }

    /// `{"type":…,"object":…}` and a line feed.
    static func line(_ kind: Kind, _ object: [UInt8]) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(starts[kind.rawValue].count + object.count + 2)
        append(kind, object, to: &line)
        return line
    }
    private static func append(_ kind: Kind, _ object: [UInt8], to text: inout [UInt8]) {
        text.append(contentsOf: starts[kind.rawValue])
        text.append(contentsOf: object)
        text.append(UInt8(ascii: "}"))
        text.append(0x0A)
    }
    static let names = ["ADDED", "MODIFIED", "DELETED"]
    private static let starts = names.map { Array(#"{"type":"\#($0)","object":"#.utf8) }
}
