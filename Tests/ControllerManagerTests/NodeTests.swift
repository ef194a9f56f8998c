import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

@Suite struct NodeTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private func node(_ name: String) -> Node {
        Node {
            $0.metadata = ObjectMeta { $0.name = name }
            $0.json["spec"] = .object
            $0.json["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
        }
    }
    private func lease(_ name: String, _ renewed: Instant) -> Lease {
        Lease {
            $0.metadata = ObjectMeta {
                $0.namespace = "kube-node-lease"; $0.name = name
            }
            $0.json["spec"] = ["renewTime": JSON(renewed.rfc3339Micro)]
        }
    }

    @Test(.timeLimit(.minutes(1))) func aSilentNodeBecomesUnknownAndItsPodsMoveOn() async throws {
        let context = harness.context
        let clock = harness.clock
        let loops: [any ControlLoop] = [
            ReconcilerRunner(NodeLifecycleReconciler(context), context),
            ReconcilerRunner(TaintEvictionReconciler(context), context),
        ]
        for name in ["n1", "n2"] {
            try await cluster.make(node(name))
            _ = try await cluster.create(lease(name, clock.now))
        }
        try await cluster.make(
            Pod {
                $0.metadata = ObjectMeta {
                    $0.namespace = "default"; $0.name = "p"
                }
                $0.json["spec"] = [
                    "nodeName": "n1", "containers": [["name": "c", "image": "i"]],
                    "tolerations": [
                        [
                            "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
                            "tolerationSeconds": 300,
                        ]
                    ],
                ]
                $0.json["status"] = ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]
            })
        try await harness.run(loops) {
            try await harness.world.waitUntilSynced()
            // n2 goes on renewing, n1 falls silent.
            func isUnknown() -> Bool {
                cluster.object(Node.self, ObjectKey(name: "n1")).flatMap { NodeHealth.ready($0) } == "Unknown"
            }
            // The loops must have seen the renewal before the clock goes on, or n2 would seem silent too.
            func renew() async throws {
                let key = ObjectKey(namespace: "kube-node-lease", name: "n2")
                let time = JSON(clock.now.rfc3339Micro)
                try await cluster.edit(Lease.self, key) { $0.json["spec"] = ["renewTime": time] }
                try await harness.world.cache(Lease.resource).wait(until: key) { $0?["spec", "renewTime"] == time }
                await Task.yield()
            }
            var spent = 0
            while !isUnknown() {
                clock.advance(by: .seconds(1))
                spent += 1
                try await renew()
            }
            #expect(spent >= 40)
            try await harness.wait(Node.self) { nodes in
                (nodes[0].json["spec", "taints"]?.elements ?? []).contains {
                    $0["key"]?.string == "node.kubernetes.io/unreachable" && $0["effect"]?.string == "NoExecute"
                }
            }
            try await harness.wait(Pod.self) { $0[0].condition("Ready")?["status"]?.string == "False" }
            #expect(cluster.objects(Pod.self)[0].isBeingDeleted == false)
            while !cluster.objects(Pod.self)[0].isBeingDeleted {
                clock.advance(by: .seconds(10))
                try await renew()
            }
            #expect(clock.now >= Instant(rfc3339: "2026-01-01T00:05:40Z") ?? .distantFuture)
        }
    }

    @Test func taintsFollowConditionsAndLeaveOthersAlone() {
        let now = harness.clock.now
        var node = node("n")
        node.json["spec"] = [
            "unschedulable": true,
            "taints": [
                ["key": "mine", "effect": "NoExecute"], ["key": "node.kubernetes.io/not-ready", "effect": "NoExecute"],
            ],
        ]
        node.json["status", "conditions"] = [
            ["type": "Ready", "status": "True"], ["type": "DiskPressure", "status": "True"],
        ]
        func keys(_ taints: [JSON]?) -> [String] {
            (taints ?? []).map { "\($0["key"]?.string ?? ""):\($0["effect"]?.string ?? "")" }
        }
        let taints = NodeHealth.taints(node, mayEvict: true, now)
        #expect(
            keys(taints) == [
                "mine:NoExecute", "node.kubernetes.io/disk-pressure:NoSchedule",
                "node.kubernetes.io/unschedulable:NoSchedule",
            ])
        node.json["spec", "taints"] = JSON(taints ?? [])
        #expect(NodeHealth.taints(node, mayEvict: true, now) == nil)
        // While no node is ready nobody is evicted.
        node.json["status", "conditions"] = [["type": "Ready", "status": "Unknown"]]
        #expect(
            !keys(NodeHealth.taints(node, mayEvict: false, now)).contains("node.kubernetes.io/unreachable:NoExecute"))
        #expect(keys(NodeHealth.taints(node, mayEvict: true, now)).contains("node.kubernetes.io/unreachable:NoExecute"))
    }

    @Test func tolerationsSetTheTimeOfEviction() {
        let now = harness.clock.now
        let taint: JSON = ["key": "k", "value": "v", "effect": "NoExecute", "timeAdded": JSON(now.rfc3339)]
        func time(_ tolerations: JSON) -> Instant? {
            TaintEvictionReconciler.evictionTime(
                Pod { $0.json["spec"] = ["tolerations": tolerations] }, [taint], now)
        }
        #expect(time([]) == now)
        #expect(time([["operator": "Exists"]]) == nil)
        #expect(time([["key": "k", "value": "other"]]) == now)
        #expect(time([["key": "k", "value": "v", "tolerationSeconds": 60]]) == now + .seconds(60))
        #expect(
            time([
                ["key": "k", "operator": "Exists", "tolerationSeconds": 60],
                ["key": "k", "operator": "Exists", "tolerationSeconds": 30],
            ]) == now + .seconds(30))
        #expect(time([["key": "k", "operator": "Exists", "effect": "NoSchedule"]]) == now)
    }

    @Test(.timeLimit(.minutes(1))) func podsOfANodeThatIsNoMoreAreSweptAway() async throws {
        let clock = harness.clock
        try await cluster.make(node("n1"))
        for (name, where_) in [("here", "n1"), ("lost", "gone")] {
            _ = try await cluster.create(
                Pod {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "default"; $0.name = name
                    }
                    $0.json["spec"] = ["nodeName": JSON(where_), "containers": [["name": "c", "image": "i"]]]
                })
        }
        try await harness.run([ReconcilerRunner(PodGarbageReconciler(harness.context), harness.context)]) {
            let start = clock.now
            while cluster.objects(Pod.self).count == 2 {
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
            #expect(cluster.objects(Pod.self).map(\.name) == ["here"])
            #expect(clock.now - start >= .seconds(40))
        }
    }

    @Test(.timeLimit(.minutes(1))) func everyNodeGetsANetworkOfItsOwn() async throws {
        // Room for four, of which the first is kept.
        let network = try ClusterNetwork(
            podCIDR: CIDR(ipv4: 10 << 24, prefixLength: 22), serviceCIDR: CIDR(ipv4: 11 << 24, prefixLength: 24))
        let context = harness.context
        let loop = ReconcilerRunner(
            NodeAddressReconciler(context, network: network, reserved: 1), context, concurrency: 1)
        var own = node("b")
        own.json["spec"] = ["podCIDR": "10.0.2.0/24", "podCIDRs": ["10.0.2.0/24"]]
        try await cluster.make(own)
        for name in ["a", "c", "d"] { try await cluster.make(node(name)) }
        func ranges(_ wanted: [String: String]) -> ([Node]) -> Bool {
            { nodes in
                Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.spec.podCIDR ?? "") }) == wanted
                    && nodes.allSatisfy { $0.spec.podCIDRs == [$0.spec.podCIDR].compactMap { $0 } }
            }
        }
        try await harness.run([loop], retrying: true) {
            let first = ["a": "10.0.1.0/24", "b": "10.0.2.0/24", "c": "10.0.3.0/24", "d": ""]
            try await harness.wait(Node.self, until: ranges(first))
            // A network that comes free is the next one's.
            try await cluster.delete(Node.self, ObjectKey(name: "b"))
            try await harness.wait(
                Node.self, until: ranges(["a": "10.0.1.0/24", "c": "10.0.3.0/24", "d": "10.0.2.0/24"]))
        }
    }
}
