import NIOCore
import SwiftProtobuf

/// What is done for one method's calls.
struct CallMethod: Sendable {
    enum Work: Sendable {
        /// A task of its own; it returns when all answers are written. What it throws is told the client.
        case task(@Sendable (IncomingCall) async throws -> Void)
        /// Work that waits for nothing but the store, which answers by itself: it costs no task.
        case direct(@Sendable (FramedMessage, CallReply) -> Void)
    }
    /// Whether the client sends exactly one message; then the call begins when that is there.
    let takesOneRequest: Bool
    let work: Work
}

/// Answers a call that has one answer; once, from any thread.
struct CallReply: Sendable {
    let stream: HTTP2Stream
    let connection: CallConnection

    /// `answer` makes the message, on the connection's thread.
    func callAsFunction(_ answer: @escaping @Sendable () throws -> FramedMessage) {
        connection.reply(answer, on: stream)
    }
}

/// The methods that a server has, by their paths.
struct CallRoutes: Sendable {
    private(set) var methods: [String: CallMethod] = [:]
    /// Throws why a call is not begun; its request is nil if the client sends many.
    typealias Admission = @Sendable ((any Message)?) throws -> Void
    private let admit: Admission

    init(admit: @escaping Admission) { self.admit = admit }

    /// Wraps what streams do; streams of services that need a leader end without one.
    typealias Guard = @Sendable (CallContext, @escaping @Sendable () async throws -> Void) async throws -> Void

    /// One message asks, one answers.
    mutating func unary<Request: Message, Response: Message>(
        _ service: String, _ name: String,
        _ body: @escaping @Sendable (Request, CallContext) async throws -> Response
    ) {
        methods["/\(service)/\(name)"] = CallMethod(
            takesOneRequest: true,
            work: .task { [admit] call in
                let request: Request = try call.requests.only()
                try admit(request)
                let response = try await body(request, call.context)
                try await call.responses.write(FramedMessage(response))
            })
    }

    /// One message asks, and one answers that is made of what the store says.
    mutating func direct<Request: Message>(
        _ service: String, _ name: String,
        _ body: @escaping @Sendable (Request, CallReply) throws -> Void
    ) {
        methods["/\(service)/\(name)"] = CallMethod(
            takesOneRequest: true,
            work: .direct { [admit] bytes, reply in
                do {
                    let request = try Request(framed: bytes)
                    try admit(request)
                    try body(request, reply)
                } catch {
                    reply { throw error }
                }
            })
    }

    /// One message asks, any number answers.
    mutating func serverStreaming<Request: Message, Response: Message>(
        _ service: String, _ name: String,
        _ body: @escaping @Sendable (Request, CallWriter<Response>, CallContext) async throws -> Void
    ) {
        methods["/\(service)/\(name)"] = CallMethod(
            takesOneRequest: true,
            work: .task { [admit] call in
                let request: Request = try call.requests.only()
                try admit(request)
                try await body(request, CallWriter(call.responses), call.context)
            })
    }

    /// Both sides send any number of messages.
    mutating func streaming<Request: Message, Response: Message>(
        _ service: String, _ name: String, guarded: @escaping Guard,
        _ body: @escaping @Sendable (CallReader<Request>, CallWriter<Response>, CallContext) async throws -> Void
    ) {
        methods["/\(service)/\(name)"] = CallMethod(
            takesOneRequest: false,
            work: .task { [admit] call in
                try admit(nil)
                try await guarded(call.context) {
                    try await body(CallReader(call.requests), CallWriter(call.responses), call.context)
                }
            })
    }
}

extension CallRequests {
    fileprivate func only<Request: Message>() throws -> Request {
        guard case .one(let bytes) = source else { throw EtcdError.corrupt }
        return try Request(framed: bytes)
    }
}

extension Message {
    fileprivate init(framed bytes: FramedMessage) throws {
        do {
            self = try Self(serializedBytes: bytes)
        } catch {
            throw EtcdError(.internalError, "grpc: error unmarshalling request: \(error)")
        }
    }
}

/// The messages of a client, in order. One task reads them.
struct CallReader<Request: Message>: AsyncSequence, Sendable {
    private let requests: CallRequests
    init(_ requests: CallRequests) { self.requests = requests }

    struct AsyncIterator: AsyncIteratorProtocol {
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

        mutating func next() async throws -> Request? {
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

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(requests) }
}

/// Where a method writes its answers.
struct CallWriter<Response: Message>: Sendable {
    private let responses: CallResponses
    init(_ responses: CallResponses) { self.responses = responses }

    /// Returns when there is room for another message; throws `CancellationError` if the client is gone.
    func write(_ message: Response) async throws { try await responses.write(try FramedMessage(message)) }

    /// Messages that are encoded already.
    func write(_ messages: FramedMessages) async throws { try await responses.write(messages) }
}
