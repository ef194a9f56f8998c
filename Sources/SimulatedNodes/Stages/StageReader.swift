import APIMachinery

extension SimulationStages {
    /// From YAML or JSON; throws `StageError`.
    public init(yaml bytes: [UInt8]) throws(StageError) {
        guard bytes.count <= SimulationLimits.fileBytes else {
            throw StageError(field: "", reason: "has more than \(SimulationLimits.fileBytes) bytes")
        }
        let document: YAML.Document
        do { document = try YAML.document(bytes) } catch { throw StageError(field: "", reason: "\(error)") }
        if let duplicate = document.duplicates.first { throw StageError(field: duplicate.path, reason: "\(duplicate)") }
        if document.value.isNull { return }
        let fields = try StageFields(document.value, "", known: ["seed", "nodes", "pods"])
        seed = UInt64(try fields.number("seed", in: 0...Int.max) ?? 1)
        if let nodes = try fields.fields("nodes", known: NodePlan.known) { self.nodes = try NodePlan(nodes) }
        if let pods = try fields.list("pods", known: PodStage.known) {
            self.pods = []
            for fields in pods { self.pods.append(try PodStage(fields)) }
        }
        var names: Set<String> = []
        for (index, stage) in pods.enumerated() where !names.insert(stage.name).inserted {
            throw StageError(field: "pods[\(index)].name", reason: "there is another stage of this name")
        }
    }
}

extension NodePlan {
    fileprivate static let known: Set<String> = ["capacity", "labels", "zones", "heartbeat", "stages"]

    fileprivate init(_ fields: StageFields) throws(StageError) {
        for (name, amount) in try fields.map("capacity") ?? [:] {
            do { _ = try Quantity(amount) } catch {
                throw StageError(field: "nodes.capacity.\(name)", reason: "\(error)")
            }
            capacity[name] = amount
        }
        let pods = capacity["pods"].flatMap { try? Quantity($0).value } ?? 0
        guard (1...SimulationLimits.podsPerNode).contains(pods) else {
            throw StageError(
                field: "nodes.capacity.pods", reason: "must be from 1 to \(SimulationLimits.podsPerNode)")
        }
        labels = try fields.map("labels") ?? [:]
        zones = try fields.number("zones", in: 0...1_000) ?? 0
        if let heartbeat = try fields.span("heartbeat") {
            guard heartbeat.least >= .seconds(1), heartbeat.least == heartbeat.most else {
                throw StageError(field: "nodes.heartbeat", reason: "must be one duration of at least 1s")
            }
            self.heartbeat = heartbeat.least
        }
        for fields in try fields.list("stages", known: ["name", "names", "share", "silent"]) ?? [] {
            stages.append(try NodeStage(fields))
        }
    }
}

extension NodeStage {
    fileprivate init(_ fields: StageFields) throws(StageError) {
        name = try fields.text("name") ?? ""
        names = try fields.texts("names")
        share = try fields.share("share")
        guard let silent = try fields.fields("silent", known: ["after", "for", "times"]) else { return }
        after = try silent.span("after") ?? .none
        lasting = try silent.span("for") ?? .none
        times = try silent.number("times", in: 0...1_000_000)
    }
}

extension PodStage {
    fileprivate static let known: Set<String> = [
        "name", "match", "image", "start", "initialization", "startup", "ready", "flaps", "ends", "stop",
    ]

    fileprivate init(_ fields: StageFields) throws(StageError) {
        self.init(name: try fields.text("name") ?? "")
        if let match = try fields.fields("match", known: Match.known) { self.match = try Match(match) }
        if let image = try fields.fields("image", known: ["pull", "failures"]) {
            pull = try image.span("pull") ?? .none
            pullFailures = try image.number("failures", in: 0...1_000) ?? 0
        }
        start = try fields.span("start") ?? .none
        initialization = try fields.span("initialization") ?? .none
        startup = try fields.span("startup") ?? .none
        ready = try fields.span("ready") ?? .none
        if let flaps = try fields.fields("flaps", known: ["every", "for"]) {
            // Never without a pause, so that a pod does not write all the time.
            self.flaps = Flaps(
                every: (try flaps.span("every") ?? .none).noShorter(than: .seconds(1)),
                lasting: (try flaps.span("for") ?? .none).noShorter(than: .seconds(1)))
        }
        if let ends = try fields.fields("ends", known: ["after", "code", "times"]) {
            end = End(
                after: try ends.span("after") ?? .none, code: try ends.number("code", in: 0...255) ?? 0,
                times: try ends.number("times", in: 0...1_000_000))
        }
        if let stop = try fields.fields("stop", known: ["after", "code"]) {
            self.stop = try stop.span("after") ?? .none
            stopCode = try stop.number("code", in: 0...255) ?? 0
        }
    }
}

extension PodStage.Match {
    fileprivate static let known: Set<String> = ["namespaces", "labels", "owners", "annotations", "share"]

    fileprivate init(_ fields: StageFields) throws(StageError) {
        namespaces = try fields.texts("namespaces")
        owners = try fields.texts("owners")
        annotations = try fields.map("annotations") ?? [:]
        share = try fields.share("share")
        let text = try fields.text("labels") ?? ""
        do throws(StatusError) { labels = try LabelSelector(parsing: text) } catch {
            throw StageError(field: "pods.match.labels", reason: error.message)
        }
    }
}

extension Span {
    fileprivate func noShorter(than least: Duration) -> Span {
        Span(from: max(self.least, least), to: max(most, least))
    }
}
