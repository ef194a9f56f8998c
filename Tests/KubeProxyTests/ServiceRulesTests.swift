import APIMachinery
import ControlLoops
import KubeAPI
import Logging
import TestKit
import Testing

@testable import KubeProxy

@Suite struct ServiceRulesTests {
    let key = ObjectKey(namespace: "default", name: "web")

    func service(_ change: (inout ServiceSpec) -> Void = { _ in }) -> Service {
        Service {
            $0.metadata.name = "web"
            $0.metadata.namespace = "default"
            var spec = ServiceSpec()
            spec.type = "ClusterIP"
            spec.clusterIP = "127.96.0.9"
            spec.clusterIPs = ["127.96.0.9"]
            spec.ports = [
                ServicePort {
                    $0.name = "http"
                    $0.port = 80
                    $0.protocol = "TCP"
                }
            ]
            change(&spec)
            $0.spec = spec
        }
    }
    let ready = ServiceEndpoint(address: "127.100.0.1", nodeName: "a")
    let far = ServiceEndpoint(address: "127.100.1.1", nodeName: "b")
    let leaving = ServiceEndpoint(
        address: "127.100.0.2", nodeName: "a", isReady: false, isServing: true, isTerminating: true)
    let broken = ServiceEndpoint(address: "127.100.0.3", nodeName: "a", isReady: false, isServing: false)

    func listeners(
        _ service: Service, _ endpoints: [ServiceEndpoint], place: ProxyPlace = ProxyPlace()
    ) -> [Listener: TrafficRule] {
        let slice = ServiceSlice(endpoints: endpoints, ports: [ServiceSlice.Port(name: "http", number: 8080)])
        return ServiceRules(key: key, entry: ServiceEntry(service: service, slices: ["web-1": slice]), place: place)
            .listeners()
    }
    let clusterIP = Listener(.tcp, "127.96.0.9", 80)

    @Test func trafficGoesToReadyEndpointsAtTheirPort() {
        let rules = listeners(service(), [ready, far, leaving, broken])
        #expect(rules.keys.sorted { $0.description < $1.description } == [clusterIP])
        #expect(rules[clusterIP]?.backends == [Backend("127.100.0.1", 8080), Backend("127.100.1.1", 8080)])
    }

    @Test func servingPodsOnTheirWayOutAreTheLastResort() {
        #expect(listeners(service(), [leaving, broken])[clusterIP]?.backends == [Backend("127.100.0.2", 8080)])
        #expect(listeners(service(), [broken]).isEmpty, "nobody listens for a service that nobody serves")
    }

    @Test func headlessAndExternalNamesHaveNoListener() {
        #expect(listeners(service { $0.clusterIP = "None" }, [ready]).isEmpty)
        #expect(listeners(service { $0.type = "ExternalName" }, [ready]).isEmpty)
        var other = service()
        other.metadata.labels = ["service.kubernetes.io/service-proxy-name": "other"]
        #expect(listeners(other, [ready]).isEmpty)
    }

    @Test func nodePortsAndBalancersHaveTheirOwnListeners() {
        var balanced = service {
            $0.type = "LoadBalancer"
            $0.ports[0].nodePort = 30_080
            $0.externalIPs = ["127.50.0.1"]
            $0.loadBalancerSourceRanges = ["127.0.0.0/8"]
        }
        balanced.status.loadBalancer = LoadBalancerStatus {
            $0.ingress = [LoadBalancerIngress { $0.ip = "127.60.0.1" }, LoadBalancerIngress { $0.hostname = "x" }]
        }
        let rules = listeners(balanced, [ready])
        #expect(
            Set(rules.keys) == [
                clusterIP, Listener(.tcp, "127.0.0.1", 30_080), Listener(.tcp, "127.50.0.1", 80),
                Listener(.tcp, "127.60.0.1", 80),
            ])
        #expect(rules[Listener(.tcp, "127.60.0.1", 80)]?.sourceRanges?.count == 1)
        #expect(rules[clusterIP]?.sourceRanges == nil)
    }

    @Test func localPoliciesKeepToTheNodesOfThisPlace() {
        let place = ProxyPlace(nodeNames: ["a"])
        let local = service {
            $0.type = "NodePort"
            $0.ports[0].nodePort = 30_080
            $0.externalTrafficPolicy = "Local"
        }
        let rules = listeners(local, [ready, far], place: place)
        #expect(rules[clusterIP]?.backends.count == 2)
        #expect(rules[Listener(.tcp, "127.0.0.1", 30_080)]?.backends == [Backend("127.100.0.1", 8080)])
        let inside = service { $0.internalTrafficPolicy = "Local" }
        #expect(listeners(inside, [far], place: place).isEmpty)
        #expect(listeners(inside, [far, leaving], place: place)[clusterIP]?.backends == [Backend("127.100.0.2", 8080)])
    }

    @Test func affinityHasKubernetesDefaultTime() {
        let sticky = service { $0.sessionAffinity = "ClientIP" }
        #expect(listeners(sticky, [ready])[clusterIP]?.affinitySeconds == 10_800)
    }
}

