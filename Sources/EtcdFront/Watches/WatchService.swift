import EtcdStore
import KeyValueCore

/// etcd's Watch service: many watches on one stream, each with a task that waits for its changes and sends them.
struct WatchService: Sendable {
    let served: ServedStore

    init(_ served: ServedStore) { self.served = served }

    func watch(
        request: CallReader<Etcdserverpb_WatchRequest>,
        response: CallWriter<Etcdserverpb_WatchResponse>, context: CallContext
    ) async throws {
        served.counters.watchStreams.add(1)
        defer { served.counters.watchStreams.add(-1) }
        let stream = WatchStream(served, response)
        try await withThrowingDiscardingTaskGroup { group in
            defer { stream.cancelAll() }
            for try await message in request {
                switch message.requestUnion {
                case .createRequest(let create):
                    guard let pump = try await stream.create(create) else { continue }
                    group.addTask { try await Self.run(pump) }
                case .cancelRequest(let cancel):
                    stream.cancel(cancel.watchID)
                case .progressRequest:
                    try await stream.progress()
                case nil:
                    continue
                }
            }
            group.cancelAll()
        }
    }

    /// A watch that ends because its stream ends is no failure.
    private static func run(_ pump: WatchPump) async throws {
        do { try await pump.run() } catch is CancellationError {}
    }
}
