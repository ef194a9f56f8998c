import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Synchronization

/// What pods tell of themselves, as metrics of pods, of other objects, and of nothing in the cluster.
public final class ExposedMetrics: Sendable {
    let world: World
    let rules: MetricRules
    let table = Mutex(SeriesTable())

    init(world: World, rules: MetricRules) {
        self.world = world
        self.rules = rules
    }

    // MARK: Metrics of objects

    /// Of each pod that is selected and has the metric.
    func values(
        ofPods metric: String, _ series: LabelSelector, namespace: String, _ selector: LabelSelector
    ) -> [(pod: Pod, value: SummedSeries)] {
        let pods = world.all(Pod.self, in: namespace).filter { selector.matches($0.labels) }.sorted {
            $0.name < $1.name
        }
        return table.withLock { table in
            pods.compactMap { pod in
                guard let page = table.pages[pod.key] else { return nil }
                let parts = page.series(metric, rules.custom) { one, _ in series.matches(one.labels) }
                return Self.sum(parts.map(\.value)).map { (pod, $0) }
            }
        }
    }

    /// Of another object (`resource` as in paths, with its group): what series say of it by a label that a rule names; of a
    /// Service else what its pods have together, of a Namespace all of its pods.
    func value(
        of resource: GroupResource, _ name: String, _ metric: String, _ series: LabelSelector, namespace: String
    ) -> SummedSeries? {
        let isOfCluster = resource.resource == "namespaces"
        let labelled = table.withLock { table in
            var values: [SummedSeries] = []
            for (key, page) in table.pages where isOfCluster || key.namespace == namespace {
                let parts = page.series(metric, rules.custom) { one, rule in
                    series.matches(one.labels) && rule.names(resource, name, one)
                }
                values += parts.map(\.value)
            }
            return values
        }
        if let sum = Self.sum(labelled) { return sum }
        switch "\(resource)" {
        case "pods":
            let values = values(ofPods: metric, series, namespace: namespace, .everything)
            return values.first { $0.pod.name == name }?.value
        case "namespaces":
            return Self.sum(values(ofPods: metric, series, namespace: name, .everything).map(\.value))
        case "services":
            let key = ObjectKey(namespace: namespace, name: name)
            guard let service = world.get(Service.self, key) else { return nil }
            let labels = service.json["spec", "selector"]?.stringMap ?? [:]
            if labels.isEmpty { return nil }
            let selector = LabelSelector(matchLabels: labels)
            return Self.sum(values(ofPods: metric, series, namespace: namespace, selector).map(\.value))
        default: return nil
        }
    }

    private static func sum(_ values: [SummedSeries]) -> SummedSeries? {
        guard var sum = values.first else { return nil }
        for value in values.dropFirst() { sum.add(value) }
        return sum
    }

    // MARK: External metrics

    /// Each series of an external metric.
    func external(
        _ metric: String, _ series: LabelSelector, namespace: String
    ) -> [(labels: [String: String], value: SummedSeries)] {
        table.withLock { table in
            var found: [(labels: [String: String], value: SummedSeries)] = []
            for (key, page) in table.pages.sorted(by: { $0.key < $1.key }) {
                let parts = page.series(metric, rules.external) { one, rule in
                    (!rule.isNamespaced || key.namespace == namespace) && series.matches(one.labels)
                }
                found += parts.map { (labels: $0.series.labels, value: $0.value) }
            }
            return found
        }
    }

    // MARK: What there is

    /// Names of metrics, sorted: those of pods with what rules map them to, and external ones.
    func names() -> (custom: [String: Set<String>], external: [String]) {
        table.withLock { table in
            var custom: [String: Set<String>] = [:]
            var external: Set<String> = []
            for page in table.pages.values {
                for entry in page.entries {
                    if let rule = rules.custom.first(where: { $0.covers(entry.series) }) {
                        custom[rule.metric(entry.series), default: ["pods", "namespaces", "services"]]
                            .formUnion(rule.objects.values)
                    }
                    if let rule = rules.external.first(where: { $0.covers(entry.series) }) {
                        external.insert(rule.metric(entry.series))
                    }
                }
            }
            return (custom, external.sorted())
        }
    }
}

/// The autoscaler's metrics: what was collected of nodes, and what pods tell.
public struct MeasuredMetrics: ScalingMetrics {
    private let usage: CollectedUsage
    private let exposed: ExposedMetrics
    private let kinds: ResourceDirectory
    /// What a metric that says nothing of its time was measured over.
    private static let window = Duration.seconds(60)

    public init(_ usage: CollectedUsage, _ exposed: ExposedMetrics, kinds: ResourceDirectory) {
        self.usage = usage
        self.exposed = exposed
        self.kinds = kinds
    }

    public func usage(
        of resource: String, container: String?, namespace: String, _ pods: LabelSelector
    ) throws(MetricFailure) -> [String: PodSample] {
        try usage.samples(of: resource, container: container, namespace: namespace, pods)
    }

    public func value(
        ofPods metric: String, _ series: LabelSelector, namespace: String, _ pods: LabelSelector
    ) throws(MetricFailure) -> [String: PodSample] {
        var samples: [String: PodSample] = [:]
        for (pod, sum) in exposed.values(ofPods: metric, series, namespace: namespace, pods) {
            guard let value = sum.milli else { continue }
            samples[pod.name] = PodSample(
                value: value, time: sum.time, window: sum.window == .zero ? Self.window : sum.window)
        }
        if samples.isEmpty { throw MetricFailure("no metrics returned from custom metrics API") }
        return samples
    }

    public func value(
        of object: CrossVersionObjectReference, _ metric: String, _ series: LabelSelector, namespace: String
    ) throws(MetricFailure) -> Int {
        let kind = GroupVersionKind(apiVersion: object.apiVersion ?? "", kind: object.kind ?? "")
        let resource = kinds.current.resources.first {
            $0.groupVersionKind.group == kind.group && $0.groupVersionKind.kind == kind.kind
        }?.groupResource
        guard let resource else {
            throw MetricFailure(
                "unable to fetch metrics from custom metrics API: no matches for kind \"\(kind.kind)\" in group "
                    + "\"\(kind.group)\"")
        }
        // A namespace's is that of the autoscaler, whatever the reference says.
        let name = resource.resource == "namespaces" ? namespace : object.name ?? ""
        guard let value = exposed.value(of: resource, name, metric, series, namespace: namespace)?.milli else {
            throw MetricFailure(
                "unable to fetch metrics from custom metrics API: the server could not find the metric \(metric) for "
                    + "\(resource) \(name)")
        }
        return value
    }

    public func values(
        ofExternal metric: String, _ series: LabelSelector, namespace: String
    ) throws(MetricFailure) -> [Int] {
        let values = exposed.external(metric, series, namespace: namespace).compactMap(\.value.milli)
        if values.isEmpty { throw MetricFailure("no metrics returned from external metrics API") }
        return values
    }
}
