import APIMachinery
import ControlLoops
import KubeAPI

/// All that the proxy is to do, read from the cluster as one value.
struct IngressPlan: Sendable {
    var routes = RoutingTable()
    var upstreams: [ServiceTarget: [Upstream]] = [:]
    /// The certificates of hosts; of two Ingresses that claim one host the older has it.
    var certificates: [HostCertificate] = []
    /// Ingresses that we serve.
    var ours: [Ingress] = []
    /// What cannot be served as it is written, but for what is wrong with certificates.
    var problems: [IngressProblem] = []
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
        (plan.routes, plan.problems) = rules.read(plan.ours)
        plan.problems += ingresses.compactMap { $0.isBeingDeleted ? nil : rules.classProblem($0) }
        for (target, ingresses) in plan.routes.targets {
            let found = entry(target.service)
            plan.upstreams[target] = found.map { Self.upstreams(of: target, $0) } ?? []
            guard let fault = Self.fault(of: target, found?.service) else { continue }
            plan.problems += ingresses.map { IngressProblem($0, .backend, fault) }
        }
        plan.certificates = Self.certificates(of: plan.ours, secret)
        return plan
    }

    private static func certificates(
        of ingresses: [Ingress], _ secret: (ObjectKey) -> Secret?
    ) -> [HostCertificate] {
        var certificates: [HostCertificate] = []
        var hosts: Set<String> = []
        for ingress in ingresses {
            for tls in ingress.spec.tls {
                guard let name = tls.secretName, !name.isEmpty else { continue }
                let found = secret(ObjectKey(namespace: ingress.namespace, name: name))
                // Without hosts it is for those of the rules.
                let named = tls.hosts.isEmpty ? ingress.spec.rules.compactMap(\.host) : tls.hosts
                for host in named.map({ $0.lowercased() }) where hosts.insert(host).inserted {
                    certificates.append(
                        HostCertificate(host: host, ingress: ingress.key, name: name, secret: found))
                }
            }
        }
        return certificates
    }

    /// Why a target can lead nowhere, whatever pods there are.
    private static func fault(of target: ServiceTarget, _ service: Service?) -> String? {
        guard let service else { return "there is no service \(target.service.name)" }
        if port(of: target, service) != nil { return nil }
        switch target.port {
        case .name(let name): return "service \(target.service.name) has no port of the name \(name)"
        case .number(let number):
            return service.spec.type == "ExternalName" ? nil : "service \(target.service.name) has no port \(number)"
        }
    }

    private static func port(of target: ServiceTarget, _ service: Service) -> ServicePort? {
        service.spec.ports.first { port in
            switch target.port {
            case .name(let name): port.name == name
            case .number(let number): port.port == number
            }
        }
    }

    /// Where a target leads now: ready endpoints, or those on their way out that still serve when no other is left.
    static func upstreams(of target: ServiceTarget, _ entry: ServiceEntry) -> [Upstream] {
        guard let service = entry.service else { return [] }
        let port = port(of: target, service)
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
