// # Instruments
//
// How rooms count: swift-metrics' counters, meters, recorders and timers, each of a declared `MetricFamily`.
//
// - `MetricFamily`: a metric's name, kind, help, label names and, for a histogram, buckets; declared where it is counted
// - `MetricsFactory.counter`, `.gauge`, `.histogram`, `.timer`: the instrument of one series, made once and kept
// - `InstrumentTable`: those of many series, found by a key without making a string
// - `FamilyMetricsFactory`: what an exporter is told beyond swift-metrics' own protocol: families, and samples to take
//   before the metrics are read
//
// A room takes `metrics: any MetricsFactory = MetricsSystem.factory`; the executable hands in the exporter, a test its own.
//
// Absent on purpose: how metrics are shown (`PrometheusExport`), tracing, logs.
