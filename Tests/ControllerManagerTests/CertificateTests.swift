import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import Kubeadm
import LoopTestKit
import Testing

@testable import ControllerManager

/// The cluster's own authority, as the executable hands it to the loops.
struct Authority: CertificateSigner {
    let authority: CertificateAuthority
    func facts(of requestPEM: String) throws -> CertificateSubjectFacts {
        let subject = try CertificateAuthority.subject(ofRequestPEM: requestPEM)
        return CertificateSubjectFacts(
            commonName: subject.commonName, organizations: subject.organizations, dnsNames: subject.names.dnsNames,
            addresses: subject.names.addresses, otherNames: subject.otherNames)
    }
    func sign(_ order: CertificateOrder, at now: Instant) throws -> String {
        try authority.sign(
            requestPEM: order.requestPEM, forClients: order.isForClients, forServers: order.isForServers,
            seconds: order.seconds, now: Date(timeIntervalSince1970: TimeInterval(now.nanoseconds) / 1e9))
    }
}

/// Certificate requests: approved, signed, refused and forgotten.
@Suite struct CertificateTests {
    let harness = Harness()
    var cluster: TestCluster { harness.cluster }

    /// Made with `openssl req` for these subjects.
    private static let jane = """
        LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRB\
        TEJnTlZCQW9NQkhSbFlXMHdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVFWZ01KSU9pNXo1TDJVdEx2d3o0cmor\
        bE0rZytYcnB5Z3krd2ZzCnYwajNON0Q1ZlF6eXQyQ2VNRkJFNEJmWlVwS2RKdTBSYVhCME4rNTMzdlBjeElHNG9BQXdDZ1lJS29a\
        SXpqMEUKQXdJRFJ3QXdSQUlnWnprdmJXU2xHZkhIdEw4bFRQWGhhemRhT2xZODJjZXdWRk5XTkZMS2FqNENJQWY0WFZVQwpBeUdV\
        azVkNkhpeG5lREVJclZ5elVOb2J1V3Jna1MxaGZUYlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==
        """
    private static let node = """
        LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIcU1JR1JBZ0VBTUM4eEZUQVRCZ05WQkFvTURITjVjM1JsYlRw\
        dWIyUmxjekVXTUJRR0ExVUVBd3dOYzNsegpkR1Z0T201dlpHVTZZVEJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEEwSUFC\
        QldBd2tnNkxuUGt2WlMwCnUvRFBpdVA2VXo2RDVldW5LREw3Qit5L1NQYzNzUGw5RFBLM1lKNHdVRVRnRjlsU2twMG03UkZwY0hR\
        MzduZmUKODl6RWdiaWdBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUVBb2JVeW1UV1FTNDM4aFZMcC9oSzJYSVJ1Yi9rdwp0MXJK\
        VGN3MHlNc3Vpa29DSUJVbU8xWmV2eUVlU081N29VbmNaaVFnZ3p6SnVZZ0pNb2FVV1N3Ny9zWG0KLS0tLS1FTkQgQ0VSVElGSUNB\
        VEUgUkVRVUVTVC0tLS0tCg==
        """

    private func request(
        _ name: String, _ request: String, signer: String = "kubernetes.io/kube-apiserver-client",
        usages: JSON = ["client auth"]
    ) -> CertificateSigningRequest {
        CertificateSigningRequest([
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": ["name": JSON(name)],
            "spec": ["request": JSON(request), "signerName": JSON(signer), "usages": usages],
        ])
    }

    private func approve(_ request: CertificateSigningRequest) async throws {
        var approved = request.json
        approved["status", "conditions"] = [
            ["type": "Approved", "status": "True", "reason": "Test", "message": "by hand"]
        ]
        _ = try await cluster.update(CertificateSigningRequest.resource, approved, subresource: .approval)
    }

