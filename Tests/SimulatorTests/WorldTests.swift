import Testing

@testable import Simulator

@Suite struct WorldTests {
    @Test func diceAreTheSameForTheSameSeed() {
        var one = Dice(seed: 1)
        var same = Dice(seed: 1)
        var other = Dice(seed: 2)
        let first = (0..<8).map { _ in one.next() }
        #expect(first == (0..<8).map { _ in same.next() })
        #expect(first != (0..<8).map { _ in other.next() })
        var part = Dice(seed: 1).split(3)
        var again = Dice(seed: 1).split(3)
        #expect(part.next() == again.next())
        #expect((0..<100).allSatisfy { _ in (0..<7).contains(part.below(7)) })
        #expect(part.sample(3, of: [1, 2, 3]) == [1, 2, 3])
        #expect(part.sample(2, of: [1, 2, 3]).count == 2)
    }

    @Test func theAgendaGoesByTimeAndThenByPlan() {
        var agenda = Agenda<String>()
        agenda.plan("c", after: 5)
        agenda.plan("a", after: 1)
        agenda.plan("d", after: 5)
        #expect(agenda.next() == "a")
        #expect(agenda.now == 1)
        agenda.plan("b", after: 2)
        agenda.plan("e", after: 4)
        #expect((0..<4).map { _ in agenda.next() } == ["b", "c", "d", "e"])
        #expect(agenda.isEmpty)
    }

    @Test func networksLoseDelayAndDoubleAsTheWeatherSays() {
        var weather = Weather.calm
        weather.duplicatePerMille = 300
        weather.lossPerMille = 300
        var network = Network(Dice(seed: 4), weather: weather, keepsOrder: false)
        let copies = (0..<3_000).map { _ in network.delays(from: 0, to: 1, now: 0) }
        #expect((700...1_100).contains(copies.count { $0.isEmpty }))
        #expect((500...750).contains(copies.count { $0.count == 2 }))
        #expect(copies.joined().allSatisfy { (200...2_000).contains($0) })
        network.apply(.asymmetric([0], of: [0, 1, 2]))
        #expect(network.isCut(from: 0, to: 1) && !network.isCut(from: 1, to: 0) && !network.isCut(from: 1, to: 2))
        #expect(network.delays(from: 0, to: 2, now: 0).isEmpty)
        network.heal()
        network.apply(.symmetric([0, 1], of: [0, 1, 2]))
        #expect(network.isCut(from: 0, to: 2) && network.isCut(from: 2, to: 1) && !network.isCut(from: 0, to: 1))
    }
}
