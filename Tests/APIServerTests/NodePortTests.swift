import APIMachinery
import KubeAPI
import Testing

@testable import APIServer

/// Which node ports a Service's ports get, over what is given, what is free, protocols, and changes of type.
@Suite struct NodePortTests {
    /// One port as text: `53/UDP`, with a node port `53/UDP:30053`.
    private static func ports(_ texts: [String]) -> JSON {
        JSON(
            texts.enumerated().map { index, text -> JSON in
                let sides = text.split(separator: ":")
                let words = sides[0].split(separator: "/")
                var port: JSON = [
                    "name": JSON("p\(index)"), "port": JSON(Int(words[0]) ?? 0),
                    "protocol": JSON(String(words[1])),
                ]
                if sides.count > 1 { port["nodePort"] = JSON(Int(sides[1]) ?? 0) }
                return port
            })
    }
    private static func spec(_ type: String, _ texts: [String], _ more: JSON = .object) -> JSON {
        var spec: JSON = ["type": JSON(type), "ports": ports(texts)]
        for member in more.members { spec[member.name] = member.value }
        return spec
    }
    private static func numbers(_ spec: JSON) -> [Int] {
        (spec["ports"]?.elements ?? []).map { $0["nodePort"]?.int ?? 0 }
    }
    /// Free ports are given in order, from 30000 on.
    private static func fill(
        _ spec: JSON, old: JSON? = nil, used: Set<Int> = [], range: ClosedRange<Int> = 30000...30009
    ) throws -> NodePortRequest {
        var request = NodePortRequest(spec: spec, old: old, range: range, used: used)
        try request.fill { 0 }
        return request
    }
    private static func fault(
        _ spec: JSON, old: JSON? = nil, used: Set<Int> = [], range: ClosedRange<Int> = 30000...30009
    ) throws -> String {
        do {
            _ = try fill(spec, old: old, used: used, range: range)
            return ""
        } catch AllocationError.invalid(let fault) {
            return "\(fault.field): \(fault.message)"
        } catch AllocationError.noneLeft(let sentence) {
            return sentence
        }
    }

    @Test(arguments: [
        (["53/TCP", "53/UDP"], [30000, 30000]),
        (["53/TCP", "53/UDP", "80/TCP"], [30000, 30000, 30001]),
        (["53/TCP:30007", "53/UDP"], [30007, 30007]),
        (["53/TCP", "53/UDP:30007"], [30007, 30007]),
        (["53/TCP:30007", "53/UDP:30007"], [30007, 30007]),
        (["53/TCP:30007", "53/UDP:30008"], [30007, 30008]),
        (["53/TCP", "53/UDP:30007", "53/SCTP:30008"], [30007, 30007, 30008]),
        (["53/TCP:30001", "53/UDP", "80/TCP:30002"], [30001, 30001, 30002]),
        // What somebody names is left alone by what is given out.
        (["53/TCP", "80/TCP"], [30000, 30001]),
    ])
    func aNewServiceSharesByPortNumber(_ texts: [String], _ expected: [Int]) throws {
        for type in ["NodePort", "LoadBalancer"] {
            let request = try Self.fill(Self.spec(type, texts))
            #expect(Self.numbers(request.spec) == expected)
            #expect(request.taken == Set(expected))
        }
    }

