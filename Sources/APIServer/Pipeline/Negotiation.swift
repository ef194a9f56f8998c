import APIMachinery

/// How the client wants the answer.
struct AnswerForm: Sendable, Equatable {
    enum Encoding: Sendable, Equatable { case json, yaml, protobuf }
    enum Shape: Sendable, Equatable {
        case plain
        /// meta.k8s.io Table of this version.
        case table(version: String)
        /// meta.k8s.io PartialObjectMetadata (or its list) of this version.
        case metadata(version: String)
        /// apidiscovery.k8s.io of this version.
        case discovery(version: String)
    }
    var encoding: Encoding
    var shape = Shape.plain

    static let json = AnswerForm()

    /// The first range of an Accept header, by weight and then by place, that `isOffered` allows; throws 406 when there
    /// is none (RFC 9110 section 12.5.1).
    init(accept: String?, isOffered: (AnswerForm) -> Bool) throws {
        self = .json
        guard let accept, !accept.isEmpty, accept != "application/json", accept != "*/*" else { return }
        var ranges: [(form: AnswerForm, weight: Double)] = []
        for range in accept.split(separator: ",") {
            guard let (form, weight) = Self.parse(range), weight > 0, isOffered(form) else { continue }
            ranges.append((form, weight))
        }
        guard let best = ranges.map(\.weight).max(), let first = ranges.first(where: { $0.weight == best }) else {
            let types = [Encoding.json, .yaml, .protobuf].filter { encoding in
                isOffered(AnswerForm(encoding: encoding))
            }
            let names = types.map(\.mediaType).joined(separator: ", ")
            throw StatusError(
                code: 406, reason: .notAcceptable, message: "only the following media types are accepted: \(names)")
        }
        self = first.form
    }

    private init(encoding: Encoding = .json) { self.encoding = encoding }

    private static func parse(_ range: Substring) -> (AnswerForm, Double)? {
        let parts = range.split(separator: ";").map { trim($0) }
        guard let type = parts.first?.lowercased() else { return nil }
        var form = AnswerForm()
        switch type {
        case "application/json", "*/*", "application/*": form.encoding = .json
        case "application/yaml", "application/x-yaml", "text/yaml": form.encoding = .yaml
        case Protobuf.mediaType: form.encoding = .protobuf
        default: return nil
        }
        var weight = 1.0
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { continue }
            parameters[trim(sides[0]).lowercased()] = trim(sides[1])
        }
        if let text = parameters["q"] { weight = Double(text) ?? 0 }
        if let kind = parameters["as"] {
            let version = parameters["v"] ?? ""
            switch (kind, parameters["g"] ?? "") {
            case ("Table", "meta.k8s.io") where version == "v1" || version == "v1beta1":
                form.shape = .table(version: version)
            case ("PartialObjectMetadata", "meta.k8s.io") where version == "v1" || version == "v1beta1",
                ("PartialObjectMetadataList", "meta.k8s.io") where version == "v1" || version == "v1beta1":
                form.shape = .metadata(version: version)
            case ("APIGroupDiscoveryList", "apidiscovery.k8s.io") where version == "v2" || version == "v2beta1":
                form.shape = .discovery(version: version)
            default: return nil
            }
        }
        return (form, weight)
    }

    private static func trim(_ text: some StringProtocol) -> String {
        String(
            text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\"" }.reversed())
    }
}

extension AnswerForm.Encoding {
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .yaml: "application/yaml"
        case .protobuf: Protobuf.mediaType
        }
    }
}
