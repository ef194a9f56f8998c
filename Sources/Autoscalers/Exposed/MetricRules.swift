import APIMachinery

/// Which series of pods are which metrics. Without a file each series is a metric of its pod: a counter as its growth a second,
/// called without `_total`; all else as it is.
public struct MetricRules: Sendable, Equatable {
    /// How a series becomes a value.
    public enum Form: String, Sendable { case rate, value }
    public struct Rule: Sendable, Equatable {
        /// The series' name; `*` stands for any text at its end.
        public var series: String
        /// The metric's name; empty: the series' own, without `_total` if it is a rate.
        public var metric = ""
        /// nil: by the series' type.
        public var form: Form?
        /// Labels that the series must have.
        public var labels: [String: String] = [:]
        /// Which label names an object of which resource (`services`, `ingresses.networking.k8s.io`).
        public var objects: [String: String] = [:]
        /// Of an external metric: whether only pods of the namespace that is asked about count.
        public var isNamespaced = true
        public init(series: String) { self.series = series }

        func covers(_ series: ExposedSeries) -> Bool {
            let isNamed =
                self.series.hasSuffix("*")
                ? series.name.hasPrefix(self.series.dropLast()) : series.name == self.series
            return isNamed && labels.allSatisfy { series.labels[$0.key] == $0.value }
        }
        /// Whether a label of the series names the object.
        func names(_ resource: GroupResource, _ name: String, _ series: ExposedSeries) -> Bool {
            objects.contains { label, kind in kind == "\(resource)" && series.labels[label] == name }
        }
        func form(_ series: ExposedSeries) -> Form { form ?? (series.isCounter ? .rate : .value) }
        func metric(_ series: ExposedSeries) -> String {
            if !metric.isEmpty { return metric }
            guard form(series) == .rate, series.name.hasSuffix("_total") else { return series.name }
            return String(series.name.dropLast("_total".count))
        }
    }
    public var custom = [Rule(series: "*")]
    public var external = [Rule(series: "*")]
    public static let limit = 1_000
    public init() {}

    /// What is wrong with a file.
    public struct Mistake: Error, Equatable, CustomStringConvertible { public var description: String }

    /// A file: `custom` and `external`, each a list of rules with `series`, `metric`, `form`, `labels`, `objects` (custom) and
    /// `namespaced` (external). A list that is absent has the rule for all series.
    public init(_ json: JSON) throws(Mistake) {
        guard json.isObject else { throw Mistake(description: "the file must be an object") }
        for member in json.members where !["custom", "external"].contains(member.name) {
            throw Mistake(description: "unknown field \"\(member.name)\"")
        }
        if let list = json["custom"] { custom = try Self.rules(list, "custom") }
        if let list = json["external"] { external = try Self.rules(list, "external") }
    }

    private static func rules(_ list: JSON, _ name: String) throws(Mistake) -> [Rule] {
        guard list.isArray, list.count <= limit else {
            throw Mistake(description: "\(name) must be a list of at most \(limit) rules")
        }
        var rules: [Rule] = []
        for (index, element) in list.elements.enumerated() {
            let place = "\(name)[\(index)]"
            let known = ["series", "metric", "form", "labels"] + (name == "custom" ? ["objects"] : ["namespaced"])
            for member in element.members where !known.contains(member.name) {
                throw Mistake(description: "\(place): unknown field \"\(member.name)\"")
            }
            guard let series = element["series"]?.string, !series.isEmpty else {
                throw Mistake(description: "\(place).series must name a series")
            }
            var rule = Rule(series: series)
            rule.metric = element["metric"]?.string ?? ""
            if series.hasSuffix("*"), !rule.metric.isEmpty {
                throw Mistake(description: "\(place).metric cannot be one name for many series")
            }
            if let text = element["form"] {
                guard let form = text.string.flatMap({ Form(rawValue: $0) }) else {
                    throw Mistake(description: "\(place).form must be rate or value")
                }
                rule.form = form
            }
            rule.labels = element["labels"]?.stringMap ?? [:]
            rule.objects = element["objects"]?.stringMap ?? [:]
            rule.isNamespaced = element["namespaced"]?.bool ?? true
            rules.append(rule)
        }
        return rules
    }
}
