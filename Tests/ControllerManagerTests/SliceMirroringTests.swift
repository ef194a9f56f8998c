import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import Testing

@testable import ControllerManager

/// EndpointSlices of Endpoints that somebody keeps himself.
@Suite struct SliceMirroringTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    private let key = ObjectKey(namespace: "default", name: "s")

    private func endpoints(_ subsets: JSON, labels: JSON = ["of": "mine"]) -> Endpoints {
        Endpoints(["metadata": ["name": "s", "namespace": "default", "labels": labels], "subsets": subsets])
    }
    private func service(_ spec: JSON) -> Service {
        Service(["metadata": ["name": "s", "namespace": "default"], "spec": spec])
    }
    /// What slices say, in short: family, ports, and addresses, those that are not ready with a `!`.
    private static func brief(_ slices: [EndpointSlice]) -> [String] {
        slices.map { slice in
            let ports = (slice.json["ports"]?.elements ?? []).map {
                "\($0["name"]?.string ?? "")\($0["port"]?.int ?? 0)"
            }
            let addresses = (slice.json["endpoints"]?.elements ?? []).map {
                ($0["conditions", "ready"] == true ? "" : "!") + ($0["addresses"]?.strings.joined() ?? "")
            }
            return "\(slice.addressType ?? "") \(ports.joined(separator: ",")): \(addresses.joined(separator: " "))"
        }.sorted()
    }
    private func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let loop = ReconcilerRunner(SliceMirroringReconciler(harness.context), harness.context)
        try await harness.run([loop], retrying: true, body)
    }
    private func wait(_ wanted: [String]) async throws {
        try await harness.wait(EndpointSlice.self) { Self.brief($0) == wanted }
    }

    @Test(.timeLimit(.minutes(1))) func slicesFollowTheirEndpoints() async throws {
        try await run {
            _ = try await cluster.create(service(["ports": [["port": 80]]]))
            _ = try await cluster.create(
                endpoints([
                    [
                        "ports": [["port": 80]],
                        "addresses": [["ip": "10.1.2.3", "nodeName": "n", "hostname": "h"], ["ip": "fd00::1"]],
                        "notReadyAddresses": [["ip": "10.1.2.4"]],
                    ],
                    ["ports": [["name": "x", "port": 90]], "addresses": [["ip": "10.1.2.5"]]],
                ]))
            try await wait(["IPv4 80: 10.1.2.3 !10.1.2.4", "IPv4 x90: 10.1.2.5", "IPv6 80: fd00::1"])
            let slices = cluster.objects(EndpointSlice.self)
            let first = try #require(slices.first { $0.json["endpoints"]?[0]["addresses"]?.strings == ["10.1.2.3"] })
            #expect(first.json["endpoints"]?[0]["nodeName"] == "n" && first.json["endpoints"]?[0]["hostname"] == "h")
            #expect(first.labels["of"] == "mine" && first.labels["kubernetes.io/service-name"] == "s")
            #expect(first.metadata.ownerReferences.first?.kind == "Endpoints")
            // A change is written into the slice that is there.
            try await cluster.edit(Endpoints.self, key) {
                $0.json["subsets"] = [["ports": [["port": 81]], "addresses": [["ip": "10.2.3.4"]]]]
            }
            try await wait(["IPv4 81: 10.2.3.4"])
            #expect(slices.map(\.uid).contains(cluster.objects(EndpointSlice.self).first?.uid ?? ""))
            try await cluster.delete(Endpoints.self, key)
            try await wait([])
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNotToBeMirroredHasNone() async throws {
        let subsets: JSON = [["ports": [["port": 80]], "addresses": [["ip": "10.1.2.3"]]]]
        try await run {
            _ = try await cluster.create(endpoints(subsets))
            _ = try await cluster.create(service(["ports": [["port": 80]]]))
            try await wait(["IPv4 80: 10.1.2.3"])
            try await cluster.edit(Endpoints.self, key) {
                $0.metadata.labels["endpointslice.kubernetes.io/skip-mirror"] = "true"
            }
            try await wait([])
            try await cluster.edit(Endpoints.self, key) { $0.metadata.labels = [:] }
            try await wait(["IPv4 80: 10.1.2.3"])
            // A selector makes the addresses somebody else's to find.
            try await cluster.edit(Service.self, key) { $0.json["spec", "selector"] = ["a": "b"] }
            try await wait([])
        }
    }
}
