import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import Logging
import LoopTestKit
import Synchronization
import TestKit
import Testing

@testable import ControllerManager
@testable import Kubeadm

/// A node's certificates by requests, from the cluster's own loops.
@Suite struct NodeCertificateTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }
    let directory: DataDirectory
    private let adopted = Box<[KeyPair]>([])

    init() throws {
        directory = try DataDirectory(
            path: FileManager.default.temporaryDirectory.path + "/node-\(UUID().uuidString.prefix(8))")
    }

    private func loops() throws -> [any ControlLoop] {
        let now = Date(timeIntervalSince1970: Double(harness.clock.now.secondsSince1970))
        let signer = Authority(authority: try CertificateAuthority(commonName: "test", now: now))
        return [
            ReconcilerRunner(CertificateApprovingReconciler(harness.context, signer), harness.context),
            ReconcilerRunner(CertificateSigningReconciler(harness.context, signer), harness.context),
        ]
    }

    private func keeper(_ purpose: NodeCertificateKeeper.Purpose, _ current: KeyPair? = nil) throws
        -> NodeCertificateKeeper
    {
        let (cluster, adopted) = (cluster, adopted)
        return NodeCertificateKeeper(
            node: "a", purpose: purpose, files: try files(purpose), current: current, clock: harness.clock,
            random: SplitMix64(seed: 1), logger: Logger(label: "test"), api: { cluster },
            adopt: { adopted.value.append($0) })
    }
    private func files(_ purpose: NodeCertificateKeeper.Purpose) throws -> NodeCertificateFiles {
        switch purpose {
        case .client: try NodeCertificateFiles("kubelet-client", directory: directory)
        case .serving: try NodeCertificateFiles("kubelet-server", directory: directory)
        }
    }
    private var now: Date { Date(timeIntervalSince1970: Double(harness.clock.now.secondsSince1970)) }
    private var requests: [CertificateSigningRequest] { cluster.objects(CertificateSigningRequest.self) }

    @Test(.timeLimit(.minutes(1))) func aClientCertificateIsGivenKeptAndReplacedInTime() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        try await harness.run(try loops(), retrying: true) {
            let running = Task { try await keeper(.client).run() }
            try await eventually("the first certificate") {
                harness.clock.advance(by: .milliseconds(100))
                return adopted.value.count == 1
            }
            let first = try #require(adopted.value.first)
            #expect(first.isOfNode("a", at: now) && !first.isOfNode("b", at: now))
            #expect(try files(.client).read() == first)
            let request = try #require(requests.first)
            #expect(request.json["spec", "signerName"]?.string == "kubernetes.io/kube-apiserver-client-kubelet")
            #expect(request.json["spec", "usages"]?.strings == ["digital signature", "client auth"])

            // From 70 to 90 % of its life.
            let life = try #require(CertificateLife(pem: first.certificatePEM))
            let length = Int(life.end.timeIntervalSince(life.begin))
            harness.clock.advance(by: .seconds(length * 69 / 100))
            try await eventually("the second certificate") {
                harness.clock.advance(by: .seconds(6 * 3_600))
                return adopted.value.count == 2
            }
            let share = now.timeIntervalSince(life.begin) / Double(length)
            #expect(share > 0.7 && share < 0.91, "\(share)")
            #expect(adopted.value[1].privateKeyPEM != first.privateKeyPEM)
            #expect(try files(.client).read() == adopted.value[1])
            running.cancel()
            try await running.value
        }
    }

    @Test(.timeLimit(.minutes(1))) func aServersIsForSomebodyToApproveAndOneThatIsDeniedIsAskedForAnew() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let names = CertificateAuthority.SubjectNames(dnsNames: ["a"], addresses: ["192.0.2.7"])
        try await harness.run(try loops(), retrying: true) {
            let running = Task { try await keeper(.serving(names)).obtain() }
            try await harness.wait(CertificateSigningRequest.self) { $0.count == 1 }
            #expect(requests[0].status.conditions.isEmpty)
            // Killed while it waits: the next start waits for the same request.
            running.cancel()
            _ = await running.result
            let next = Task { try await keeper(.serving(names)).obtain() }
            var denied = requests[0].json
            denied["status", "conditions"] = [["type": "Denied", "status": "True", "reason": "No", "message": "why"]]
            _ = try await cluster.update(CertificateSigningRequest.resource, denied, subresource: .approval)
            let name = requests[0].name
            #expect(requests.count == 1)
            let advancing = Task {
                while (try? await Task.sleep(for: .milliseconds(1))) != nil {
                    harness.clock.advance(by: .milliseconds(100))
                }
            }
            defer { advancing.cancel() }
            await #expect(throws: NodeCertificateKeeper.Refusal(description: "the request \(name) is denied: No, why"))
            {
                try await next.value
            }
            let third = Task { try await keeper(.serving(names)).obtain() }
            try await harness.wait(CertificateSigningRequest.self) { $0.count == 2 }
            var approved = try #require(requests.first { $0.name != name }).json
            approved["status", "conditions"] = [
                ["type": "Approved", "status": "True", "reason": "Test", "message": "by hand"]
            ]
            _ = try await cluster.update(CertificateSigningRequest.resource, approved, subresource: .approval)
            let pair = try await third.value
            #expect(pair.isOfNode("a", at: now) && CertificateLife(pem: pair.certificatePEM) != nil)
        }
    }
}
