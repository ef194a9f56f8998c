import Basics
import KubeAPI
import APIMachinery
import TestKit
import Testing

@testable import Autoscalers

@Suite struct ExpositionTests {
    private func read(_ text: String) throws -> Exposition { try Exposition(Array(text.utf8)) }

    @Test func aPageIsReadAsPrometheusReadsIt() throws {
        let page = try read(
            """
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{method="post",code="400",} 3

            # Escaping in label values:
            msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
            metric_without_timestamp_and_labels 12.47
            something_weird{problem="division by zero"} +Inf -3982045
            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{le="0.05"} 24054
            http_request_duration_seconds_bucket{le="+Inf"} 144320
            http_request_duration_seconds_sum 53423
            http_request_duration_seconds_count 144320
            # TYPE rpc_duration_seconds summary
            rpc_duration_seconds{quantile="0.01"} 3102
            rpc_duration_seconds_count 2693
            nothing NaN
            \t spaced \t { a = "b" , c = "d" } \t 1 \t

            """)
        #expect(page.series.count == 13)
        #expect(page.series[0].labels == ["method": "post", "code": "200"])
        #expect(page.series[0].milliseconds == 1_395_066_363_000)
        #expect(page.series[0].isCounter)
        #expect(page.series[2].labels["path"] == "C:\\DIR\\FILE.TXT")
        #expect(page.series[2].labels["error"] == "Cannot find file:\n\"FILE.TXT\"")
        #expect(page.series[2].value == 1_458_255_915)
        #expect(page.series[4].value == .infinity)
        #expect(page.series[4].milliseconds == -3_982_045)
        #expect(page.series[5].isCounter && page.series[8].isCounter)
        #expect(!page.series[9].isCounter && page.series[10].isCounter)
        #expect(page.series[11].value.isNaN)
        #expect(page.series[12].labels == ["a": "b", "c": "d"])
    }

