import CoreMetrics
import Instruments

/// What watches were sent, under kube-apiserver's names.
final class WatchMetrics: Sendable {
    private struct Key: Hashable, Sendable {
        var group: String
        var version: String
        var resource: String
    }
    struct Series: Sendable {
        var events: Counter
        /// Watches that were cut off because they were too slow.
        var cut: Counter
    }
    private let series: InstrumentTable<Key, Series>

    init(_ metrics: any MetricsFactory) {
        let events = MetricFamily.counter(
            "apiserver_watch_events_total", "[ALPHA] Number of events sent in watch clients",
            labels: ["group", "version", "resource"])
        let cut = MetricFamily.counter(
            "apiserver_terminated_watchers_total",
            "[ALPHA] Counter of watchers closed due to unresponsiveness broken by resource type.",
            labels: ["group", "resource"])
        series = InstrumentTable { key in
            Series(
                events: metrics.counter(events, key.group, key.version, key.resource),
                cut: metrics.counter(cut, key.group, key.resource))
        }
    }

    subscript(attributes: RequestAttributes) -> Series {
        series[Key(group: attributes.group, version: attributes.version, resource: attributes.resource)]
    }
}

/// One watch, counted for as long as its reader is there.
struct CountedWatch: Sendable {
    let series: WatchMetrics.Series
    let open: LongRequest

    func sent(_ pieces: [WatchReader.Piece]) {
        var count = 0
        for piece in pieces {
            switch piece {
            case .initial, .event: count += 1
            case .text(let lines): count += lines.count { $0 == 0x0A }
            case .bookmark: break
            case .failure(let error): if error.code == 410 { series.cut.increment() }
            }
        }
        if count > 0 { series.events.increment(by: count) }
    }
}
