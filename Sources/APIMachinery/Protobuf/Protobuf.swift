/// `application/vnd.kubernetes.protobuf`: four bytes `k8s\0`, then a runtime.Unknown with the object's type and its message.
/// Which field has which number is the schema's; unknown fields are passed over, as protobuf wants.
public enum Protobuf {
    public static let mediaType = "application/vnd.kubernetes.protobuf"
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
        var typeMeta = ProtobufWriter()
        typeMeta.string(1, object["apiVersion"]?.string ?? "")
        typeMeta.string(2, object["kind"]?.string ?? "")
        var envelope = ProtobufWriter()
        envelope.bytes(1, typeMeta.output)
        envelope.bytes(2, try ProtobufEncoder(depth: 0).message(object, type))
        envelope.string(3, "")
        envelope.string(4, "")
        return magic + envelope.output
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