@Suite struct ProxyPlanTests {
    func rule(_ name: String, _ port: Int) -> TrafficRule {
        TrafficRule(
            service: ObjectKey(namespace: "d", name: name), portName: "", backends: [Backend("127.100.0.1", port)])
    }
    let a = ObjectKey(namespace: "d", name: "a")
    let b = ObjectKey(namespace: "d", name: "b")
    let listener = Listener(.tcp, "127.96.0.1", 80)

    @Test func onlyDifferencesBecomeSteps() {
        var plan = ProxyPlan()
        #expect(plan.serviceChanged(a, to: [listener: rule("a", 1)]) == [.open(listener, rule("a", 1))])
        #expect(plan.serviceChanged(a, to: [listener: rule("a", 1)]) == [])
        #expect(plan.serviceChanged(a, to: [listener: rule("a", 2)]) == [.change(listener, rule("a", 2))])
        #expect(plan.serviceChanged(a, to: [:]) == [.close(listener)])
        #expect(plan.rules.isEmpty)
    }

    @Test func whoeverComesFirstByKeyHasAnAddress() {
        var plan = ProxyPlan()
        #expect(plan.serviceChanged(b, to: [listener: rule("b", 1)]) == [.open(listener, rule("b", 1))])
        #expect(plan.serviceChanged(a, to: [listener: rule("a", 2)]) == [.change(listener, rule("a", 2))])
        #expect(plan.serviceChanged(b, to: [listener: rule("b", 3)]) == [])
        #expect(plan.serviceChanged(a, to: [:]) == [.change(listener, rule("b", 3))])
    }
}

extension ServiceRulesTests {
    @Test(.timeLimit(.minutes(1))) func aBalancerOutsideIsToldWhetherPodsAreHere() async throws {
        let port = try FreePorts.take()
        let local = service {
            $0.type = "LoadBalancer"
            $0.externalTrafficPolicy = "Local"
            $0.healthCheckNodePort = port
        }
        func health(_ service: Service, _ endpoints: [ServiceEndpoint]) -> ServiceHealth? {
            let slice = ServiceSlice(endpoints: endpoints, ports: [ServiceSlice.Port(name: "http", number: 8080)])
            return ServiceRules(
                key: key, entry: ServiceEntry(service: service, slices: ["web-1": slice]),
                place: ProxyPlace(nodeNames: ["a"])
            ).health()
        }
        #expect(health(local, [ready, far, leaving, broken])?.endpoints == 1)
        #expect(health(local, [far])?.endpoints == 0)
        #expect(health(service { $0.type = "LoadBalancer" }, [ready]) == nil)

        let ports = HealthCheckPorts(addresses: ["127.0.0.1"], logger: Logger(label: "test"))
        func answer() throws -> ProgramResult {
            try Program.run("curl", ["-s", "-i", "--max-time", "5", "http://127.0.0.1:\(port)/healthz"])
        }
        await ports.serviceChanged(key, to: health(local, [ready]))
        try await eventually("the port to be open") { try answer().exitCode == 0 }
        let good = try answer().output.lowercased()
        #expect(good.hasPrefix("http/1.1 200") && good.contains("x-load-balancing-endpoint-weight: 1"), "\(good)")
        #expect(good.contains("\"localendpoints\": 1,\n\t\"serviceproxyhealthy\": true"), "\(good)")
        await ports.serviceChanged(key, to: health(local, [far]))
        #expect(try answer().output.hasPrefix("HTTP/1.1 503"))
        await ports.serviceChanged(key, to: nil)
        try await eventually("the port to be closed") { try answer().exitCode == 7 }
        await ports.closeAll()
    }

    @Test func whatIsElsewhereIsNotListenedAt() {
        let balanced = service {
            $0.type = "LoadBalancer"
            $0.externalIPs = ["192.0.2.9"]
        }
        var place = ProxyPlace()
        #expect(listeners(balanced, [ready], place: place).count == 2)
        place.hasBalancers = false
        #expect(Set(listeners(balanced, [ready], place: place).keys) == [clusterIP])
    }
}
