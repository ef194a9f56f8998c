import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// IPAddresses of Services, and the ranges that they are from.
@Suite struct ServiceNetworkTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    private var loops: [any ControlLoop] {
        [
            ReconcilerRunner(ServiceAddressReconciler(harness.context), harness.context),
            ReconcilerRunner(ServiceRangeReconciler(harness.context), harness.context),
        ]
    }
    private func service(_ name: String) -> Service {
        Service([
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": JSON(name), "namespace": "default"],
            "spec": ["ports": [["port": 80]]],
        ])
    }
    private func condition(_ range: ServiceCIDR) -> String {
        range.json["status", "conditions"]?.elements.first { $0["type"]?.string == "Ready" }?["status"]?.string ?? ""
    }

    @Test(.timeLimit(.minutes(1))) func everyClusterIPHasAnObject() async throws {
        try await harness.run(loops, retrying: true) {
            let made = try await cluster.create(service("web"))
            let address = made.json["spec", "clusterIP"]?.string ?? ""
            try await harness.wait(IPAddressObject.self) { $0.contains { $0.name == address } }
            let object = try #require(cluster.objects(IPAddressObject.self).first { $0.name == address })
            #expect(object.labels == [IPAddresses.familyLabel: "IPv4", IPAddresses.managerLabel: IPAddresses.manager])
            #expect(
                object.json["spec", "parentRef"] == ["resource": "services", "namespace": "default", "name": "web"])
            // What somebody else has made stays, what goes is made again.
            _ = try await cluster.create(
                IPAddressObject([
                    "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": ["name": "192.168.1.1"],
                    "spec": ["parentRef": ["resource": "services", "namespace": "default", "name": "other"]],
                ]))
            try await cluster.delete(IPAddressObject.self, ObjectKey(name: address))
            try await harness.wait(IPAddressObject.self) { objects in
                objects.contains { $0.name == address && $0.uid != object.uid }
            }
            try await cluster.delete(Service.self, ObjectKey(namespace: "default", name: "web"))
            try await harness.wait(IPAddressObject.self) { objects in !objects.contains { $0.name == address } }
            #expect(cluster.objects(IPAddressObject.self).contains { $0.name == "192.168.1.1" })
        }
    }

    @Test(.timeLimit(.minutes(1))) func aRangeIsHeldWhileItsAddressesAreInUse() async throws {
        let loop = ReconcilerRunner(ServiceRangeReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true) {
            for (name, range) in [("used", "10.250.0.0/24"), ("idle", "10.251.0.0/24")] {
                _ = try await cluster.create(
                    ServiceCIDR([
                        "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": ["name": JSON(name)],
                        "spec": ["cidrs": [JSON(range)]],
                    ]))
            }
            _ = try await cluster.create(
                IPAddressObject([
                    "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
                    "metadata": [
                        "name": "10.250.0.7", "labels": [IPAddresses.managerLabel: JSON(IPAddresses.manager)],
                    ],
                    "spec": ["parentRef": ["resource": "services", "namespace": "default", "name": "web"]],
                ]))
            try await harness.wait(ServiceCIDR.self) { $0.count == 2 && $0.allSatisfy { condition($0) == "True" } }
            for name in ["used", "idle"] { try await cluster.delete(ServiceCIDR.self, ObjectKey(name: name)) }
            try await harness.wait(ServiceCIDR.self) { $0.map(\.name) == ["used"] && condition($0[0]) == "False" }
            try await cluster.delete(IPAddressObject.self, ObjectKey(name: "10.250.0.7"))
            try await harness.wait(ServiceCIDR.self) { $0.isEmpty }
        }
    }
}
