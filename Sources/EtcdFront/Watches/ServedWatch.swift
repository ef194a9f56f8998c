import EtcdStore
import KeyValueCore

/// One watch of a stream.
struct ServedWatch: Sendable {
    let source: WatchSource
    let messages: WatchMessages
    var watch: EmbeddedWatch
    /// Rings when there is something to read; made once.
    let bell: @Sendable () -> Void

    func cancel() { watch.cancel() }
}

/// Where a watch's changes come from.
struct WatchSource: Sendable {
    let store: EmbeddedStore
    let range: KeyRange
    let previousValues: Bool
    /// The first revision that the client wants.
    let first: Revision

    func open(from revision: Revision) throws -> EmbeddedWatch {
        try store.watchNow(range, from: revision, previousValues: previousValues)
    }
}
