import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

@Suite struct EndpointHintTests {
    private func hints(_ preference: String?, _ endpoint: JSON, annotations: [String: String] = [:]) -> JSON? {
        EndpointHints.of(
            endpoint,
            Service {
                $0.metadata.annotations = annotations
                $0.spec.trafficDistribution = preference
            })
    }

    @Test func aReadyEndpointIsForItsOwnZoneAndNode() {
        let endpoint: JSON = ["conditions": ["ready": true], "zone": "z1", "nodeName": "n1"]
        let zones: JSON = ["forZones": [["name": "z1"]]]
        #expect(hints(nil, endpoint) == nil)
        #expect(hints("PreferClose", endpoint) == zones)
        #expect(hints("PreferSameZone", endpoint) == zones)
        #expect(hints("PreferSameNode", endpoint) == ["forZones": [["name": "z1"]], "forNodes": [["name": "n1"]]])
        #expect(hints("Elsewhere", endpoint) == nil)
        var other = endpoint
        other["zone"] = nil
        #expect(hints("PreferSameZone", other) == nil)
        #expect(hints("PreferSameNode", other) == ["forNodes": [["name": "n1"]]])
        other = endpoint
        other["conditions"] = ["ready": false]
        #expect(hints("PreferSameZone", other) == nil)
        // Whoever asked for topology before there was the field has asked for something else.
        for name in ["service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"] {
            #expect(hints("PreferSameZone", endpoint, annotations: [name: "Auto"]) == nil)
            #expect(hints("PreferSameZone", endpoint, annotations: [name: "Disabled"]) == zones)
        }
    }

    @Test(.timeLimit(.minutes(1))) func slicesFollowTheServiceAndTheNode() async throws {
        let harness = Harness()
        let cluster = harness.cluster
        let loop = ReconcilerRunner(EndpointSliceReconciler(harness.context), harness.context)
        let key = ObjectKey(namespace: "default", name: "web")
        func zones(_ slices: [EndpointSlice]) -> [String] {
            (slices.first?.json["endpoints"]?.elements ?? []).flatMap { endpoint in
                (endpoint["hints", "forZones"]?.elements ?? []).compactMap { $0["name"]?.string }
            }
        }
        try await harness.run([loop], retrying: true) {
            _ = try await cluster.create(
                Node {
                    $0.metadata.name = "n1"
                    $0.metadata.labels = ["topology.kubernetes.io/zone": "z1"]
                })
            _ = try await cluster.create(
                Service {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "default"; $0.name = "web"
                    }
                    $0.json["spec"] = ["selector": ["app": "web"], "ports": [["port": 80]]]
                })
            try await cluster.make(
                Pod {
                    $0.metadata = ObjectMeta {
                        $0.namespace = "default"; $0.name = "p"; $0.labels = ["app": "web"]
                    }
                    $0.json["spec"] = ["nodeName": "n1", "containers": [["name": "c", "image": "i"]]]
                    $0.json["status"] = [
                        "phase": "Running", "podIP": "10.0.0.1", "podIPs": [["ip": "10.0.0.1"]],
                        "conditions": [["type": "Ready", "status": "True"]],
                    ]
                })
            try await harness.wait(EndpointSlice.self) { $0.first?.json["endpoints"]?[0]["zone"]?.string == "z1" }
            #expect(zones(cluster.objects(EndpointSlice.self)).isEmpty)
            try await cluster.edit(Service.self, key) { $0.spec.trafficDistribution = "PreferSameZone" }
            try await harness.wait(EndpointSlice.self) { zones($0) == ["z1"] }
            try await cluster.edit(Node.self, ObjectKey(name: "n1")) {
                $0.metadata.labels = ["topology.kubernetes.io/zone": "z2"]
            }
            try await harness.wait(EndpointSlice.self) { zones($0) == ["z2"] }
            try await cluster.edit(Service.self, key) { $0.spec.trafficDistribution = nil }
            try await harness.wait(EndpointSlice.self) { zones($0).isEmpty }
        }
    }
}
