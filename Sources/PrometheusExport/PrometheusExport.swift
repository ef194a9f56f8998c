// # PrometheusExport
//
// swift-metrics' instruments as Prometheus reads them.
//
// - `PrometheusRegistry`: the `MetricsFactory`; it keeps every series and writes them as a page
// - `Series`: what instruments record into, with atomics only
// - `Exposition`: the page's two forms, text 0.0.4 and OpenMetrics 1.0
// - `ProcessMetrics`: the process as Prometheus' client libraries describe it
//
// **Invariant:** a family has one kind and at most `PrometheusRegistry.seriesLimit` series; what goes beyond records into
// nothing and is counted in `skiff_metrics_dropped_records_total`.
//
// Absent on purpose: pushing, exemplars, summaries with quantiles, HTTP.
