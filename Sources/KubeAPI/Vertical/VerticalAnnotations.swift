import APIMachinery

/// What the vertical autoscaler notes on pods.
public enum VerticalAnnotations {
    /// What was set when the pod was made.
    public static let updates = "vpaUpdates"
    /// The containers that were there when it was.
    public static let observedContainers = "vpaObservedContainers"
    /// That the pod was resized where it is.
    public static let inPlaceUpdated = "vpaInPlaceUpdated"

    static func containerNames(_ pod: JSON) -> [String] {
        PodRecommendation.containers(of: pod).map { $0["name"]?.string ?? "" }
    }
    /// The containers that the pod had when it was made; nil when nothing was noted, or not in this form.
    public static func observed(in pod: JSON) -> Set<String>? {
        guard let text = pod["metadata", "annotations"]?[observedContainers]?.string else { return nil }
        if text.isEmpty { return [] }
        let names = text.split(separator: ", ").map { String($0) }
        return names.allSatisfy { Validation.isDNS1123Label($0).isEmpty } ? Set(names) : nil
    }
}

extension PodRecommendation {
    /// The pod with the sizes that are recommended, and what was done for its annotation; nil where nothing is recommended.
    public func applied(to pod: JSON, by autoscaler: String) -> JSON? {
        var notes: [String] = []
        var containers = Self.containers(of: pod)
        for index in containers.indices {
            guard let sizes = sizes(of: containers[index]["name"]?.string ?? "") else { continue }
            var words = sizes.notes
            for (field, word, amounts) in [("requests", "request", sizes.requests), ("limits", "limit", sizes.limits)] {
                for name in amounts.names {
                    containers[index]["resources", field, name] = amounts[name]?.json
                    words.append("\(name) \(word)")
                }
            }
            if !words.isEmpty { notes.append("container \(index): \(words.joined(separator: ", "))") }
        }
        if notes.isEmpty { return nil }
        var pod = pod
        pod["spec", "containers"] = JSON(containers)
        pod["metadata", "annotations", VerticalAnnotations.updates] = JSON(
            "Pod resources updated by \(autoscaler): \(notes.joined(separator: "; "))")
        pod["metadata", "annotations", VerticalAnnotations.observedContainers] = JSON(
            VerticalAnnotations.containerNames(pod).joined(separator: ", "))
        // What a pod asks for is its class of service.
        if pod["status", "qosClass"] != nil {
            pod["status", "qosClass"] = JSON(QualityOfService.name(pod["spec"] ?? .object))
        }
        return pod
    }
}
