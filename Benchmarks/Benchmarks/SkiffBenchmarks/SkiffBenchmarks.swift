import Benchmark

/// What is measured, a function for each part. Figures are compared with `Benchmarks/Thresholds` where a machine counts
/// instructions; elsewhere they are read.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = Benchmark.Configuration(
        metrics: [.instructions, .cpuTotal, .wallClock, .throughput], warmupIterations: 10,
        maxDuration: .seconds(3), maxIterations: 100_000,
        thresholds: [.instructions: BenchmarkThresholds(relative: [.p50: 5, .p90: 5])])
    measureJSON()
    measureSchemas()
    measureKeys()
    measurePipeline()
    measureMetrics()
}
