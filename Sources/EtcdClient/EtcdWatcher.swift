import EtcdMessages
import EtcdStore
import Foundation
import GRPCCore
import KeyValueCore
import Logging
import Synchronization

/// The watches of an external etcd and the streams that they are on: most share one.
final class EtcdWatcher: Sendable {
    let connections: EtcdConnections
    private let log: Logger
    private let newStreams = AsyncStream.makeStream(of: EtcdWatchStream.self)
    private struct State {
        var shared: EtcdWatchStream?
        var privates: [ObjectIdentifier: EtcdWatchStream] = [:]
        var count = 0
        var isClosed = false
    }
    private let state = Mutex(State())

    var limits: EtcdClientLimits { connections.limits }

    init(_ connections: EtcdConnections, log: Logger) {
        self.connections = connections
        self.log = log
    }

    /// Carries the streams until `close`.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await stream in newStreams.stream { group.addTask { await stream.run() } }
        }
        close()
    }

    func close() {
        let open = state.withLock { state in
            state.isClosed = true
            defer {
                state.shared = nil
                state.privates.removeAll()
            }
            return [state.shared].compactMap(\.self) + state.privates.values
        }
        newStreams.continuation.finish()
        for stream in open { stream.close() }
    }

    // MARK: Watches

    func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool) throws -> EtcdWatch {
        let watch = EtcdWatch(range, from: revision, previousValues: previousValues, watcher: self)
        let stream = try state.withLock { state throws(StoreError) in
            if state.isClosed { throw .closed }
            if state.count >= limits.watches { throw .tooManyRequests }
            state.count += 1
            if let shared = state.shared { return shared }
            let shared = EtcdWatchStream(isPrivate: false, watcher: self)
            state.shared = shared
            newStreams.continuation.yield(shared)
            return shared
        }
        stream.add(watch)
        return watch
    }

    /// The first time, the watch moves to a stream of its own.
    func requestProgress(of watch: EtcdWatch) {
        guard let place = watch.place, !watch.hasEnded else { return }
        if place.stream.isPrivate { return place.stream.requestProgress() }
        let (stream, isNew) = state.withLock { state in
            if let present = state.privates[ObjectIdentifier(watch)] { return (present, false) }
            let stream = EtcdWatchStream(isPrivate: true, watcher: self)
            guard !state.isClosed else { return (stream, false) }
            state.count += 1
            state.privates[ObjectIdentifier(watch)] = stream
            return (stream, true)
        }
        if isNew {
            place.stream.remove(watch, place.id)
            stream.add(watch)
            newStreams.continuation.yield(stream)
        }
        stream.requestProgress()
    }

    /// The watch is on no stream any more.
    func ended(_ watch: EtcdWatch) {
        state.withLock { state in
            state.count -= 1
            if watch.hasEnded { state.privates[ObjectIdentifier(watch)] = nil }
        }
    }

    // MARK: What the streams need to know

    func version(_ client: EtcdConnections.Client, _ options: CallOptions) async throws -> EtcdVersion {
        var options = options
        options.timeout = .milliseconds(limits.readMilliseconds)
        let status = try await client.call(EtcdMethods.status, Etcdserverpb_StatusRequest(), options: options)
        return EtcdVersion(status.version)
    }

    /// The store's newest revision, by a quorum's word.
    func revision() async throws -> Revision {
        var request = Etcdserverpb_RangeRequest()
        request.key = Data([0])
        request.countOnly = true
        let answer = try await connections.ask(.freely) { [request] client, options in
            try await client.call(EtcdMethods.range, request, options: options)
        }
        return answer.header.revision
    }

    /// The same, however long it takes; nil when the store is closed or the task cancelled.
    func revisionAtLast() async -> Revision? {
        while !Task.isCancelled {
            do {
                return try await revision()
            } catch StoreError.closed {
                return nil
            } catch is CancellationError {
                return nil
            } catch {
                log.debug("The revision of etcd is not known", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .milliseconds(limits.restMilliseconds))
            }
        }
        return nil
    }

    /// A write that does nothing but go through the watches of its key. Whether it came through is seen there.
    func write(marker: [UInt8]) async {
        var request = Etcdserverpb_PutRequest()
        request.key = Data(marker)
        do {
            _ = try await connections.ask(.freely) { [request] client, options in
                try await client.call(EtcdMethods.put, request, options: options)
            }
        } catch {
            log.debug("A marker could not be written", metadata: ["error": "\(error)"])
        }
    }
}

/// The version that a server of etcd's protocol says it has.
struct EtcdVersion: Sendable, Equatable {
    private var numbers: [Int]

    init(_ text: String) {
        let release = text.prefix { $0 != "-" && $0 != "+" }
        numbers = release.split(separator: ".").prefix(3).map { Int($0) ?? 0 }
        while numbers.count < 3 { numbers.append(0) }
    }

    /// Whether an answer to a request for progress comes behind all changes that it speaks of. Before 3.4.25 and 3.5.8
    /// it could overtake them (etcd issue 15220).
    var ordersProgress: Bool {
        switch (numbers[0], numbers[1]) {
        case (..<3, _), (3, ..<4): false
        case (3, 4): numbers[2] >= 25
        case (3, 5): numbers[2] >= 8
        default: true
        }
    }
}
