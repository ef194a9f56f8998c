/// `application/vnd.kubernetes.protobuf`: four bytes `k8s\0`, then a runtime.Unknown with the object's type and its message.
/// Which field has which number is the schema's; unknown fields are passed over, as protobuf wants.
public enum Protobuf {
    public static let mediaType = "application/vnd.kubernetes.protobuf"
    /// Of a watch's answer: frames, each after its length.
    public static let watchMediaType = "application/vnd.kubernetes.protobuf;stream=watch"
    static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]
    /// Messages nested deeper than this are refused.
    public static let maximumDepth = 100

    /// Reads a request's body as the object that it stands for, with its apiVersion and kind. Throws 400 for damaged bytes
    /// and for kinds that `type` does not know.
    public static func decode(
        _ bytes: [UInt8], type: (GroupVersionKind) -> SchemaType?
    ) throws(StatusError) -> JSON {
        guard bytes.starts(with: magic) else {
            throw .badRequest("provided data does not appear to be a protobuf message, expected prefix 6b387300")
        }
        do {
            let envelope = try Envelope(ProtobufReader(bytes, magic.count..<bytes.count))
            if envelope.contentType == "application/json" || envelope.raw.first == UInt8(ascii: "{") {
                return try JSON(parsing: envelope.raw)
            }
            let kind = GroupVersionKind(apiVersion: envelope.apiVersion, kind: envelope.kind)
            guard let type = type(kind) else {
                throw StatusError.badRequest(
                    "no kind \"\(kind.kind)\" is registered for version \"\(kind.apiVersion)\" in protobuf")
            }
            var object = try ProtobufDecoder(depth: 0).message(ProtobufReader(envelope.raw), type)
            if object["apiVersion"] == nil { object["apiVersion"] = JSON(envelope.apiVersion) }
            if object["kind"] == nil { object["kind"] = JSON(envelope.kind) }
            return object
        } catch let error as StatusError {
            throw error
        } catch {
            throw .badRequest("protobuf message cannot be decoded: \(error)")
        }
    }

    /// Writes an object with its envelope. Fields that the type does not know are left out; throws if a value does not fit.
    public static func encode(_ object: JSON, type: SchemaType) throws(ProtobufError) -> [UInt8] {
        var writer = start(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        try writer.message(2) { writer throws(ProtobufError) in
            try ProtobufEncoder(depth: 0).write(object, type, to: &writer)
        }
        finish(&writer)
        return writer.output
    }

    /// One element of a list as the list's field `items` (number 2 in every list) has it.
    public static func encodeItem(_ object: JSON, type: SchemaType) throws(ProtobufError) -> [UInt8] {
        var writer = ProtobufWriter()
        try writer.message(2) { writer throws(ProtobufError) in
            try ProtobufEncoder(depth: 0).write(object, type, to: &writer)
        }
        return writer.output
    }

    /// What comes before and after a list's items, which are `itemBytes` long together: `list` has no items.
    public static func encodeList(
        _ list: JSON, type: SchemaType, itemBytes: Int
    ) throws(ProtobufError) -> (head: [UInt8], end: [UInt8]) {
        var content = ProtobufWriter()
        try ProtobufEncoder(depth: 0).write(list, type, to: &content)
        var head = start(apiVersion: list["apiVersion"]?.string ?? "", kind: list["kind"]?.string ?? "")
        head.start(2, count: content.output.count + itemBytes)
        var end = ProtobufWriter()
        finish(&end)
        return (head.output + content.output, end.output)
    }

    /// A frame of a watch: its length in four bytes, then a WatchEvent whose object has an envelope of its own.
    public static func watchFrame(_ type: String, object: [UInt8]) -> [UInt8] {
        var event = ProtobufWriter()
        event.string(1, type)
        event.message(2) { $0.bytes(1, object) }
        let length = UInt32(truncatingIfNeeded: event.output.count)
        return stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> $0) } + event.output
    }

    private static func start(apiVersion: String, kind: String) -> ProtobufWriter {
        var writer = ProtobufWriter(magic)
        writer.message(1) { writer in
            writer.string(1, apiVersion)
            writer.string(2, kind)
        }
        return writer
    }
    private static func finish(_ writer: inout ProtobufWriter) {
        writer.string(3, "")
        writer.string(4, "")
    }

    /// runtime.Unknown.
    private struct Envelope {
        var apiVersion = ""
        var kind = ""
        var raw: [UInt8] = []
        var contentType = ""

        init(_ reader: ProtobufReader) throws(ProtobufError) {
            var reader = reader
            while let (number, field) = try reader.next() {
                switch number {
                case 1:
                    var inner = try field.message()
                    while let (number, field) = try inner.next() {
                        if number == 1 { apiVersion = try field.string() }
                        if number == 2 { kind = try field.string() }
                    }
                case 2: raw = try field.bytes()
                case 4: contentType = try field.string()
                default: break
                }
            }
        }
    }
}

/// Why bytes are not the message they should be.
public struct ProtobufError: Error, Equatable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}
