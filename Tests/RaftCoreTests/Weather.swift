import Basics
import TestKit

/// How often what happens in a schedule, in parts of the whole.
struct Weather {
    enum Event: CaseIterable {
        case deliver, tick, persist, propose, read, cut, crash, crashLeader, reboot, crashInStep, restart, snapshot,
            transfer,
            changeMembership, unreachable
    }
    private let weights: [(Event, Int)]
    private let total: Int

    /// Members there may be. If they are fewer than five, all vote and messages hold one entry.
    let members: UInt64

    /// What is not named happens as on a fair day.
    init(_ changed: [Event: Int] = [:], members: UInt64 = 5) {
        self.members = members
        let fair: [Event: Int] = [
            .deliver: 470, .tick: 180, .persist: 150, .propose: 80, .read: 50, .cut: 15, .crash: 10, .crashInStep: 5,
            .restart: 10, .snapshot: 10, .transfer: 5, .changeMembership: 12, .unreachable: 5,
        ]
        weights = Event.allCases.map { ($0, changed[$0] ?? fair[$0] ?? 0) }
        total = weights.reduce(0) { $0 + $1.1 }
    }

    static let fair = Weather()
    static let cutting = Weather([.cut: 60, .tick: 250])
    static let crashing = Weather([.crash: 60, .crashInStep: 30, .restart: 60])
    static let changing = Weather([
        .changeMembership: 60, .cut: 20, .crash: 5, .tick: 250, .persist: 300, .propose: 40,
    ])
    static let fallingLeaders = Weather(
        [
            .tick: 400, .persist: 350, .cut: 60, .crashLeader: 10, .restart: 40, .snapshot: 0, .read: 0, .propose: 40,
            .changeMembership: 0,
        ], members: 3)
    static let rebooting = Weather(
        [
            .tick: 600, .reboot: 50, .deliver: 350, .propose: 10, .persist: 100, .read: 0, .cut: 0,
            .changeMembership: 0, .crash: 0, .snapshot: 0,
        ], members: 3)
    static let slowDisks = Weather([.persist: 50, .propose: 30, .cut: 30])
    static let all = [fair, cutting, crashing, changing, fallingLeaders, rebooting, slowDisks]

    func next(_ dice: inout SplitMix64) -> Event {
        var rest = dice.below(total)
        for (event, weight) in weights {
            if rest < weight { return event }
            rest -= weight
        }
        return .deliver
    }
}
