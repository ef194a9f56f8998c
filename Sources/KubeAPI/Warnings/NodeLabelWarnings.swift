import APIMachinery

/// Labels of nodes that have newer names, wherever nodes are selected by labels.
enum NodeLabelWarnings {
    private static let deprecated = [
        "beta.kubernetes.io/arch": "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        "beta.kubernetes.io/os": "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        "failure-domain.beta.kubernetes.io/region":
            "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
        "failure-domain.beta.kubernetes.io/zone": "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
        "beta.kubernetes.io/instance-type":
            "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
        "app.kubernetes.io/created-by": "deprecated since v1.9",
        "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
        "node-role.kubernetes.io/master": "use \"node-role.kubernetes.io/control-plane\" instead",
    ]

    static func sentence(_ label: String?) -> String? { label.flatMap { deprecated[$0] } }

    /// A node selector's term; label values are looked at where validation does not refuse them.
    static func check(_ warnings: inout WarningCollector, term: JSON, checksValues: Bool) {
        warnings.each("matchExpressions", of: term) { warnings, expression in
            let key = expression["key"]?.string ?? ""
            if let sentence = sentence(key) { warnings.warn("key", "\(key) is \(sentence)") }
            guard checksValues else { return }
            for (index, value) in (expression["values"]?.strings ?? []).enumerated() {
                for sentence in Validation.isLabelValue(value) {
                    warnings.warn("values[\(index)]", "\(value) is invalid, \(sentence)")
                }
            }
        }
    }

    /// A label selector over nodes.
    static func check(_ warnings: inout WarningCollector, selector: JSON) {
        check(&warnings, term: selector, checksValues: false)
        for member in selector["matchLabels"]?.members ?? [] {
            if let sentence = sentence(member.name) { warnings.warn("matchLabels.\(member.name)", sentence) }
        }
    }
}
