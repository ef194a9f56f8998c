import GRPCCore
import SwiftProtobuf

/// A method of a gRPC service, with the types of its messages.
package struct RemoteMethod<Request: Message, Response: Message>: Sendable {
    let descriptor: MethodDescriptor

    package init(_ service: String, _ name: String) {
        descriptor = MethodDescriptor(fullyQualifiedService: service, method: name)
    }
}

extension GRPCClient {
    /// One message asks, one answers. Throws `RPCError`.
    package func call<Request: Message, Response: Message>(
        _ method: RemoteMethod<Request, Response>, _ request: Request, options: CallOptions = .defaults
    ) async throws -> Response {
        try await unary(
            request: ClientRequest(message: request), descriptor: method.descriptor,
            serializer: MessageCoding<Request>(), deserializer: MessageCoding<Response>(), options: options
        ) { try $0.message }
    }

    /// One message asks, any number answers.
    package func call<Request: Message, Response: Message, Result: Sendable>(
        _ method: RemoteMethod<Request, Response>, _ request: Request, options: CallOptions = .defaults,
        onResponse: @Sendable @escaping (StreamingClientResponse<Response>) async throws -> Result
    ) async throws -> Result {
        try await serverStreaming(
            request: ClientRequest(message: request), descriptor: method.descriptor,
            serializer: MessageCoding<Request>(), deserializer: MessageCoding<Response>(), options: options,
            onResponse: onResponse)
    }

    /// Both sides send any number of messages.
    package func call<Request: Message, Response: Message, Result: Sendable>(
        _ method: RemoteMethod<Request, Response>, metadata: Metadata = [:], options: CallOptions = .defaults,
        requestProducer: @Sendable @escaping (RPCWriter<Request>) async throws -> Void,
        onResponse: @Sendable @escaping (StreamingClientResponse<Response>) async throws -> Result
    ) async throws -> Result {
        try await bidirectionalStreaming(
            request: StreamingClientRequest(metadata: metadata, producer: requestProducer),
            descriptor: method.descriptor, serializer: MessageCoding<Request>(),
            deserializer: MessageCoding<Response>(), options: options, onResponse: onResponse)
    }
}

/// Messages as gRPC carries them.
private struct MessageCoding<Content: Message>: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Content) throws -> Bytes {
        do {
            let bytes: BytesAdapter<Bytes> = try message.serializedBytes()
            return bytes.bytes
        } catch {
            throw RPCError(code: .invalidArgument, message: "\(Content.self) cannot be written", cause: error)
        }
    }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Content {
        do {
            return try Content(serializedBytes: BytesAdapter(bytes))
        } catch {
            throw RPCError(code: .invalidArgument, message: "what came is no \(Content.self)", cause: error)
        }
    }
}

/// gRPC's bytes for SwiftProtobuf: both want the same of them, each by a protocol of its own.
private struct BytesAdapter<Bytes: GRPCContiguousBytes>: SwiftProtobufContiguousBytes {
    var bytes: Bytes

    init(_ bytes: Bytes) { self.bytes = bytes }
    init(repeating byte: UInt8, count: Int) { bytes = Bytes(repeating: byte, count: count) }
    init<Content: Sequence>(_ content: Content) where Content.Element == UInt8 { bytes = Bytes(content) }

    var count: Int { bytes.count }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try bytes.withUnsafeMutableBytes(body)
    }
}
