import SwiftProtobuf

/// The messages of a client, in order. One task reads them.
public struct CallReader<Request: Message>: AsyncSequence, Sendable {
    private let requests: CallRequests

    @usableFromInline
    init(_ requests: CallRequests) { self.requests = requests }

    public struct AsyncIterator: AsyncIteratorProtocol {
        private var one: FramedMessage?
        private var many: AsyncThrowingStream<FramedMessage, any Error>.Iterator?
        private let taken: @Sendable (Int) -> Void

        fileprivate init(_ requests: CallRequests) {
            taken = requests.taken
            switch requests.source {
            case .one(let bytes): one = bytes
            case .many(let stream): many = stream.makeAsyncIterator()
            }
        }

        public mutating func next() async throws -> Request? {
            if let bytes = one {
                one = nil
                return try Request(framed: bytes)
            }
            guard let bytes = try await many?.next() else {
                try Task.checkCancellation()
                return nil
            }
            taken(bytes.buffer.readableBytes)
            return try Request(framed: bytes)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(requests) }
}

/// Where a method writes its answers.
public struct CallWriter<Response: Message>: Sendable {
    @usableFromInline let responses: CallResponses

    @usableFromInline
    init(_ responses: CallResponses) { self.responses = responses }

    /// Returns when there is room for another message; throws `CancellationError` if the client is gone.
    @inlinable
    public func write(_ message: Response) async throws { try await responses.write(try FramedMessage(message)) }

    /// Messages that are encoded already.
    public func write(_ messages: FramedMessages) async throws { try await responses.write(messages) }
}

extension CallRequests {
    /// The message of a method that takes exactly one.
    @usableFromInline
    var only: FramedMessage {
        get throws(CallError) {
            guard case .one(let bytes) = source else {
                throw CallError(.internalError, "grpc: a stream of messages for a method that takes one")
            }
            return bytes
        }
    }
}

extension Message {
    @inlinable
    init(framed bytes: FramedMessage) throws {
        do {
            self = try Self(serializedBytes: bytes)
        } catch {
            throw CallError(.internalError, "grpc: error unmarshalling request: \(error)")
        }
    }
}
