import NIOCore
import NIOHTTP2

/// One client's connection: runs the methods it calls, each as a task of its own on the connection's thread.
struct CallConnection: Sendable {
    let channel: any Channel
    private let handler: NIOLoopBound<CallHandler>
    private let calls: AsyncStream<CallHandler.Started>
    private let executor: LoopExecutor
    private let refusals: ServerRefusals
    private var loop: any EventLoop { channel.eventLoop }

    /// Called on the channel's loop, with the handler that is in its pipeline.
    init(_ channel: any Channel, _ handler: CallHandler, _ calls: AsyncStream<CallHandler.Started>) {
        self.channel = channel
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.handler = bound
        self.calls = calls
        refusals = handler.routes.refusals
        executor = LoopExecutor(channel.eventLoop) { bound.value.flushAnswers() }
        handler.connection = self
    }

    /// Serves until the connection ends, or its task is cancelled: then the client is told to go elsewhere, and what
    /// it has asked already is still answered.
    func run() async {
        await withTaskExecutorPreference(executor) {
            await withTaskCancellationHandler {
                await withDiscardingTaskGroup { group in
                    for await call in calls {
                        await waitForCapacity()
                        switch call.method.work {
                        case .task(let work): group.addTask { await serve(call, work) }
                        case .direct: onLoop { $0.runDirectly(call) }
                        }
                    }
                }
            } onCancel: {
                onLoop { $0.stop() }
            }
        }
        onLoop { $0.tasksEnded() }
        try? await channel.closeFuture.get()
    }

    private func serve(_ call: CallHandler.Started, _ work: @Sendable (IncomingCall) async throws -> Void) async {
        onLoop { $0.begins(call.stream) }
        let requests = CallRequests(source: call.source) { bytes in onLoop { $0.taken(bytes, of: call.stream) } }
        let incoming = IncomingCall(
            context: call.context, requests: requests, responses: CallResponses(stream: call.stream, connection: self))
        do {
            try await work(incoming)
            onLoop { $0.finish(call.stream, nil) }
        } catch {
            let reason = reason(error)
            onLoop { $0.finish(call.stream, reason) }
        }
    }

    private func reason(_ error: any Error) -> CallError {
        switch error {
        case let error as CallError: error
        case let error as any CallErrorConvertible: error.callError
        // A method ends so only when its client is gone, which is not told, or when the server stops.
        case is CancellationError: refusals.stopped
        default: CallError(.unknown, "\(error)")
        }
    }

    /// Answers a call that is answered once.
    func reply(_ answer: @escaping @Sendable () throws -> FramedMessage, on stream: HTTP2Stream) {
        if loop.inEventLoop { answerNow(answer, on: stream) } else { executor.post { answerNow(answer, on: stream) } }
    }

    private func answerNow(_ answer: () throws -> FramedMessage, on stream: HTTP2Stream) {
        do {
            _ = try handler.value.send(try answer().buffer, on: stream)
            handler.value.finish(stream, nil)
        } catch { handler.value.finish(stream, reason(error)) }
        handler.value.directCallAnswered()
    }

    /// Sends framed messages, and returns when others may follow.
    func write(_ messages: ByteBuffer, on stream: HTTP2Stream) async throws {
        if loop.inEventLoop {
            if try handler.value.send(messages, on: stream) { return }
        } else {
            if try await loop.submit({ try handler.value.send(messages, on: stream) }).get() { return }
        }
        let number = UInt64.random(in: 0...UInt64.max)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                onLoop { $0.wait(number, for: stream, continuation) }
            }
        } onCancel: {
            onLoop { $0.stopWaiting(number, for: stream) }
        }
    }

    /// Returns when the client has read so much of its answers that there may be more.
    private func waitForCapacity() async {
        await withCheckedContinuation { continuation in onLoop { $0.waitForCapacity(continuation) } }
    }

    private func onLoop(_ body: @escaping @Sendable (CallHandler) -> Void) {
        if loop.inEventLoop { body(handler.value) } else { executor.post { body(handler.value) } }
    }
}
