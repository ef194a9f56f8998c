import APIMachinery
import Basics
import KubeAPI

/// `custom.metrics.k8s.io/v1beta2`: metrics of pods and other objects.
public struct CustomMetricsGroup: ProvidedGroup {
    public let name = "custom.metrics.k8s.io"
    public let version = "v1beta2"
    private static let kind = GroupVersionKind(
        group: "custom.metrics.k8s.io", version: "v1beta2", kind: "MetricValueList")
    private let exposed: ExposedMetrics
    private let kinds: ResourceDirectory
    private let clock: any TimeSource

    public init(_ exposed: ExposedMetrics, kinds: ResourceDirectory, clock: any TimeSource = SystemClock()) {
        self.exposed = exposed
        self.kinds = kinds
        self.clock = clock
    }

    public func resources() -> [Resource] {
        var metrics: [String: [String]] = [:]
        for (metric, resources) in exposed.names().custom {
            for resource in resources { metrics[resource, default: []].append(metric) }
        }
        return metrics.sorted { $0.key < $1.key }.map { resource, names in
            Resource(
                Self.kind.apiVersion, Self.kind.kind, plural: resource, isNamespaced: resource != "namespaces",
                verbs: [],
                subresources: names.sorted().map {
                    Resource.Subresource(SubresourceName(rawValue: $0), Self.kind, verbs: [.get])
                })
        }
    }

    public func answer(_ question: ProvidedQuestion) async throws -> ProvidedAnswer {
        let series =
            try question.parameters["metricLabelSelector"].flatMap { $0.isEmpty ? nil : $0 }
            .map { text in try LabelSelector(parsing: text) } ?? .everything
        // Of the namespace itself: …/namespaces/NAMESPACE/metrics/METRIC.
        if question.resource == "metrics", !question.namespace.isEmpty, !question.name.isEmpty, question.path.isEmpty {
            let resource = GroupResource(resource: "namespaces")
            return try one(resource, question.namespace, question.name, series, namespace: "")
        }
        guard !question.name.isEmpty, !question.path.isEmpty, !question.path.contains("/") else {
            throw StatusError(
                code: 404, reason: .notFound, message: "the server could not find the requested resource")
        }
        let resource = Self.resource(question.resource)
        guard question.name == "*" else {
            return try one(resource, question.name, question.path, series, namespace: question.namespace)
        }
        guard "\(resource)" == "pods" else {
            throw StatusError.badRequest("only pods can be asked for all at once")
        }
        let values = exposed.values(ofPods: question.path, series, namespace: question.namespace, question.labels)
        guard !values.isEmpty else { throw missing(question.path, resource, "", question.labels) }
        return .list(
            kind: Self.kind.kind,
            items: values.compactMap {
                item(resource, $0.pod.name, question.namespace, question.path, series, $0.value)
            })
    }

    private static func resource(_ text: String) -> GroupResource {
        guard let dot = text.firstIndex(of: ".") else { return GroupResource(resource: text) }
        return GroupResource(group: String(text[text.index(after: dot)...]), resource: String(text[..<dot]))
    }

    private func one(
        _ resource: GroupResource, _ name: String, _ metric: String, _ series: LabelSelector, namespace: String
    ) throws -> ProvidedAnswer {
        guard let value = exposed.value(of: resource, name, metric, series, namespace: namespace),
            let item = item(resource, name, namespace, metric, series, value)
        else { throw missing(metric, resource, name, .everything) }
        return .list(kind: Self.kind.kind, items: [item])
    }

    private func missing(
        _ metric: String, _ resource: GroupResource, _ name: String, _ selector: LabelSelector
    ) -> StatusError {
        var sentence = "the server could not find the metric \(metric) for \(resource)"
        if !name.isEmpty { sentence += " \(name)" }
        if !selector.isEmpty { sentence += " with selector \(selector)" }
        return StatusError(code: 404, reason: .notFound, message: sentence)
    }

    private func item(
        _ resource: GroupResource, _ name: String, _ namespace: String, _ metric: String, _ series: LabelSelector,
        _ value: SummedSeries
    ) -> JSON? {
        guard let milli = value.milli else { return nil }
        let kind = kinds.current.resource(resource)?.groupVersionKind
        var object: JSON = ["kind": JSON(kind?.kind ?? ""), "name": JSON(name)]
        if !namespace.isEmpty { object["namespace"] = JSON(namespace) }
        // As adapters write it, also for the group without a name.
        object["apiVersion"] = kind.map { JSON($0.group.isEmpty ? "/\($0.version)" : $0.apiVersion) }
        var item: JSON = [
            "describedObject": object,
            "metric": ["name": JSON(metric), "selector": series.isEmpty ? .null : series.json],
            "timestamp": value.time.json, "value": Quantity(milli: milli).json,
        ]
        if value.window > .zero { item["windowSeconds"] = JSON(Int(value.window.components.seconds)) }
        return item
    }
}

/// `external.metrics.k8s.io/v1beta1`: metrics of nothing in the cluster.
public struct ExternalMetricsGroup: ProvidedGroup {
    public let name = "external.metrics.k8s.io"
    public let version = "v1beta1"
    private let exposed: ExposedMetrics

    public init(_ exposed: ExposedMetrics) { self.exposed = exposed }

    public func resources() -> [Resource] {
        exposed.names().external.map {
            Resource("external.metrics.k8s.io/v1beta1", "ExternalMetricValueList", plural: $0, verbs: [.get])
        }
    }

    public func answer(_ question: ProvidedQuestion) async throws -> ProvidedAnswer {
        guard !question.namespace.isEmpty, question.name.isEmpty else {
            throw StatusError(
                code: 404, reason: .notFound, message: "the server could not find the requested resource")
        }
        let values = exposed.external(question.resource, question.labels, namespace: question.namespace)
        return .list(
            kind: "ExternalMetricValueList",
            items: values.compactMap { labels, value in
                guard let milli = value.milli else { return nil }
                var item: JSON = [
                    "metricName": JSON(question.resource), "metricLabels": JSON(labels), "timestamp": value.time.json,
                    "value": Quantity(milli: milli).json,
                ]
                if value.window > .zero { item["window"] = JSON(Int(value.window.components.seconds)) }
                return item
            })
    }
}
