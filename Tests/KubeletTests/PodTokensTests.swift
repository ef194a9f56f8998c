import APIMachinery
import Basics
import ControlLoops
import KubeAPI
@testable import Kubelet
import LoopTestKit
import TestKit
import Testing

/// Tokens of pods, by a clock of the test's own.
@Suite struct PodTokensTests {
    static let hour = VolumePlanner.TokenRequestKey(audience: "", seconds: 3600)
    let clock = ManualClock()

    private func pod(in cluster: TestCluster) async throws -> Pod {
        try await cluster.make(
            ServiceAccount {
                $0.metadata.name = "clerk"
                $0.metadata.namespace = "default"
            })
        let pod = Pod { pod in
            pod.metadata.name = "web"
            pod.metadata.namespace = "default"
            pod.spec.serviceAccountName = "clerk"
            pod.spec.automountServiceAccountToken = false
            pod.spec.containers = [
                Container {
                    $0.name = "main"
                    $0.image = "shell"
                }
            ]
            pod.json["spec", "volumes"] = [
                ["name": "access", "projected": ["sources": [["serviceAccountToken": ["path": "token"]]]]]
            ]
        }
        return try await cluster.make(pod)
    }

    @Test func aTokenIsAskedForOnceAndAgainAfterFourFifthsOfItsLife() async throws {
        let cluster = TestCluster(clock: clock, configuration: try .givingTokens())
        let tokens = PodTokens(api: cluster, clock: clock)
        let pod = try await pod(in: cluster)
        #expect(await tokens.areDue(pod))
        let first = try await tokens.tokens(pod)
        #expect(first[Self.hour]?.isEmpty == false)
        clock.advance(by: .seconds(2_879))
        #expect(await !tokens.areDue(pod))
        #expect(try await tokens.tokens(pod) == first)
        clock.advance(by: .seconds(1))
        #expect(await tokens.areDue(pod))
        let second = try await tokens.tokens(pod)
        #expect(second != first)
        #expect(await !tokens.areDue(pod))
        await tokens.forget(pod.uid)
        #expect(await tokens.areDue(pod))
    }

    @Test func aTokenThatStillHoldsIsKeptWhileTheServerGivesNone() async throws {
        let cluster = TestCluster(clock: clock, configuration: try .givingTokens())
        let tokens = PodTokens(api: cluster, clock: clock)
        let pod = try await pod(in: cluster)
        let first = try await tokens.tokens(pod)
        clock.advance(by: .seconds(3_000))
        cluster.fail("token", ServiceAccount.resource, with: .internalError("no"), times: 2)
        #expect(try await tokens.tokens(pod) == first)
        // It is asked for again a little later, not at every look.
        #expect(await !tokens.areDue(pod))
        clock.advance(by: .seconds(700))
        await #expect(throws: PodTokens.Failure.self) { try await tokens.tokens(pod) }
        #expect(try await tokens.tokens(pod) != first)
    }
}
