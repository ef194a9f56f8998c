import APIMachinery
import Basics
import HTTPMessages
import KubeAPI

/// A watch as bytes for a remote client: one JSON line, or one frame of protobuf, per event.
final class WatchBody: ByteStream {
    private let reader: WatchReader
    private let resource: Resource
    private let form: AnswerForm
    private let query: Query
    private let now: @Sendable () -> Instant
    private let served: ServedForm
    /// Whether the stored text is what the client wants.
    private let isPlain: Bool
    /// The objects' type, for who wants protobuf.
    private let protobufType: SchemaType?
    var isProtobuf: Bool { protobufType != nil }

    init(
        _ reader: WatchReader, _ resource: Resource, _ form: AnswerForm, _ query: Query,
        now: @escaping @Sendable () -> Instant
    ) {
        self.now = now
        self.reader = reader
        self.resource = resource
        self.form = form
        self.query = query
        served = ServedForm(resource)
        isPlain = form.shape == .plain && served.isAsStored
        protobufType =
            switch form.shape {
            case _ where form.encoding != .protobuf: nil
            case .plain: Schema.kubernetes(resource.groupVersionKind)
            case .metadata(let version):
                Schema.kubernetes(GroupVersionKind(apiVersion: "meta.k8s.io/\(version)", kind: PartialMetadata.kind))
            default: nil
            }
    }

    func next() async throws -> [UInt8]? {
        await reader.next().map { lines($0) }
    }
    func cancel() { reader.cancel() }

    /// Whether the store's own text goes out, so that nothing need be read or made.
    var isText: Bool { isPlain && !isProtobuf && reader.seesAll }

    fileprivate func poll(_ ready: @escaping @Sendable () -> Void) -> Polled {
        guard let pieces = reader.poll(ready) else { return .end }
        return pieces.isEmpty ? .later : .bytes(lines(pieces))
    }

    private func lines(_ pieces: [WatchReader.Piece]) -> [UInt8] {
        if pieces.count == 1 { return line(pieces[0]) }
        var bytes: [UInt8] = []
        for piece in pieces { bytes.append(contentsOf: line(piece)) }
        return bytes
    }

    private func line(_ piece: WatchReader.Piece) -> [UInt8] {
        if let protobufType { return frame(piece, protobufType) }
        return switch piece {
        case .initial(let object):
            CacheEvent.line(.added, isPlain ? object.text : shaped(served.serve(object.json)).bytes)
        case .event(let kind, let event):
            isPlain
                ? event.line(as: kind) : CacheEvent.line(kind, shaped(served.serve(event.shown(as: kind).json)).bytes)
        case .text(let text): text
        case .bookmark(let revision, let endsInitialEvents):
            Self.line("BOOKMARK", bookmark(revision, endsInitialEvents))
        case .failure(let error):
            Self.line("ERROR", error.json)
        }
    }

    private func frame(_ piece: WatchReader.Piece, _ type: SchemaType) -> [UInt8] {
        do throws(ProtobufError) {
            switch piece {
            case .initial(let object): return try frame(.added, object, type)
            case .event(let kind, let event):
                return try isPlain ? event.frame(as: kind, type: type) : frame(kind, event.shown(as: kind), type)
            // Only for who polls for text.
            case .text: return []
            case .bookmark(let revision, let endsInitialEvents):
                let object = try Protobuf.encode(bookmark(revision, endsInitialEvents), type: type)
                return Protobuf.watchFrame("BOOKMARK", object: object)
            case .failure(let error): return Self.failureFrame(error)
            }
        } catch {
            return Self.failureFrame(.internalError("an object has no form in protobuf: \(error)"))
        }
    }

    private func frame(
        _ kind: CacheEvent.Kind, _ object: StoredObject, _ type: SchemaType
    ) throws(ProtobufError) -> [UInt8] {
        let json = shaped(served.serve(object.passingJSON()))
        return Protobuf.watchFrame(CacheEvent.names[kind.rawValue], object: try Protobuf.encode(json, type: type))
    }

    private static func failureFrame(_ error: StatusError) -> [UInt8] {
        let status = error.json
        let bytes = Schema.kubernetes(GroupVersionKind(of: status)).flatMap { try? Protobuf.encode(status, type: $0) }
        return Protobuf.watchFrame("ERROR", object: bytes ?? status.bytes)
    }

    private func shaped(_ object: JSON) -> JSON {
        switch form.shape {
        case .plain, .discovery: object
        case .metadata(let version): PartialMetadata.of(object, version)
        case .table(let version):
            Tables(resource, query, version, now: now).table(object)
        }
    }

    private func bookmark(_ revision: Int64, _ endsInitialEvents: Bool) -> JSON {
        var metadata: JSON = ["resourceVersion": JSON(String(revision))]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let kind = resource.groupVersionKind
        let object: JSON = ["kind": JSON(kind.kind), "apiVersion": JSON(kind.apiVersion), "metadata": metadata]
        switch form.shape {
        case .plain, .discovery: return object
        case .metadata(let version): return PartialMetadata.of(object, version)
        case .table(let version):
            return Tables(resource, query, version, now: now).table([], metadata: metadata)
        }
    }

    private static func line(_ type: String, _ object: JSON) -> [UInt8] {
        (["type": JSON(type), "object": object] as JSON).bytes + [0x0A]
    }
}

/// A watch whose events are text already, made once for all its watchers: cheap enough to be polled by an event loop.
final class TextWatchBody: PolledStream {
    private let body: WatchBody
    init(_ body: WatchBody) { self.body = body }
    func next() async throws -> [UInt8]? { try await body.next() }
    func poll(_ ready: @escaping @Sendable () -> Void) -> Polled { body.poll(ready) }
    func cancel() { body.cancel() }
}
