import EtcdStore
import KeyValueCore

/// One watch of a stream. A reference, as it is handed on for each change of each of many watches.
final class ServedWatch: Sendable {
    let source: WatchSource
    let messages: WatchMessages
    let watch: EmbeddedWatch
    let signal: ReadySignal
    /// Sets the signal; made once.
    let notify: @Sendable () -> Void

    init(source: WatchSource, messages: WatchMessages, watch: EmbeddedWatch, signal: ReadySignal) {
        self.source = source
        self.messages = messages
        self.watch = watch
        self.signal = signal
        notify = { signal.set() }
    }

    /// The same for the client, with other means here.
    func going(on watch: EmbeddedWatch) -> ServedWatch {
        ServedWatch(source: source, messages: messages, watch: watch, signal: signal)
    }

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