    @Test func collisionsAreToldWithTheField() throws {
        let taken = "provided port is already allocated"
        #expect(
            try Self.fault(Self.spec("NodePort", ["80/TCP", "53/TCP:30005"]), used: [30005])
                == "spec.ports[1].nodePort: Invalid value: 30005: \(taken)")
        #expect(
            try Self.fault(Self.spec("NodePort", ["53/TCP", "53/UDP:30005"]), used: [30005])
                == "spec.ports[0].nodePort: Invalid value: 30005: \(taken)")
        // Of a new Service two ports of different numbers cannot have one node port; of a changed one they can.
        let two = Self.spec("NodePort", ["53/TCP:30005", "54/UDP:30005"])
        #expect(try Self.fault(two) == "spec.ports[1].nodePort: Invalid value: 30005: \(taken)")
        let changed = try Self.fill(two, old: Self.spec("ClusterIP", ["53/TCP", "54/UDP"]))
        #expect(Self.numbers(changed.spec) == [30005, 30005])
        #expect(
            try Self.fault(Self.spec("LoadBalancer", ["80/TCP:80"]))
                == "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. "
                + "The range of valid ports is 30000-30009")
        #expect(
            try Self.fault(Self.spec("NodePort", ["1/TCP", "2/TCP"]), range: 30000...30000)
                == "failed to allocate a nodePort: range is full")
    }

    /// A port that an update leaves out stays what it was, by the port's name; what is new gets one for itself.
    @Test func anUpdateKeepsAndAdds() throws {
        let old = try Self.fill(Self.spec("NodePort", ["53/TCP", "53/UDP"])).spec
        let same = try Self.fill(Self.spec("NodePort", ["53/TCP", "53/UDP"]), old: old, used: [30000])
        #expect(Self.numbers(same.spec) == [30000, 30000])
        #expect(same.taken.isEmpty)
        let more = try Self.fill(
            Self.spec("NodePort", ["53/TCP", "53/UDP", "80/TCP"]), old: old, used: [30000])
        #expect(Self.numbers(more.spec) == [30000, 30000, 30001])
        // The node port of the first is named again for the second, so the first gets another.
        let moved = try Self.fill(
            Self.spec("NodePort", ["53/TCP", "80/TCP:30000"]), old: old, used: [30000])
        #expect(Self.numbers(moved.spec) == [30001, 30000])
        // From a type without node ports each port gets its own, as in Kubernetes.
        let fresh = try Self.fill(
            Self.spec("NodePort", ["53/TCP", "53/UDP"]),
            old: Self.spec("ClusterIP", ["53/TCP", "53/UDP"]))
        #expect(Self.numbers(fresh.spec) == [30000, 30001])
        let external = try Self.fill(
            Self.spec("NodePort", ["53/TCP"]), old: ["type": "ExternalName", "externalName": "a.b"],
            used: [30000])
        #expect(Self.numbers(external.spec) == [30001])
    }

    @Test func aLoadBalancerMayDoWithout() throws {
        let without: JSON = ["allocateLoadBalancerNodePorts": false]
        #expect(Self.numbers(try Self.fill(Self.spec("LoadBalancer", ["80/TCP"], without)).spec) == [0])
        #expect(
            Self.numbers(try Self.fill(Self.spec("LoadBalancer", ["80/TCP:30004"], without)).spec) == [
                30004
            ])
        #expect(
            Self.numbers(
                try Self.fill(Self.spec("LoadBalancer", ["80/TCP:30004", "80/UDP"], without)).spec)
                == [30004, 0])
        #expect(
            try Self.fault(Self.spec("LoadBalancer", ["80/TCP:30004"], without), used: [30004])
                == "spec.ports[0].nodePort: Invalid value: 30004: provided port is already allocated")
    }

    @Test func healthChecksHavePortsOfTheSamePool() throws {
        let local: JSON = ["externalTrafficPolicy": "Local"]
        let made = try Self.fill(Self.spec("LoadBalancer", ["80/TCP"], local))
        #expect(Self.numbers(made.spec) == [30000])
        #expect(made.spec["healthCheckNodePort"]?.int == 30001)
        #expect(made.taken == [30000, 30001])
        let named: JSON = ["externalTrafficPolicy": "Local", "healthCheckNodePort": 30006]
        let asked = try Self.fill(Self.spec("LoadBalancer", ["80/TCP"], named))
        #expect(asked.taken == [30000, 30006])
        let why =
            "failed to allocate requested HealthCheck NodePort 30006: provided port is already allocated"
        #expect(try Self.fault(Self.spec("LoadBalancer", ["80/TCP"], named), used: [30006]) == why)
        #expect(try Self.fault(Self.spec("LoadBalancer", ["80/TCP:30006"], named)) == why)
        // An update that leaves it out keeps it; one that comes to need it gets it.
        let kept = try Self.fill(
            Self.spec("LoadBalancer", ["80/TCP"], local), old: made.spec, used: made.taken)
        #expect(kept.spec["healthCheckNodePort"]?.int == 30001)
        #expect(kept.taken.isEmpty)
        let now = try Self.fill(
            Self.spec("LoadBalancer", ["80/TCP"], local),
            old: Self.spec("LoadBalancer", ["80/TCP:30000"]),
            used: [30000])
        #expect(now.spec["healthCheckNodePort"]?.int == 30001)
        #expect(
            try Self.fill(Self.spec("NodePort", ["80/TCP"], local)).spec["healthCheckNodePort"] == nil)
    }

    /// Types after types on one small pool: what a Service gives up others get, and nothing is lost.
    @Test func changesOfTypeGiveBack() async throws {
        try await Harness.run(Configuration(nodePorts: 30000...30001)) { cluster in
            func service(_ type: String, _ more: JSON = .object) -> JSON {
                var service: JSON = ServicesTests.service("a", type)
                for member in more.members { service["spec", member.name] = member.value }
                return service
            }
            let local: JSON = ["externalTrafficPolicy": "Local"]
            let path = "\(ServicesTests.path)/a"
            let made = try await cluster.call("POST", ServicesTests.path, service("LoadBalancer", local))
            #expect(made.json["spec", "healthCheckNodePort"]?.int ?? 0 >= 30000, "\(made.text)")
            func others() async throws -> Int {
                var free = 0
                for name in ["x", "y", "z"] {
                    let other: JSON = ServicesTests.service(name, "NodePort")
                    if try await cluster.call("POST", ServicesTests.path, other).status == 201 { free += 1 }
                }
                for name in ["x", "y", "z"] {
                    _ = try await cluster.call("DELETE", "\(ServicesTests.path)/\(name)")
                }
                return free
            }
            #expect(try await others() == 0)
            // The health check's goes with the policy, also when the client sends it back.
            var body: JSON = made.json
            body["spec", "externalTrafficPolicy"] = "Cluster"
            let cluster1 = try await cluster.call("PUT", path, body)
            #expect(cluster1.status == 200, "\(cluster1.text)")
            #expect(cluster1.json["spec", "healthCheckNodePort"] == nil)
            #expect(try await others() == 1)
            body = cluster1.json
            body["spec", "type"] = "ClusterIP"
            let plain = try await cluster.call("PUT", path, body)
            #expect(plain.status == 200, "\(plain.text)")
            #expect(plain.json["spec", "ports"]?[0]["nodePort"] == nil)
            #expect(plain.json["spec", "externalTrafficPolicy"] == nil)
            #expect(plain.json["spec", "allocateLoadBalancerNodePorts"] == nil)
            #expect(try await others() == 2)
            let named = try await cluster.call(
                "PUT", path, service("ExternalName", ["externalName": "a.b"]))
            #expect(named.status == 200, "\(named.text)")
            #expect(named.json["spec", "clusterIP"] == nil)
            let again = try await cluster.call("PUT", path, service("NodePort"))
            #expect(again.status == 200, "\(again.text)")
            #expect(try await others() == 1)
        }
    }
}
