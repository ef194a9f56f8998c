import APIMachinery
import ControlLoops
import KubeAPI

/// All that the proxy is to do, read from the cluster as one value.
struct IngressPlan: Sendable {
    var routes = RoutingTable()
    var upstreams: [ServiceTarget: [Upstream]] = [:]
    /// Which Secret has the certificate of a host.
    var certificates: [String: Secret] = [:]
    /// Ingresses that we serve.
    var ours: [Ingress] = []
}

/// Makes the plan from the objects.
struct IngressPlanner {
    func plan(
        ingresses: [Ingress], classes: [IngressClass], secret: (ObjectKey) -> Secret?,
        entry: (ObjectKey) -> ServiceEntry?
    ) -> IngressPlan {
        let rules = IngressRules(classes: classes)
        var plan = IngressPlan()
        plan.ours = IngressRules.inOrder(ingresses.filter { rules.isOurs($0) && !$0.isBeingDeleted })
        plan.routes = rules.table(of: plan.ours)
        for target in plan.routes.targets {
            plan.upstreams[target] = entry(target.service).map { Self.upstreams(of: target, $0) } ?? []
        }
        for ingress in plan.ours {
            for tls in ingress.spec.tls {
                guard let name = tls.secretName,
                    let found = secret(ObjectKey(namespace: ingress.namespace, name: name))
                else { continue }
                // Without hosts it is for those of the rules.
                let hosts = tls.hosts.isEmpty ? ingress.spec.rules.compactMap(\.host) : tls.hosts
                for host in hosts where plan.certificates[host.lowercased()] == nil {
                    plan.certificates[host.lowercased()] = found
                }
            }
        }
        return plan
    }

    /// Where a target leads now: ready endpoints, or those on their way out that still serve when no other is left.
    static func upstreams(of target: ServiceTarget, _ entry: ServiceEntry) -> [Upstream] {
        guard let service = entry.service else { return [] }
        let port = service.spec.ports.first { port in
            switch target.port {
            case .name(let name): port.name == name
            case .number(let number): port.port == number
            }
        }
        if service.spec.type == "ExternalName", let name = service.spec.externalName {
            if case .number(let number) = target.port { return [Upstream(name, number)] }
            return port?.port.map { [Upstream(name, $0)] } ?? []
        }
        guard let port else { return [] }
        let all = entry.endpoints(portNamed: port.name ?? "", transport: "TCP")
        let ready = all.filter { $0.endpoint.isReady }
        let usable = ready.isEmpty ? all.filter { $0.endpoint.isServing && $0.endpoint.isTerminating } : ready
        return usable.map { Upstream($0.endpoint.address, $0.port) }
    }
}
