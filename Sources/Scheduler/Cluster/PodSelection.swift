import APIMachinery
import KubeAPI

/// What selectors see of a pod; pods of one template are alike.
struct PodClass: Hashable, Sendable {
    var namespace: String
    var labels: [String: String]
    var isBeingDeleted: Bool

    init(_ pod: JSON) {
        namespace = pod.key.namespace
        labels = pod["metadata"]?["labels"]?.stringMap ?? [:]
        isBeingDeleted = pod.isBeingDeleted
    }
}

/// Which pods are meant: all parts must hold.
struct PodSelection: Hashable, Sendable {
    struct Part: Sendable {
        var namespaces: Set<String>
        /// Namespaces by their labels, besides those named.
        var namespaceSelector: LabelSelector?
        var selector: LabelSelector
        /// Pods that are being deleted do not count.
        var leavesOutLeaving = false

        func matches(_ pod: PodClass, _ namespaces: NamespaceLabels) -> Bool {
            if leavesOutLeaving, pod.isBeingDeleted { return false }
            guard
                self.namespaces.contains(pod.namespace)
                    || namespaceSelector?.matches(namespaces[pod.namespace] ?? [:]) == true
            else { return false }
            return selector.matches(pod.labels)
        }
        fileprivate var text: String {
            let names = namespaces.sorted().joined(separator: ",")
            return "\(names)|\(namespaceSelector.map(Self.text) ?? "-")|\(Self.text(selector))|\(leavesOutLeaving)"
        }
        private static func text(_ selector: LabelSelector) -> String {
            selector.matchesNothing ? "!" : "{\(selector.text)}"
        }
    }
    let parts: [Part]
    /// Says the same of selections that mean the same.
    private let text: String

    init(_ parts: [Part]) {
        self.parts = parts
        text = parts.map(\.text).joined(separator: "&")
    }
    static func == (left: PodSelection, right: PodSelection) -> Bool { left.text == right.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }

    var looksAtNamespaceLabels: Bool { parts.contains { $0.namespaceSelector != nil } }
    func matches(_ pod: PodClass, _ namespaces: NamespaceLabels) -> Bool {
        parts.allSatisfy { $0.matches(pod, namespaces) }
    }
}

/// The labels of namespaces, by name.
typealias NamespaceLabels = [String: [String: String]]

/// One term of pod affinity or anti-affinity (core/v1 PodAffinityTerm), with its weight if it is a preferred one.
struct PodTerm: Hashable, Sendable {
    var selection: PodSelection
    var topologyKey: String
    var weight: Int

    init(_ term: JSON, in namespace: String, weight: Int = 0) {
        var namespaces = Set(term["namespaces"]?.strings ?? [])
        let selector = term["namespaceSelector"].map { LabelSelector($0) }
        if namespaces.isEmpty, selector == nil { namespaces = [namespace] }
        selection = PodSelection([
            PodSelection.Part(
                namespaces: namespaces, namespaceSelector: selector,
                selector: LabelSelector(term["labelSelector"] ?? .null))
        ])
        topologyKey = term["topologyKey"]?.string ?? ""
        self.weight = weight
    }

    /// How often pods require it as anti-affinity; one may say it twice.
    func timesRequired(by pods: [PlacedPod]) -> Int {
        pods.reduce(0) { sum, pod in sum + pod.terms.requiredAntiAffinity.count { $0 == self } }
    }
}

/// What a pod says of the company it wants to be in.
struct PodTerms: Equatable, Sendable {
    var requiredAffinity: [PodTerm] = []
    var requiredAntiAffinity: [PodTerm] = []
    var preferredAffinity: [PodTerm] = []
    var preferredAntiAffinity: [PodTerm] = []

    static let none = PodTerms(.null)

    init(_ pod: JSON) {
        guard let affinity = pod["spec"]?["affinity"] else { return }
        let namespace = pod.key.namespace
        func required(_ list: JSON?) -> [PodTerm] {
            (list?["requiredDuringSchedulingIgnoredDuringExecution"]?.elements ?? []).map { PodTerm($0, in: namespace) }
        }
        func preferred(_ list: JSON?) -> [PodTerm] {
            (list?["preferredDuringSchedulingIgnoredDuringExecution"]?.elements ?? []).map {
                PodTerm($0["podAffinityTerm"] ?? .object, in: namespace, weight: $0["weight"]?.int ?? 0)
            }
        }
        requiredAffinity = required(affinity["podAffinity"])
        requiredAntiAffinity = required(affinity["podAntiAffinity"])
        preferredAffinity = preferred(affinity["podAffinity"])
        preferredAntiAffinity = preferred(affinity["podAntiAffinity"])
    }

    /// The pods that every required term means; nil without one.
    var allRequired: PodSelection? {
        requiredAffinity.isEmpty ? nil : PodSelection(requiredAffinity.flatMap(\.selection.parts))
    }
}