    @Test(arguments: [
        ("a 1", "the last line does not end"), ("a\n", "line 1: a value is missing"), ("a x\n", "line 1: no number: x"),
        ("a 0x10\n", "line 1: no number: 0x10"), ("a 1 x\n", "line 1: no time: x"),
        ("a 1 2 3\n", "line 1: more follows the series"),
        ("1a 1\n", "line 1: a name is missing"), ("a{ 1\n", "line 1: a name is missing"),
        ("a{b} 1\n", "line 1: = is missing behind the label b"),
        ("a{b=c} 1\n", "line 1: the value of the label b is not quoted"),
        ("a{b=\"c} 1\n", "line 1: a value does not end"), ("a{b=\"\\x\"} 1\n", "line 1: an escape that is none"),
        ("a{b=\"1\" c=\"2\"} 1\n", "line 1: a comma is missing between labels"),
        ("a{b=\"1\",b=\"2\"} 1\n", "line 1: the label b comes twice"),
        ("a{b:c=\"1\"} 1\n", "line 1: = is missing behind the label b"),
        ("a{__name__=\"b\"} 1\n", "line 1: a label may not be called __name__"),
        ("a 1\na 2\n", "line 2: the series a comes twice"),
        ("# TYPE a gauge\n# TYPE a gauge\n", "line 2: the type of a comes twice"),
        ("# TYPE a thing\n", "line 1: no type: thing"),
        ("a 1\n# TYPE a gauge\n", "line 2: the type of a comes after its series"),
        ("a_1 1\n\u{0}\n", "line 2: a name is missing"),
    ]) func aPageWithAMistakeIsRefused(_ text: String, _ sentence: String) {
        do {
            _ = try read(text)
            Issue.record("read")
        } catch { #expect("\(error)" == sentence) }
    }

    @Test func aPageIsLimited() {
        var limits = ExpositionLimits()
        limits.series = 2
        limits.bytes = 100
        limits.labels = 1
        limits.textBytes = 8
        for text in [
            "a 1\nb 1\nc 1\n", String(repeating: " ", count: 101), "a{b=\"1\",c=\"2\"} 1\n", "a{b=\"123456789\"} 1\n",
            "abcdefghi 1\n",
        ] {
            #expect(throws: ExpositionError.self) { _ = try Exposition(Array(text.utf8), limits: limits) }
        }
    }

    /// Whatever comes, it is read or refused; what is read is within the limits.
    @Test func anythingIsReadOrRefused() {
        let pieces = [
            "a", "{", "}", "\"", "=", ",", " ", "\n", "1", "# TYPE ", "# HELP ", "\\", "NaN", "é", "\u{FF}", ":",
            "counter",
        ]
        var chance = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...24, using: &chance))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &chance)] }.joined()
            guard let page = try? read(text) else { continue }
            #expect(page.series.allSatisfy { !$0.name.isEmpty })
        }
    }

    // MARK: Series and rules

    private let pod = ObjectKey(namespace: "n", name: "p")

    @Test func countersBecomeRates() throws {
        var table = SeriesTable()
        func read(_ value: Int, _ seconds: Int64) throws {
            let page = try self.read("# TYPE requests_total counter\nrequests_total{verb=\"GET\"} \(value)\nsize 7\n")
            let now = Instant(secondsSince1970: seconds)
            let isTaken = table.read(page.series, of: pod, now, seconds * 1_000_000_000)
            #expect(isTaken)
        }
        func value(_ metric: String) -> Double? {
            table.pages[pod]?.series(metric, MetricRules().custom) { _, _ in true }.first?.value.value
        }
        try read(100, 10)
        #expect(value("requests") == nil)
        #expect(value("size") == 7)
        try read(130, 20)
        #expect(value("requests") == 3)
        // It began anew.
        try read(20, 30)
        #expect(value("requests") == 2)
        // Too long ago.
        try read(40, 5_000)
        #expect(value("requests") == nil)
        table.keep(only: [], heardSince: 0)
        #expect(table.pages.isEmpty && table.seriesCount == 0)
    }

    @Test func rulesNameAndMap() throws {
        let rules = try MetricRules(
            try YAML.document(
                Array(
                    """
                    custom:
                    - {series: http_requests_total, metric: http_rate, labels: {code: "500"}, objects: {service: services}}
                    - {series: "queue_*", form: value}
                    external:
                    - {series: jobs, namespaced: false}
                    """.utf8)
            ).value)
        #expect(rules.custom.count == 2)
        var failing = ExposedSeries(name: "http_requests_total", labels: ["code": "500", "service": "web"], value: 1)
        failing.isCounter = true
        #expect(rules.custom[0].covers(failing))
        #expect(rules.custom[0].metric(failing) == "http_rate")
        #expect(rules.custom[0].names(GroupResource(resource: "services"), "web", failing))
        #expect(!rules.custom[0].covers(ExposedSeries(name: "http_requests_total", labels: ["code": "200"], value: 1)))
        let queue = ExposedSeries(name: "queue_length", labels: [:], value: 1)
        #expect(rules.custom[1].covers(queue) && rules.custom[1].metric(queue) == "queue_length")
        #expect(!rules.external[0].isNamespaced)
    }

    @Test(arguments: [
        ("[]", "the file must be an object"), ("{x: 1}", "unknown field \"x\""),
        ("{custom: 1}", "custom must be a list of at most 1000 rules"),
        ("{custom: [{}]}", "custom[0].series must name a series"),
        ("{custom: [{series: a, x: 1}]}", "custom[0]: unknown field \"x\""),
        ("{external: [{series: a, form: sum}]}", "external[0].form must be rate or value"),
        ("{custom: [{series: \"a*\", metric: b}]}", "custom[0].metric cannot be one name for many series"),
    ]) func aFileWithAMistakeIsRefused(_ text: String, _ sentence: String) throws {
        let json = try YAML.document(Array(text.utf8)).value
        do throws(MetricRules.Mistake) {
            _ = try MetricRules(json)
            Issue.record("read")
        } catch { #expect(error.description == sentence) }
    }

    @Test func podsSayWhereTheyAreRead() {
        func pod(_ notes: JSON, _ status: JSON = ["phase": "Running", "podIP": "10.0.0.7"]) -> Pod {
            Pod([
                "metadata": ["name": "p", "namespace": "n", "annotations": notes],
                "spec": ["containers": [["name": "c", "ports": [["containerPort": 8080]]]]], "status": status,
            ])
        }
        func url(_ pod: Pod) -> String? { PodScraper.targets([pod]).first?.url }
        #expect(url(pod(["prometheus.io/scrape": "true"])) == "http://10.0.0.7:8080/metrics")
        #expect(
            url(pod(["prometheus.io/scrape": "true", "prometheus.io/port": "9", "prometheus.io/path": "/m?x=1"]))
                == "http://10.0.0.7:9/m?x=1")
        #expect(
            url(pod(["prometheus.io/scrape": "true", "prometheus.io/scheme": "https"]))
                == "https://10.0.0.7:8080/metrics")
        #expect(url(pod(["prometheus.io/scrape": "false"])) == nil)
        #expect(url(pod(["prometheus.io/scrape": "true", "prometheus.io/port": "70000"])) == nil)
        #expect(url(pod(["prometheus.io/scrape": "true"], ["phase": "Pending"])) == nil)
        #expect(
            url(pod(["prometheus.io/scrape": "true", "prometheus.io/path": "x y"])) == "http://10.0.0.7:8080/metrics")
    }
}
