import APIMachinery

/// What the cluster autoscaler thinks of a group of nodes, for people: its size, the pods that wait, and each node.
struct NodeScalingText {
    let text: String

    /// `answer` is the site's at `/explain/scaling/nodes/{group}`.
    init(_ answer: JSON) {
        func number(_ names: String...) -> Int {
            names.reduce(Optional(answer)) { $0?[$1] }?.int ?? 0
        }
        var lines = [
            "Group \(answer["group"]?.string ?? ""): \(number("targetSize")) nodes (\(number("minSize")) to "
                + "\(number("maxSize"))), \(number("nodes", "ready")) ready, \(number("nodes", "starting")) starting, "
                + "\(number("nodes", "unready")) unready, \(number("nodes", "unregistered")) not registered"
        ]
        if answer["isClusterHealthy"]?.bool == false {
            lines.append("  nothing is done: too many nodes of the cluster are not ready")
        }
        let up = answer["scaleUp"] ?? .object
        if let increase = up["increase"] {
            lines.append("  grows from \(increase["from"]?.int ?? 0) to \(increase["to"]?.int ?? 0)")
        }
        if let reason = up["heldBackBy"]?.string { lines.append("  may not grow: \(reason)") }
        if let backoff = up["backoff"] {
            lines.append(
                "  left alone until \(backoff["until"]?.string ?? "") after \(backoff["failures"]?.int ?? 0) failures: "
                    + "\(backoff["errorMessage"]?.string ?? "")")
        }
        for pod in up["pods"]?.elements ?? [] {
            let alike = (pod["alike"]?.int ?? 1) - 1
            let whom = "\(pod["pod"]?.string ?? "")\(alike > 0 ? " and \(alike) like it" : "")"
            let reasons = (pod["reasons"]?.strings ?? []).joined(separator: ", ")
            lines.append("  \(whom): \(reasons.isEmpty ? "would fit" : reasons)")
        }
        let down = answer["scaleDown"] ?? .object
        if let reason = down["heldBackBy"]?.string { lines.append("  no node goes: \(reason)") }
        for node in down["nodes"]?.elements ?? [] {
            var line = "  node \(node["node"]?.string ?? "") \(node["state"]?.string ?? "")"
            if let since = node["since"]?.string { line += " since \(since)" }
            if let reason = node["reason"]?.string { line += ": \(reason)" }
            if let pod = node["pod"]?.string { line += " (\(pod), \(node["podReason"]?.string ?? ""))" }
            lines.append(line)
        }
        text = lines.joined(separator: "\n")
    }
}
