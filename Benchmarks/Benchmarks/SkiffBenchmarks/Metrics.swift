import Benchmark
import Instruments
import PrometheusExport

/// What counting costs, and what showing it does.
func measureMetrics() {
    let family = MetricFamily.histogram(
        "seconds", "Seconds.", labels: ["a", "b"], bounds: MetricFamily.bounds(from: 0.001, times: 2, count: 20))
    Benchmark("Metrics: record into a histogram", configuration: .init(scalingFactor: .kilo)) { benchmark, timer in
        for number in benchmark.scaledIterations { timer.recordNanoseconds(Int64(number) << 10) }
    } setup: {
        PrometheusRegistry().timer(family, "x", "y")
    }
    Benchmark("Metrics: show 500 histograms") { (benchmark, registry: PrometheusRegistry) async in
        for _ in benchmark.scaledIterations { blackHole(await registry.page()) }
    } setup: {
        let registry = PrometheusRegistry()
        for number in 0..<500 { registry.timer(family, "x", String(number)).recordNanoseconds(1_000_000) }
        return registry
    }
}
