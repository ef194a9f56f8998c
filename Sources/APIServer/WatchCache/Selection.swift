import APIMachinery
import KubeAPI

/// Which objects of a resource a list or watch wants: a namespace, labels, fields.
struct Selection: Sendable {
    /// `namespace/`, or empty for all.
    let prefix: String
    /// The one key that can match, when the selection names it.
    let key: String?
    /// Where few of a resource's changes concern who asks so: that one key, or one node's pods.
    let pin: Pin?
    private let labels: LabelSelector
    private let fields: [(term: FieldSelector.Term, read: @Sendable (JSON) -> String)]

    /// Throws 400 for selectors that cannot be read or fields that cannot be selected by.
    init(_ resource: Resource, namespace: String, labelSelector: String, fieldSelector: String) throws {
        let prefix = namespace.isEmpty || !resource.isNamespaced ? "" : "\(namespace)/"
        self.prefix = prefix
        labels = labelSelector.isEmpty ? .everything : try LabelSelector(parsing: labelSelector)
        let selector = fieldSelector.isEmpty ? FieldSelector.everything : try FieldSelector(parsing: fieldSelector)
        fields = try selector.terms.map { (term) -> (term: FieldSelector.Term, read: @Sendable (JSON) -> String) in
            guard let read = Self.reader(of: term.field, resource) else {
                throw StatusError.badRequest(
                    resource.selectableFields.isEmpty
                        ? "\"\(term.field)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                        : "field label not supported: \(term.field)")
            }
            let form = ServedForm(resource)
            if form.isAsStored { return (term, read) }
            let readServed: @Sendable (JSON) -> String = { read(form.serve($0)) }
            return (term, readServed)
        }
        let isKeyed = !resource.isNamespaced || !prefix.isEmpty
        key = isKeyed ? selector.requiredValue(of: "metadata.name").map { prefix + $0 } : nil
        if let key {
            pin = Pin(key: Pin.Key(kind: .object, value: key)) { [$0.object.key] }
        } else if let node = selector.requiredValue(of: Self.pinnedField), !node.isEmpty,
            let read = resource.selectableFields[Self.pinnedField], ServedForm(resource).isAsStored
        {
            pin = Pin(key: Pin.Key(kind: .field, value: node)) { event in
                let now = read(event.object.json)
                guard let before = event.previous.map({ read($0.json) }), before != now else { return [now] }
                return [before, now]
            }
        } else {
            pin = nil
        }
    }

    /// By which nodes watch their pods, each its own.
    private static let pinnedField = "spec.nodeName"

    private static func reader(of field: String, _ resource: Resource) -> (@Sendable (JSON) -> String)? {
        switch field {
        case "metadata.name": { $0["metadata", "name"]?.string ?? "" }
        case "metadata.namespace" where resource.isNamespaced: { $0["metadata", "namespace"]?.string ?? "" }
        default: resource.selectableFields[field]
        }
    }

    /// Whether nothing but the namespace is asked for, so that no object need be parsed.
    var isWholeNamespace: Bool { labels.isEmpty && fields.isEmpty }

    func covers(_ key: String) -> Bool {
        if let wanted = self.key { return key == wanted }
        return prefix.isEmpty || key.utf8.starts(with: prefix.utf8)
    }

    /// Whether the object, which is covered, is selected.
    func matches(_ object: StoredObject) -> Bool {
        if isWholeNamespace { return true }
        let json: JSON = object.json
        return fields.allSatisfy { ($0.read(json) == $0.term.value) == $0.term.isEqual }
            && (labels.isEmpty || labels.matches(labelsOf: json))
    }
}
