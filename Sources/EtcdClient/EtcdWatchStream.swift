import EtcdMessages
import EtcdStore
import GRPCCore
import KeyValueCore
import Synchronization

/// One stream of watches, made anew whenever it breaks: every watch then goes on behind the last revision that it has
/// received whole.
final class EtcdWatchStream: Sendable {
    /// For one watch that asks how far it is. etcd answers that for a stream as a whole, and only when each of its
    /// watches has caught up.
    let isPrivate: Bool
    private let watcher: EtcdWatcher

    private struct State {
        var watches: [Int64: EtcdWatch] = [:]
        var nextID: Int64 = 1
        /// Leads to the stream, while there is one.
        var requestSink: AsyncStream<Etcdserverpb_WatchRequest>.Continuation?
        /// Whether the server's answer to a request for progress keeps its place among the changes.
        var ordersProgress = false
        /// The last watch has left the present stream.
        var isUnneeded = false
        var isClosed = false

        mutating func leave() {
            isUnneeded = true
            requestSink?.finish()
        }
    }
    private struct Unneeded: Error {}
    private let state = Mutex(State())
    /// Yields when there is something to begin or to end.
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let progressRequests = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let unanswered = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(isPrivate: Bool, watcher: EtcdWatcher) {
        self.isPrivate = isPrivate
        self.watcher = watcher
    }

    // MARK: Its watches

    func add(_ watch: EtcdWatch) {
        let isAdded = state.withLock { state in
            let id = state.nextID
            state.nextID += 1
            watch.isNow(at: self, id)
            // It may have been cancelled on its way from another stream.
            if state.isClosed || watch.hasEnded { return false }
            state.watches[id] = watch
            if let requestSink = state.requestSink { requestSink.yield(creation(of: watch, id, state.ordersProgress)) }
            return true
        }
        if !isAdded {
            watch.end(nil)
            watcher.ended(watch)
        }
        news.continuation.yield()
    }

    /// From here on the watch gets nothing of this stream any more.
    func remove(_ watch: EtcdWatch, _ id: Int64) {
        state.withLock { state in
            guard state.watches[id] === watch else { return }
            state.watches[id] = nil
            if state.watches.isEmpty { return state.leave() }
            var request = Etcdserverpb_WatchRequest()
            request.cancelRequest.watchID = id
            state.requestSink?.yield(request)
        }
        watcher.ended(watch)
        if isPrivate { close() } else { news.continuation.yield() }
    }

    /// Ends it with all its watches.
    func close() {
        let watches = state.withLock { state in
            state.isClosed = true
            state.leave()
            defer { state.watches.removeAll() }
            return Array(state.watches.values)
        }
        for watch in watches {
            watch.end(nil)
            watcher.ended(watch)
        }
        news.continuation.finish()
        progressRequests.continuation.finish()
        unanswered.continuation.finish()
    }

    func requestProgress() { progressRequests.continuation.yield() }

    private func creation(of watch: EtcdWatch, _ id: Int64, _ ordersProgress: Bool) -> Etcdserverpb_WatchRequest {
        watch.creation(id, including: isPrivate && !ordersProgress ? watch.marker : nil)
    }

    // MARK: The stream

    /// Follows its watches until it is closed.
    func run() async {
        await withDiscardingTaskGroup { group in
            if isPrivate {
                group.addTask { await self.answerProgressRequests() }
                group.addTask { await self.repeatProgressRequests() }
            }
            for await _ in news.stream {
                while !Task.isCancelled, state.withLock({ !$0.watches.isEmpty }) {
                    do {
                        try await watcher.connections.follow { client, options in
                            try await self.converse(client, options)
                        }
                    } catch is CancellationError {
                        break
                    } catch {
                        endAll(error)
                    }
                    disconnected()
                }
            }
            group.cancelAll()
        }
        close()
    }

    /// One stream from its beginning to its end.
    private func converse(_ client: EtcdConnections.Client, _ options: CallOptions) async throws {
        let version = try await watcher.version(client, options)
        let (requests, requestSink) = AsyncStream.makeStream(of: Etcdserverpb_WatchRequest.self)
        state.withLock { state in
            state.ordersProgress = version.ordersProgress
            state.requestSink = requestSink
            state.isUnneeded = false
            for (id, watch) in state.watches.sorted(by: { $0.key < $1.key }) {
                requestSink.yield(creation(of: watch, id, version.ordersProgress))
            }
            if state.watches.isEmpty { state.leave() }
        }
        if isBehind { unanswered.continuation.yield() }
        // A member without a leader ends the stream, so that another endpoint is asked.
        do {
            try await client.call(
                EtcdMethods.watch, metadata: ["hasleader": "true"], options: options,
                requestProducer: { writer in
                    for await request in requests { try await writer.write(request) }
                    // etcd keeps a stream to which nothing more will be sent, so it is broken off.
                    throw Unneeded()
                },
                onResponse: { response in
                    for try await message in response.messages { self.receive(message) }
                })
        } catch {
            if Task.isCancelled || !state.withLock({ $0.isUnneeded }) { throw error }
            return
        }
        throw RPCError(code: .unavailable, message: "the server ended the stream")
    }

