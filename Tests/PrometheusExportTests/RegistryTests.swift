import CoreMetrics
import ExpositionTestKit
import Instruments
import Testing

@testable import PrometheusExport

@Suite struct RegistryTests {
    static let requests = MetricFamily.counter("requests_total", "Requests.\nBy \"code\".", labels: ["code"])
    static let sizes = MetricFamily.histogram("sizes", "Sizes.", labels: ["verb"], bounds: [0.5, 1000, 1e6])

    @Test func familiesAreShownAsDeclared() async {
        let registry = PrometheusRegistry()
        registry.counter(Self.requests, "a\"b\\c\nd").increment(by: 2)
        registry.counter(Self.requests, "200").increment()
        let sizes = registry.histogram(Self.sizes, "GET")
        for size in [0.5, 7, 1000, 2_000_000] { sizes.record(size) }
        registry.gauge(.gauge("depth", "")).set(2.5)
        let text = await registry.page()
        #expect(
            text == #"""
                # TYPE depth gauge
                depth 2.5
                # HELP requests_total Requests.\nBy "code".
                # TYPE requests_total counter
                requests_total{code="200"} 1
                requests_total{code="a\"b\\c\nd"} 2
                # HELP sizes Sizes.
                # TYPE sizes histogram
                sizes_bucket{verb="GET",le="0.5"} 1
                sizes_bucket{verb="GET",le="1000"} 3
                sizes_bucket{verb="GET",le="1e+06"} 3
                sizes_bucket{verb="GET",le="+Inf"} 4
                sizes_sum{verb="GET"} 2001007.5
                sizes_count{verb="GET"} 4
                # HELP skiff_metrics_dropped_records_total \#(PrometheusRegistry.dropped.help)
                # TYPE skiff_metrics_dropped_records_total counter
                skiff_metrics_dropped_records_total{metric=""} 0

                """#)
    }

    @Test func openMetricsHasItsOwnRules() async {
        let registry = PrometheusRegistry()
        registry.counter(Self.requests, "200").increment()
        registry.histogram(Self.sizes, "GET").record(1)
        let text = await registry.page(.openMetrics)
        #expect(text.contains("# HELP requests Requests.\\nBy \\\"code\\\".\n# TYPE requests counter\nrequests_total{"))
        #expect(text.contains("le=\"1000.0\"") && text.contains("le=\"1e+06\""))
        #expect(text.hasSuffix("# EOF\n"))
        #expect(
            Exposition.Format(accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5") == .openMetrics)
        #expect(Exposition.Format(accept: "*/*") == .text && Exposition.Format(accept: nil) == .text)
    }

    /// The bounds are as Kubernetes' components show them.
    @Test func boundsAreWrittenAsGoDoes() {
        let page = Exposition(.text)
        #expect(
            MetricFamily.bounds(from: 10e-7, times: 10, count: 10).map { page.bound($0) } == [
                "1e-06", "9.999999999999999e-06", "9.999999999999999e-05", "0.001", "0.01", "0.1", "1", "10", "100",
                "1000",
            ])
        #expect(
            MetricFamily.bounds(from: 1000, times: 10, count: 7).map { page.bound($0) } == [
                "1000", "10000", "100000", "1e+06", "1e+07", "1e+08", "1e+09",
            ])
        #expect(page.bound(1_048_576) == "1.048576e+06" && page.bound(0.0001) == "0.0001")
    }

    @Test func whatLibrariesCountIsShownToo() async {
        let registry = PrometheusRegistry()
        Counter(label: "http.server.requests", dimensions: [("0code", "x"), ("0code", "y")], factory: registry)
            .increment(by: 3)
        Gauge(label: "now", factory: registry).record(4)
        Recorder(label: "seen", factory: registry).record(4)
        Timer(label: "took", factory: registry).recordMilliseconds(20)
        let text = await registry.page()
        #expect(text.contains("# TYPE http_server_requests counter\nhttp_server_requests{_0code=\"x\"} 3\n"))
        #expect(text.contains("# TYPE now gauge\nnow 4\n"))
        #expect(text.contains("seen_bucket{le=\"5\"} 1\n") && text.contains("took_bucket{le=\"0.025\"} 1\n"))
    }

    @Test func oneNameHasOneKind() async {
        let registry = PrometheusRegistry()
        registry.counter(.counter("a", "")).increment()
        registry.gauge(.gauge("a", "")).set(9)
        registry.gauge(.counter("b_total", "Read elsewhere.")).set(5)
        let text = await registry.page()
        #expect(text.contains("# TYPE a counter\na 1\n"))
        #expect(text.contains("skiff_metrics_dropped_records_total{metric=\"a\"} 1\n"))
        #expect(text.contains("# TYPE b_total counter\nb_total 5\n"))
    }

    @Test func seriesAreBounded() async {
        let registry = PrometheusRegistry()
        for number in 0..<PrometheusRegistry.seriesLimit + 10 {
            registry.counter(Self.requests, String(number)).increment()
        }
        registry.counter(Self.requests, "0").increment()
        let text = await registry.page()
        #expect(text.contains("requests_total{code=\"0\"} 2\n"))
        #expect(text.contains("requests_total{code=\"4999\"} 1\n") && !text.contains("code=\"5000\""))
        #expect(text.contains("skiff_metrics_dropped_records_total{metric=\"requests_total\"} 10\n"))
        registry.counter(Self.requests, "1").destroy()
        registry.counter(Self.requests, "5000").increment()
        let later = await registry.page()
        #expect(later.contains("code=\"5000\"") && !later.contains("code=\"1\"}"))
    }

    @Test func samplesAreTakenUntilTheyEnd() async {
        let registry = PrometheusRegistry()
        let depth = registry.counter(.counter("samples_total", ""))
        let sampling = registry.sampled { depth.increment() }
        _ = await registry.page()
        #expect(await registry.page().contains("samples_total 2\n"))
        sampling.end()
        #expect(await registry.page().contains("samples_total 2\n"))
        _ = registry.sampled { depth.increment() }
        #expect(await registry.page().contains("samples_total 2\n"))
    }

    /// Makers, recorders and readers at once: nothing is lost, and every page is one that counts agree in.
    @Test func manyCountAtOnce() async {
        let registry = PrometheusRegistry()
        let table = InstrumentTable<Int, (Counter, Recorder)> { key in
            (registry.counter(Self.requests, String(key)), registry.histogram(Self.sizes, String(key)))
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for turn in 0..<5_000 {
                        let (counter, recorder) = table[turn % 10]
                        counter.increment()
                        recorder.record(0.25)
                        registry.counter(Self.requests, "all").increment()
                    }
                }
            }
            group.addTask {
                for _ in 0..<50 {
                    let page = ExpositionParser.parse(await registry.page())
                    #expect(page.problems.isEmpty)
                    await Task.yield()
                }
            }
        }
        let page = ExpositionParser.parse(await registry.page())
        #expect(page.problems.isEmpty)
        #expect(page.value("requests_total", ["code": "all"]) == 40_000)
        for key in 0..<10 {
            #expect(page.value("requests_total", ["code": String(key)]) == 4_000)
            #expect(page.value("sizes_sum", ["verb": String(key)]) == 1_000)
            #expect(page.value("sizes_count", ["verb": String(key)]) == 4_000)
        }
    }

    @Test func theProcessTellsOfItself() async {
        let registry = PrometheusRegistry()
        let sampling = ProcessMetrics.sampled(by: registry)
        let page = ExpositionParser.parse(await registry.page())
        #expect(page.problems.isEmpty)
        #expect(page.value("process_resident_memory_bytes") ?? 0 > 1e6)
        #expect(page.value("process_open_fds") ?? 0 > 2.0)
        #expect(page.value("process_start_time_seconds") ?? 0 > 1.6e9)
        #expect(page.families["process_cpu_seconds_total"] == "counter")
        sampling.end()
    }
}
