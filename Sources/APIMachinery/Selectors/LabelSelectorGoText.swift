extension LabelSelector {
    /// A selector object as Kubernetes' sentences show it: Go's way of printing it.
    public static func goText(_ selector: JSON?) -> String {
        guard let selector, !selector.isNull else { return "nil" }
        let labels = (selector["matchLabels"]?.stringMap ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value)," }.joined()
        let expressions = (selector["matchExpressions"]?.elements ?? []).map { one in
            "LabelSelectorRequirement{Key:\(one["key"]?.string ?? ""),Operator:\(one["operator"]?.string ?? ""),"
                + "Values:[\((one["values"]?.strings ?? []).joined(separator: " "))],},"
        }.joined()
        return "&LabelSelector{MatchLabels:map[string]string{\(labels)},"
            + "MatchExpressions:[]LabelSelectorRequirement{\(expressions)},}"
    }
}