    private func disconnected() {
        state.withLock { state in
            state.requestSink?.finish()
            state.requestSink = nil
            for watch in state.watches.values { watch.forgetHalves() }
        }
    }

    private func endAll(_ error: any Error) {
        let watches = state.withLock { state in
            defer { state.watches.removeAll() }
            return Array(state.watches.values)
        }
        for watch in watches {
            watch.end(error)
            watcher.ended(watch)
        }
        if isPrivate { close() }
    }

    /// Under the lock throughout, so that a watch which has been removed gets nothing any more.
    private func receive(_ message: Etcdserverpb_WatchResponse) {
        let ended = state.withLock { state -> EtcdWatch? in
            if message.watchID == -1 {
                if state.ordersProgress, message.events.isEmpty, !message.canceled {
                    for watch in state.watches.values { watch.advance(to: message.header.revision) }
                }
                return nil
            }
            guard let watch = state.watches[message.watchID] else { return nil }
            if message.canceled || message.compactRevision != 0 {
                state.watches[message.watchID] = nil
                watch.end(Self.reason(message))
                return watch
            }
            if message.created { return nil }
            if message.events.isEmpty, !message.fragment {
                watch.advance(to: message.header.revision)
            } else {
                deliver(message, to: watch)
            }
            // Too much for its reader: it has ended by itself.
            guard watch.hasEnded else { return nil }
            state.watches[message.watchID] = nil
            return watch
        }
        guard let ended else { return }
        watcher.ended(ended)
        state.withLock { if $0.watches.isEmpty { $0.leave() } }
        if isPrivate { close() }
    }

    private func deliver(_ message: Etcdserverpb_WatchResponse, to watch: EtcdWatch) {
        let isWhole = !message.fragment
        var events: [KeyValueEvent] = []
        events.reserveCapacity(message.events.count)
        var newest: Revision = 0
        for event in message.events {
            newest = event.kv.modRevision
            let event = KeyValueEvent(event)
            if watch.range.contains(event.current.key), event.current.key != watch.marker { events.append(event) }
        }
        watch.receive(events, isWhole: isWhole)
        // The header may be ahead of what has been sent, the changes are not.
        if isWhole { watch.advance(to: newest) }
    }

    private static func reason(_ message: Etcdserverpb_WatchResponse) -> any Error {
        if message.compactRevision != 0 { return KeyValueError.compacted(message.compactRevision) }
        return StoreError.stopped("etcd ended a watch: \(message.cancelReason)")
    }

    // MARK: Progress

    private var isBehind: Bool { state.withLock { $0.watches.values.contains { $0.isBehind } } }

    /// Finds out for each request where the store is, and asks the stream until it has come so far.
    private func answerProgressRequests() async {
        for await _ in progressRequests.stream {
            guard let revision = await watcher.revisionAtLast() else { continue }
            for watch in state.withLock({ Array($0.watches.values) }) { watch.want(revision) }
            await askForProgress()
            unanswered.continuation.yield()
        }
    }

    private func repeatProgressRequests() async {
        for await _ in unanswered.stream {
            while isBehind {
                do { try await Task.sleep(for: .milliseconds(watcher.limits.progressMilliseconds)) } catch { return }
                await askForProgress()
            }
        }
    }

    /// Asks the server, if it answers such questions in the order of the changes; else a marker is written.
    private func askForProgress() async {
        guard isBehind else { return }
        let asked = state.withLock { state -> Bool? in
            guard let requestSink = state.requestSink else { return nil }
            guard state.ordersProgress else { return false }
            var request = Etcdserverpb_WatchRequest()
            request.progressRequest = Etcdserverpb_WatchProgressRequest()
            requestSink.yield(request)
            return true
        }
        guard asked == false else { return }
        do { try await Task.sleep(for: .milliseconds(watcher.limits.markerMilliseconds)) } catch { return }
        guard let watch = state.withLock({ $0.watches.values.first }), watch.isBehind else { return }
        await watcher.write(marker: watch.marker)
    }
}
