import APIMachinery
import ControlLoops
import KubeAPI

/// What a proxy knows of the place it runs at.
public struct ProxyPlace: Sendable {
    /// The nodes whose pods are here, for the `Local` traffic policies; nil takes every endpoint for a local one.
    public var nodeNames: Set<String>?
    /// Where node ports are opened.
    public var nodePortAddresses: [String]
    /// Whether the addresses of load balancers, and external ones, are this machine's.
    public var hasBalancers = true
    public init(nodeNames: Set<String>? = nil, nodePortAddresses: [String] = ["127.0.0.1"]) {
        self.nodeNames = nodeNames
        self.nodePortAddresses = nodePortAddresses
    }
}

/// Which listeners one Service asks for and where they lead, by Kubernetes' rules (KEP-1669, KEP-2086).
struct ServiceRules {
    let key: ObjectKey
    let entry: ServiceEntry
    let place: ProxyPlace

    /// Nothing for a Service that is gone, headless, or a mere name.
    func listeners() -> [Listener: TrafficRule] {
        guard let service = entry.service, !isSomebodyElses(service) else { return [:] }
        let spec = service.spec
        guard spec.type != "ExternalName", let clusterIP = spec.clusterIP, !clusterIP.isEmpty, clusterIP != "None"
        else { return [:] }
        var listeners: [Listener: TrafficRule] = [:]
        for port in spec.ports {
            guard let number = port.port, let transport = Listener.Transport(rawValue: port.protocol ?? "TCP") else {
                continue
            }
            let inside = rule(spec, port, isLocalOnly: spec.internalTrafficPolicy == "Local")
            let outside = rule(spec, port, isLocalOnly: spec.externalTrafficPolicy == "Local")
            let clusterIPs = spec.clusterIPs.isEmpty ? [clusterIP] : spec.clusterIPs
            for address in clusterIPs { listeners[Listener(transport, address, number)] = inside }
            for address in spec.externalIPs where place.hasBalancers {
                listeners[Listener(transport, address, number)] = outside
            }
            if let nodePort = port.nodePort, nodePort > 0 {
                for address in place.nodePortAddresses { listeners[Listener(transport, address, nodePort)] = outside }
            }
            for address in balancerAddresses(service) {
                var guarded = outside
                guarded?.sourceRanges = sourceRanges(spec)
                listeners[Listener(transport, address, number)] = guarded
            }
        }
        return listeners
    }

    /// What is told at its health check node port; nil without one.
    func health() -> ServiceHealth? {
        guard let service = entry.service, !isSomebodyElses(service), service.spec.type == "LoadBalancer",
            service.spec.externalTrafficPolicy == "Local", let port = service.spec.healthCheckNodePort, port > 0
        else { return nil }
        let near = entry.slices.values.flatMap(\.endpoints).filter { $0.isReady && isHere($0) }
        return ServiceHealth(service: key, port: port, endpoints: Set(near.map(\.address)).count)
    }

    /// Services that name another proxy, and headless ones, are not ours (well-known labels of Kubernetes).
    private func isSomebodyElses(_ service: Service) -> Bool {
        let labels = service.labels
        return labels["service.kubernetes.io/service-proxy-name"] != nil
            || labels["service.kubernetes.io/headless"] != nil
    }

    /// nil when nothing answers.
    private func rule(_ spec: ServiceSpec, _ port: ServicePort, isLocalOnly: Bool) -> TrafficRule? {
        let all = entry.endpoints(portNamed: port.name ?? "", transport: port.protocol ?? "TCP")
        let near = isLocalOnly ? all.filter { isHere($0.endpoint) } : all
        let ready = near.filter { $0.endpoint.isReady }
        // Pods that are on their way out but still answer are better than nothing.
        let usable = ready.isEmpty ? near.filter { $0.endpoint.isServing && $0.endpoint.isTerminating } : ready
        guard !usable.isEmpty else { return nil }
        return TrafficRule(
            service: key, portName: port.name ?? "",
            backends: usable.map { Backend($0.endpoint.address, $0.port) },
            affinitySeconds: spec.sessionAffinity == "ClientIP"
                ? spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? Limits.defaultAffinitySeconds : nil)
    }

    private func isHere(_ endpoint: ServiceEndpoint) -> Bool {
        guard let names = place.nodeNames else { return true }
        return endpoint.nodeName.map { names.contains($0) } ?? false
    }

    private func balancerAddresses(_ service: Service) -> [String] {
        guard service.spec.type == "LoadBalancer", place.hasBalancers else { return [] }
        // An address in mode Proxy belongs to a balancer that sends to node ports itself (KEP-1860).
        return service.status.loadBalancer?.ingress.filter { $0.ipMode != "Proxy" }.compactMap(\.ip) ?? []
    }

    /// What is no range lets nobody in; white space around one is let pass, as Kubernetes does.
    private func sourceRanges(_ spec: ServiceSpec) -> [CIDR]? {
        spec.loadBalancerSourceRanges.isEmpty
            ? nil : spec.loadBalancerSourceRanges.compactMap { CIDR($0.replacing(" ", with: "")) }
    }
}
