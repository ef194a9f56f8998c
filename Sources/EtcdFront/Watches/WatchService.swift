import EtcdMessages
import EtcdStore
import GRPCServer
import KeyValueCore

/// etcd's Watch service: many watches on one stream.
struct WatchService: Sendable {
    let served: ServedStore

    init(_ served: ServedStore) { self.served = served }

    func watch(
        request: CallReader<Etcdserverpb_WatchRequest>, response: CallWriter<Etcdserverpb_WatchResponse>,
        context: CallContext
    ) async throws {
        served.counters.watchStreams.add(1)
        defer { served.counters.watchStreams.add(-1) }
        let stream = WatchStream(served, response)
        defer { stream.cancelAll() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listen(to: request, stream) }
            group.addTask { try await stream.deliver() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Does what the client asks for, until it has no more to ask.
    private func listen(to requests: CallReader<Etcdserverpb_WatchRequest>, _ stream: WatchStream) async throws {
        for try await message in requests {
            switch message.requestUnion {
            case .createRequest(let create): try await stream.create(create)
            case .cancelRequest(let cancel): try await stream.cancel(cancel.watchID)
            case .progressRequest: try await stream.progress()
            case nil: continue
            }
        }
    }
}
