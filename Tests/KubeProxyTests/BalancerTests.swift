import APIMachinery
import Testing

@testable import KubeProxy

@Suite struct BalancerTests {
    let one = Backend("127.100.0.1", 80)
    let two = Backend("127.100.0.2", 80)
    let three = Backend("127.100.0.3", 80)

    func rule(_ backends: [Backend], affinity: Int? = nil, ranges: [CIDR]? = nil) -> TrafficRule {
        TrafficRule(
            service: ObjectKey(namespace: "default", name: "web"), portName: "http", backends: backends,
            affinitySeconds: affinity, sourceRanges: ranges)
    }

    @Test func everyBackendHasItsTurn() {
        var balancer = Balancer(rule([one, two, three]))
        let chosen = (0..<6).map { _ in balancer.choose(for: "c", now: 0) }
        #expect(chosen == [one, two, three, one, two, three])
    }

    @Test func triedBackendsArePassedOver() {
        var balancer = Balancer(rule([one, two]))
        #expect(balancer.choose(for: "c", excluding: [one], now: 0) == two)
        #expect(balancer.choose(for: "c", excluding: [one, two], now: 0) == nil)
    }

    @Test func aClientStaysUntilItsTimeIsUp() {
        var balancer = Balancer(rule([one, two, three], affinity: 10))
        #expect(balancer.choose(for: "a", now: 0) == one)
        #expect(balancer.choose(for: "b", now: 0) == two)
        #expect(balancer.choose(for: "a", now: 9) == one)
        #expect(balancer.choose(for: "a", now: 18) == one, "each connection begins the time anew")
        #expect(balancer.choose(for: "a", now: 28) == three)
    }

    @Test func aClientMovesWhenItsBackendGoesOrRefuses() {
        var balancer = Balancer(rule([one, two], affinity: 10))
        #expect(balancer.choose(for: "a", now: 0) == one)
        #expect(balancer.choose(for: "a", excluding: [one], now: 1) == two)
        #expect(balancer.choose(for: "a", now: 2) == two)
        balancer.ruleChanged(to: rule([one, three], affinity: 10))
        #expect([one, three].contains(balancer.choose(for: "a", now: 3)))
    }

    @Test func rememberedClientsAreBounded() {
        var balancer = Balancer(rule([one, two], affinity: 1_000_000))
        for client in 0..<(Limits.affinityClients * 2) {
            _ = balancer.choose(for: "c\(client)", now: Int64(client))
            #expect(balancer.rememberedClients <= Limits.affinityClients)
        }
        // The newest are still known.
        let newest = "c\(Limits.affinityClients * 2 - 1)"
        let backend = balancer.choose(for: newest, now: 30_000)
        #expect(balancer.choose(for: newest, now: 30_001) == backend)
    }

    @Test func sourceRangesLetInWhoTheyName() throws {
        let range = try #require(CIDR("10.1.0.0/16"))
        let balancer = Balancer(rule([one], ranges: [range]))
        #expect(balancer.admits("10.1.255.255"))
        #expect(!balancer.admits("10.2.0.0"))
        #expect(!balancer.admits("nonsense"))
        #expect(Balancer(rule([one], ranges: [])).admits("10.1.0.1") == false)
        let everybody = try #require(CIDR("0.0.0.0/0"))
        #expect(Balancer(rule([one], ranges: [everybody])).admits("1.2.3.4"))
    }
}
