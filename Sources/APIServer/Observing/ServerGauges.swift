import APIMachinery
import CoreMetrics
import Instruments

/// What the server has now, shown when the metrics are read.
final class ServerGauges: Sendable {
    private struct ResourceSeries: Sendable {
        var objects: Meter
        var storedObjects: Meter
        var revision: Meter
        var received: Meter
        var dispatched: Meter
        var loads: Meter
    }
    private let reading: Meter
    private let changing: Meter
    private let resources: InstrumentTable<GroupResource, ResourceSeries>

    init(_ metrics: any MetricsFactory, _ version: VersionInfo) {
        let inFlight = MetricFamily.gauge(
            "apiserver_current_inflight_requests",
            "[STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last "
                + "second.", labels: ["request_kind"])
        reading = metrics.gauge(inFlight, "readOnly")
        changing = metrics.gauge(inFlight, "mutating")
        let build = MetricFamily.gauge(
            "kubernetes_build_info",
            "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, "
                + "build date, Go version, and compiler from which Kubernetes was built, and platform on which it is "
                + "running.",
            labels: [
                "major", "minor", "git_version", "git_commit", "git_tree_state", "build_date", "go_version", "compiler",
                "platform",
            ])
        metrics.gauge(
            build, version.major, version.minor, version.gitVersion, version.gitCommit, version.gitTreeState,
            version.buildDate, "", "swiftc", version.platform
        ).set(1)
        let (objects, storedObjects) = Self.objectFamilies
        let (revision, received, dispatched, loads) = Self.cacheFamilies
        resources = InstrumentTable { name in
            // Counted elsewhere, so the counters are set.
            ResourceSeries(
                objects: metrics.gauge(objects, name.group, name.resource),
                storedObjects: metrics.gauge(storedObjects, name.description),
                revision: metrics.gauge(revision, name.group, name.resource),
                received: metrics.gauge(received, name.group, name.resource),
                dispatched: metrics.gauge(dispatched, name.group, name.resource),
                loads: metrics.gauge(loads, name.group, name.resource))
        }
    }

    func show(reading: Int, changing: Int) {
        self.reading.set(reading)
        self.changing.set(changing)
    }

    func show(_ resource: GroupResource, _ figures: ResourceCache.Figures, reached: Int64) {
        let series = resources[resource]
        series.objects.set(figures.objectCount)
        series.storedObjects.set(figures.objectCount)
        // Truncated as kube-apiserver does it, so that the number stays exact.
        series.revision.set(max(reached, figures.revision) % 1_000_000_000_000_000)
        series.received.set(figures.eventCount)
        series.dispatched.set(figures.eventCount)
        series.loads.set(figures.loadCount)
    }

    private static let objectFamilies = (
        MetricFamily.gauge(
            "apiserver_resource_objects",
            "[ALPHA] Number of stored objects at the time of last check split by kind. In case of a fetching error, the "
                + "value will be -1.", labels: ["group", "resource"]),
        MetricFamily.gauge(
            "apiserver_storage_objects",
            "[STABLE] [DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time "
                + "of last check split by kind. In case of a fetching error, the value will be -1.",
            labels: ["resource"])
    )
    private static let cacheFamilies = (
        MetricFamily.gauge(
            "apiserver_watch_cache_resource_version",
            "[ALPHA] Current resource version of watch cache broken by resource type. This is truncated to the 15 least "
                + "significant digits.", labels: ["group", "resource"]),
        MetricFamily.counter(
            "apiserver_watch_cache_events_received_total",
            "[ALPHA] Counter of events received in watch cache broken by resource type.",
            labels: ["group", "resource"]),
        MetricFamily.counter(
            "apiserver_watch_cache_events_dispatched_total",
            "[ALPHA] Counter of events dispatched in watch cache broken by resource type.",
            labels: ["group", "resource"]),
        MetricFamily.counter(
            "apiserver_watch_cache_initializations_total",
            "[ALPHA] Counter of watch cache initializations broken by resource type.", labels: ["group", "resource"])
    )
}