    private func loops() throws -> [any ControlLoop] {
        let signer = Authority(authority: try CertificateAuthority(commonName: "test", now: Date()))
        return [
            ReconcilerRunner(CertificateApprovingReconciler(harness.context, signer), harness.context),
            ReconcilerRunner(CertificateSigningReconciler(harness.context, signer), harness.context),
            ReconcilerRunner(CertificateCleaningReconciler(harness.context), harness.context),
        ]
    }

    @Test(.timeLimit(.minutes(1))) func whatIsApprovedIsSigned() async throws {
        try await harness.run(try loops(), retrying: true) {
            let made = try await cluster.create(request("jane", Self.jane))
            try await approve(made)
            try await harness.wait(CertificateSigningRequest.self) { $0.contains { $0.isIssued } }
            let issued = try #require(cluster.objects(CertificateSigningRequest.self).first)
            let text = issued.json["status", "certificate"]?.string.flatMap { Data(base64Encoded: $0) } ?? Data()
            #expect(String(decoding: text, as: UTF8.self).hasPrefix("-----BEGIN CERTIFICATE-----"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatASignerDoesNotGiveFails() async throws {
        try await harness.run(try loops(), retrying: true) {
            let made = try await cluster.create(
                request(
                    "jane", Self.jane, signer: "kubernetes.io/kubelet-serving",
                    usages: ["server auth", "digital signature"]))
            try await approve(made)
            try await harness.wait(CertificateSigningRequest.self) { $0.contains { $0.has("Failed") && !$0.isIssued } }
        }
    }

    @Test(.timeLimit(.minutes(1))) func nodesAreApprovedByTheirRoles() async throws {
        try await harness.run(try loops(), retrying: true) {
            // Whoever makes it in this test may do everything, so also this.
            _ = try await cluster.create(
                request("node", Self.node, signer: "kubernetes.io/kube-apiserver-client-kubelet"))
            try await harness.wait(CertificateSigningRequest.self) { $0.contains { $0.has("Approved") && $0.isIssued } }
            let condition = cluster.objects(CertificateSigningRequest.self).first?.status.conditions.first
            #expect(condition?.reason == "AutoApproved")
        }
    }

    @Test(.timeLimit(.minutes(1))) func oldRequestsAreForgotten() async throws {
        try await harness.run(try loops(), retrying: true) {
            _ = try await cluster.create(request("forgotten", Self.jane, signer: "example.com/other"))
            let denied = try await cluster.create(request("denied", Self.jane, signer: "example.com/other"))
            var decided = denied.json
            decided["status", "conditions"] = [["type": "Denied", "status": "True", "reason": "Test"]]
            _ = try await cluster.update(CertificateSigningRequest.resource, decided, subresource: .approval)
            try await cluster.catchUp(to: cluster.revision)
            try await pass(.seconds(600)) { $0.map(\.name) == ["forgotten"] }
            try await pass(.seconds(3600)) { $0.isEmpty }
        }
    }

    /// Lets time pass step by step: a turn that has begun sets its next look by the time of its beginning.
    private func pass(_ step: Duration, until condition: ([CertificateSigningRequest]) -> Bool) async throws {
        while !condition(cluster.objects(CertificateSigningRequest.self)) {
            harness.clock.advance(by: step)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func whatEachSignerGives() {
        let node = CertificateSubjectFacts(commonName: "system:node:a", organizations: ["system:nodes"])
        #expect(ClusterSigner.node.refusal(node, ["client auth", "digital signature"]) == nil)
        #expect(ClusterSigner.node.refusal(node, ["server auth"]) != nil)
        #expect(
            ClusterSigner.nodeServer.refusal(node, ["server auth", "digital signature"]) != nil, "it names nothing")
        var named = node
        named.dnsNames = ["a"]
        #expect(ClusterSigner.nodeServer.refusal(named, ["server auth", "digital signature"]) == nil)
        #expect(ClusterSigner.node.refusal(named, ["client auth"]) != nil)
        let jane = CertificateSubjectFacts(commonName: "jane", organizations: ["team"])
        #expect(ClusterSigner.client.refusal(jane, ["client auth"]) == nil)
        #expect(ClusterSigner.node.refusal(jane, ["client auth"]) != nil)
    }
}
