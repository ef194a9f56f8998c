import NIOCore
import NIOHPACK
import NIOHTTP2

/// The way of answers from methods to frames. Nothing is written before the loop's turn is over, so that what several
/// calls answer at one time leaves together.
extension CallHandler {
    /// Takes framed messages; returns whether others may follow at once.
    func send(_ messages: ByteBuffer, on id: HTTP2Stream) throws -> Bool {
        guard let stream = streams[id] else { throw CancellationError() }
        let count = messages.readableBytes
        state.queued(count)
        if stream.state.queued(count) { write(.headers(.init(headers: CallAnswer.head)), on: id) }
        if stream.outgoing.readableBytes == 0 {
            stream.outgoing = messages
            dirty.append(id)
        } else {
            stream.outgoing.writeImmutableBuffer(messages)
        }
        mustFlush = true
        return stream.state.hasCapacity(limits)
    }

    /// Resumes a writer when it may write more.
    func wait(_ number: UInt64, for id: HTTP2Stream, _ writer: CheckedContinuation<Void, any Error>) {
        guard let stream = streams[id] else { return writer.resume(throwing: CancellationError()) }
        if stream.state.hasCapacity(limits) { return writer.resume() }
        stream.add(writer, number)
    }

    func stopWaiting(_ number: UInt64, for id: HTTP2Stream) { streams[id]?.cancelWriter(number) }

    /// Resumes whoever begins calls when the client has taken enough of its answers.
    func waitForCapacity(_ waiter: CheckedContinuation<Void, Never>) {
        if state.hasCapacity(limits) || state.phase == .closed { return waiter.resume() }
        capacityWaiter = waiter
    }

    func resumeCapacityWaiter() {
        capacityWaiter?.resume()
        capacityWaiter = nil
    }

    /// Ends a call, after the messages that were sent.
    func finish(_ id: HTTP2Stream, _ error: CallError?) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        writeOutgoing(stream, id)
        if stream.state.hasHead {
            last(error.map { CallAnswer.trailers($0) } ?? CallAnswer.done, on: id, hasEnded: stream.state.hasEnded)
        } else {
            var headers = CallAnswer.head
            if let error { headers = CallAnswer.refusal(error) } else { headers.add(contentsOf: CallAnswer.done) }
            last(headers, on: id, hasEnded: stream.state.hasEnded)
        }
        state.released(stream.state.heldBytes)
        stream.close()
    }

    /// The headers that end a stream. A client that has not ended its side need not send the rest (RFC 9113 §8.1); it is
    /// told when the end is on its way, as what waits for the client's window would be lost otherwise.
    func last(_ headers: HPACKHeaders, on id: HTTP2Stream, hasEnded: Bool) {
        mustFlush = true
        guard !hasEnded, let context else { return write(.headers(.init(headers: headers, endStream: true)), on: id) }
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenSuccess {
            bound.value.write(.rstStream(.noError), on: id)
            bound.value.mustFlush = true
            bound.value.flushAnswers()
        }
        let frame = HTTP2Frame(streamID: id, payload: .headers(.init(headers: headers, endStream: true)))
        context.write(wrapOutboundOut(frame), promise: written)
    }

    func write(_ payload: HTTP2Frame.FramePayload, on id: HTTP2Stream) {
        context?.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    }

    private func writeOutgoing(_ stream: CallStream, _ id: HTTP2Stream) {
        guard let context, stream.outgoing.readableBytes > 0 else { return }
        let bytes = stream.outgoing
        stream.outgoing = ByteBuffer()
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let count = bytes.readableBytes
        written.futureResult.whenComplete { _ in bound.value.sent(count, of: id) }
        context.write(
            wrapOutboundOut(HTTP2Frame(streamID: id, payload: .data(.init(data: .byteBuffer(bytes))))), promise: written
        )
    }

    private func sent(_ count: Int, of id: HTTP2Stream) {
        state.sent(count)
        if state.hasCapacity(limits) { resumeCapacityWaiter() }
        guard let stream = streams[id] else { return }
        stream.state.sent(count)
        if stream.state.hasCapacity(limits) { stream.resumeWriters() }
    }

    /// Gives the network everything that is to be sent.
    func flushAnswers() {
        guard mustFlush else { return }
        mustFlush = false
        let ids = dirty
        dirty.removeAll(keepingCapacity: true)
        for id in ids { if let stream = streams[id] { writeOutgoing(stream, id) } }
        context?.flush()
    }
}
