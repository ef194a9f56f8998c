import APIMachinery

/// `matchLabelKeys` and `mismatchLabelKeys` of a new pod become requirements of the selectors beside them, with the values
/// that the pod's labels have (KEP-3633, KEP-3243).
enum LabelKeys {
    static func merge(_ pod: inout JSON) {
        let labels = pod["metadata", "labels"]?.stringMap ?? [:]
        if labels.isEmpty { return }
        pod.update("spec") { spec in
            spec.updateEach("topologySpreadConstraints") { merge(&$0, labels) }
            spec.update("affinity") { affinity in
                for kind in ["podAffinity", "podAntiAffinity"] {
                    affinity.update(kind) { affinity in
                        affinity.updateEach("requiredDuringSchedulingIgnoredDuringExecution") { merge(&$0, labels) }
                        affinity.updateEach("preferredDuringSchedulingIgnoredDuringExecution") { term in
                            term.update("podAffinityTerm") { merge(&$0, labels) }
                        }
                    }
                }
            }
        }
    }

    /// A term without a selector selects nothing, and stays so.
    private static func merge(_ term: inout JSON, _ labels: [String: String]) {
        var added: [JSON] = []
        for (field, sign) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
            for key in term[field]?.strings ?? [] {
                guard let value = labels[key] else { continue }
                added.append(["key": JSON(key), "operator": JSON(sign), "values": [JSON(value)]])
            }
        }
        if added.isEmpty { return }
        term.update("labelSelector") { selector in
            selector["matchExpressions"] = JSON((selector["matchExpressions"]?.elements ?? []) + added)
        }
    }
}
