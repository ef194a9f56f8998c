import APIMachinery
import KubeAPI

/// Where an endpoint's traffic should come from, by what the Service prefers (KEP-2433, KEP-3015).
enum EndpointHints {
    /// The first that is there counts.
    private static let topologyModes = [
        "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode",
    ]

    /// Hints for an endpoint that is ready; nil where the Service prefers nothing, or nothing is known of the place.
    static func of(_ endpoint: JSON, _ service: Service) -> JSON? {
        guard let preference = service.spec.trafficDistribution,
            ["PreferClose", "PreferSameZone", "PreferSameNode"].contains(preference),
            !asksForTopology(service), endpoint["conditions", "ready"]?.bool == true
        else { return nil }
        var hints: JSON = .object
        if let zone = endpoint["zone"] { hints["forZones"] = [["name": zone]] }
        if preference == "PreferSameNode", let node = endpoint["nodeName"] { hints["forNodes"] = [["name": node]] }
        return hints.isEmpty ? nil : hints
    }

    /// The annotation that came before the field takes precedence.
    private static func asksForTopology(_ service: Service) -> Bool {
        let value = topologyModes.lazy.compactMap { service.annotations[$0] }.first
        return value == "Auto" || value == "auto"
    }
}
