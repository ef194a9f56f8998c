import EtcdMessages
import EtcdStore
import Foundation
import GRPCCore
import KeyValueCore
import Logging
import Synchronization

/// Who has which watches of an external etcd: most share one stream.
final class WatchDesk: Sendable {
    let connections: EtcdConnections
    private let log: Logger
    private let channels = AsyncStream.makeStream(of: WatchChannel.self)
    private struct State {
        var shared: WatchChannel?
        var privates: [ObjectIdentifier: WatchChannel] = [:]
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
            for await channel in channels.stream { group.addTask { await channel.run() } }
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
        channels.continuation.finish()
        for channel in open { channel.close() }
    }

    // MARK: Watches

    func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool) throws -> EtcdWatch {
        let watch = EtcdWatch(range, from: revision, previousValues: previousValues, desk: self)
        let channel = try state.withLock { state throws(StoreError) in
            if state.isClosed { throw .closed }
            if state.count >= limits.watches { throw .tooManyRequests }
            state.count += 1
            if let shared = state.shared { return shared }
            let shared = WatchChannel(isPrivate: false, desk: self)
            state.shared = shared
            channels.continuation.yield(shared)
            return shared
        }
        channel.add(watch)
        return watch
    }

    /// The first time, the watch moves to a stream of its own.
    func requestProgress(of watch: EtcdWatch) {
        guard let place = watch.place, !watch.hasEnded else { return }
        if place.channel.isPrivate { return place.channel.requestProgress() }
        let (channel, isNew) = state.withLock { state in
            if let present = state.privates[ObjectIdentifier(watch)] { return (present, false) }
            let channel = WatchChannel(isPrivate: true, desk: self)
            guard !state.isClosed else { return (channel, false) }
            state.count += 1
            state.privates[ObjectIdentifier(watch)] = channel
            return (channel, true)
        }
        if isNew {
            place.channel.remove(watch, place.id)
            channel.add(watch)
            channels.continuation.yield(channel)
        }
        channel.requestProgress()
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
