import APIMachinery

/// What types and fields mean, in a sentence each: what `kubectl explain` prints and OpenAPI documents carry.
///
/// The notation is text: `package NAME`, then a type and its sentence on a line, and below it, indented, its fields with
/// theirs. `TYPE = OTHER` has the fields of another type as well. What fields of a name mean everywhere stands under `*`. Only OpenAPI reads it, on demand.
struct Descriptions: Sendable {
    private var types: [String: String] = [:]
    private var fields: [String: [String: String]] = [:]
    private var likenesses: [String: String] = [:]

    static let all = Descriptions([
        meta, corePods, corePodParts, coreContainers, coreVolumes, coreServices, coreObjects, coreNodes, coreStorage,
        apps, batch,
        networking, policies, access, autoscaling, verticalAutoscaling, others,
    ])

    init(_ texts: [String]) {
        for text in texts {
            var package = ""
            var type = ""
            for line in text.split(separator: "\n") {
                if line.hasPrefix("package ") {
                    package = String(line.dropFirst("package ".count))
                    continue
                }
                guard let colon = line.firstIndex(of: ":") else { continue }
                let name = line[..<colon].drop { $0 == " " }
                let sentence = String(line[line.index(after: colon)...].drop { $0 == " " })
                if line.first == " " {
                    fields[type, default: [:]][String(name)] = sentence
                } else {
                    let names = name.split(separator: " ")
                    type = name == "*" ? "*" : "\(package).\(names[0])"
                    if let other = names.dropFirst(2).first {
                        likenesses[type] = other.contains(".") ? String(other) : "\(package).\(other)"
                    }
                    if !sentence.isEmpty { types[type] = sentence }
                }
            }
        }
    }

    /// The sentence about a type; nil when there is none.
    func sentence(of type: SchemaType) -> String? { types[type.name] }

    /// The sentence about a field: its own, or that of fields of this name.
    func sentence(of field: String, in type: SchemaType) -> String? {
        fields[type.name]?[field] ?? likenesses[type.name].flatMap { fields[$0]?[field] } ?? fields["*"]?[field]
    }

    /// Every name that something is said of, as `type` or `type.field`, for tests.
    var names: [(type: String, field: String?)] {
        types.keys.map { ($0, nil) } + fields.flatMap { type, fields in fields.keys.map { (type, $0) } }
    }
}
