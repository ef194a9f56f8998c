import APIMachinery
import ControlLoops
import KubeAPI
import LoopTestKit
import TestKit
import Testing

@testable import Kubelet

/// Tokens of pods, by a clock of the test's own.
@Suite struct PodTokensTests {
    static let hour = VolumePlanner.TokenRequestKey(audience: "", seconds: 3600)
    let clock = ManualClock()

    private func pod() -> Pod {
        Pod { pod in
            pod.metadata.name = "web"
            pod.metadata.namespace = "default"
            pod.metadata.uid = "1"
            pod.spec.serviceAccountName = "clerk"
            pod.json["spec", "volumes"] = [
                ["name": "access", "projected": ["sources": [["serviceAccountToken": ["path": "token"]]]]]
            ]
        }
    }

    @Test func aTokenIsAskedForOnceAndAgainAfterFourFifthsOfItsLife() async throws {
        let cluster = MemoryCluster(clock: clock)
        let tokens = PodTokens(api: cluster, clock: clock)
        let pod = pod()
        #expect(await tokens.areDue(pod))
        let first = try await tokens.tokens(pod)
        #expect(first[Self.hour]?.hasPrefix("clerk-") == true)
        clock.advance(by: .seconds(2_879))
        #expect(await !tokens.areDue(pod))
        #expect(try await tokens.tokens(pod) == first)
        clock.advance(by: .seconds(1))
        #expect(await tokens.areDue(pod))
        let second = try await tokens.tokens(pod)
        #expect(second != first)
        #expect(await !tokens.areDue(pod))
        await tokens.forget("1")
        #expect(await tokens.areDue(pod))
    }

    @Test func aTokenThatStillHoldsIsKeptWhileTheServerGivesNone() async throws {
        let cluster = MemoryCluster(clock: clock)
        let tokens = PodTokens(api: cluster, clock: clock)
        let pod = pod()
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
