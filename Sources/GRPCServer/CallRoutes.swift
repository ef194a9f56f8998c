import SwiftProtobuf

/// The methods that a server has, by their paths.
public struct CallRoutes: Sendable {
    private(set) var methods: [String: CallMethod] = [:]
    /// Throws why a call is not begun; its request is nil if the client sends many, or if it is not looked at.
    public typealias Admission = @Sendable ((any Message)?) throws -> Void
    @usableFromInline let admit: Admission
    let refusals: ServerRefusals

    public init(refusals: ServerRefusals = ServerRefusals(), admit: @escaping Admission = { _ in }) {
        self.refusals = refusals
        self.admit = admit
    }

    /// Runs what a stream does; it may refuse to, or end it early by what it throws.
    public typealias Guard = @Sendable (CallContext, @escaping @Sendable () async throws -> Void) async throws -> Void

    @usableFromInline
    mutating func add(_ service: String, _ name: String, takesOneRequest: Bool = true, _ work: CallMethod.Work) {
        methods["/\(service)/\(name)"] = CallMethod(takesOneRequest: takesOneRequest, work: work)
    }

    /// One message asks, one answers.
    @inlinable
    public mutating func unary<Request: Message, Response: Message>(
        _ service: String, _ name: String,
        _ body: @escaping @Sendable (Request, CallContext) async throws -> Response
    ) {
        add(
            service, name,
            .task { [admit] call in
                let request = try Request(framed: call.requests.only)
                try admit(request)
                let response = try await body(request, call.context)
                try await call.responses.write(FramedMessage(response))
            })
    }

    /// One message asks that is not looked at, and one answers that is encoded already.
    public mutating func raw(
        _ service: String, _ name: String, _ body: @escaping @Sendable (CallContext) async throws -> FramedMessage
    ) {
        add(
            service, name,
            .task { [admit] call in
                try admit(nil)
                try await call.responses.write(try await body(call.context))
            })
    }

    /// One message asks, and one answers that is made without a task.
    @inlinable
    public mutating func direct<Request: Message>(
        _ service: String, _ name: String, _ body: @escaping @Sendable (Request, CallReply) throws -> Void
    ) {
        add(
            service, name,
            .direct { [admit] bytes, reply in
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
    @inlinable
    public mutating func serverStreaming<Request: Message, Response: Message>(
        _ service: String, _ name: String,
        _ body: @escaping @Sendable (Request, CallWriter<Response>, CallContext) async throws -> Void
    ) {
        add(
            service, name,
            .task { [admit] call in
                let request = try Request(framed: call.requests.only)
                try admit(request)
                try await body(request, CallWriter(call.responses), call.context)
            })
    }

    /// Both sides send any number of messages.
    @inlinable
    public mutating func streaming<Request: Message, Response: Message>(
        _ service: String, _ name: String, guarded: @escaping Guard = { _, body in try await body() },
        _ body: @escaping @Sendable (CallReader<Request>, CallWriter<Response>, CallContext) async throws -> Void
    ) {
        add(
            service, name, takesOneRequest: false,
            .task { [admit] call in
                try admit(nil)
                try await guarded(call.context) {
                    try await body(CallReader(call.requests), CallWriter(call.responses), call.context)
                }
            })
    }
}
