import EtcdClient
import EtcdStore
import Foundation

/// Does to a store what must not matter to its clients.
struct StoreChaos {
    enum Fault: Sendable {
        case killLeader
        case partition(Cut)
        case stopLeader
    }
    /// Who does not hear whom.
    enum Cut: Sendable, CaseIterable {
        /// The leader's cable is pulled.
        case leaderUnplugged
        /// No member hears the leader, and it hears none; clients reach all.
        case leaderAlone
        /// No member hears the leader, but it hears them.
        case leaderUnheard
        /// The leader hears nobody, but is heard.
        case leaderDeaf
        /// A follower's cable is pulled.
        case followerUnplugged
        /// One follower and the leader do not hear each other; both hear the third.
        case leaderAndFollower
    }

    let members: StoreMembers
    let observer: StoreObserver
    let load: StoreLoad

    /// Runs a body while clients work: each second one at all members, the others at one each.
    func underLoad<Result: Sendable>(clients: Int, _ body: () async throws -> Result) async throws -> Result {
        let endpoints = try members.endpoints
        let tls = members.tls
        var limits = EtcdClientLimits()
        limits.requestMilliseconds = 4_000
        limits.readMilliseconds = 1_000
        let stores = try (0..<clients).map { client in
            try EtcdClientStore(
                client % 2 == 0 ? endpoints : [endpoints[(client / 2) % endpoints.count]], tls: tls, limits: limits,
                logger: StoreObserver.quiet)
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { [observer] in try await observer.run() }
            for store in stores { group.addTask { try await store.run() } }
            _ = try await observer.leader()
            return try await withThrowingTaskGroup(of: Void.self) { workers in
                for (client, store) in stores.enumerated() {
                    workers.addTask { [load] in await load.run(client, on: store) }
                }
                let result: Result
                do { result = try await body() } catch {
                    load.stop()
                    for member in 0..<members.count {
                        print("member \(members.name(member)) printed at last:\n\(members.log(member).suffix(4_000))")
                    }
                    throw error
                }
                load.stop()
                try await workers.waitForAll()
                return result
            }
        }
    }

    /// One fault, and its end. Returns how long another leader took, if one was needed.
    func commit(_ fault: Fault) async throws -> Duration? {
        let leader = try await observer.leader()
        let others = (0..<members.count).filter { $0 != leader.member }
        var election: Duration?
        switch fault {
        case .killLeader:
            members.killHard(leader.member)
            election = try await observer.timeUntilOtherLeader(than: leader)
            try await Task.sleep(for: .milliseconds(500))
            try members.start(leader.member)
        case .stopLeader:
            members.pause(leader.member, true)
            defer { members.pause(leader.member, false) }
            election = try await observer.timeUntilOtherLeader(than: leader)
            try await Task.sleep(for: .milliseconds(500))
        case .partition(let cut):
            defer { try? members.network.heal() }
            let needsLeader = try begin(cut, leader.member, others)
            if needsLeader {
                election = try await observer.timeUntilOtherLeader(than: leader)
                try await Task.sleep(for: .seconds(1))
            } else {
                try await Task.sleep(for: .seconds(2))
            }
        }
        try await observer.waitUntilAllCaughtUp()
        return election
    }

    /// Returns whether the others need another leader.
    private func begin(_ cut: Cut, _ leader: Int, _ others: [Int]) throws -> Bool {
        let network = members.network
        switch cut {
        case .leaderUnplugged:
            try network.setCable(leader, isIn: false)
        case .leaderAlone:
            for other in others {
                try network.lose(from: leader, to: other)
                try network.lose(from: other, to: leader)
            }
        case .leaderUnheard:
            for other in others { try network.lose(from: leader, to: other) }
        case .leaderDeaf:
            for other in others { try network.lose(from: other, to: leader) }
        case .followerUnplugged:
            try network.setCable(others[0], isIn: false)
            return false
        case .leaderAndFollower:
            try network.lose(from: leader, to: others[0])
            try network.lose(from: others[0], to: leader)
            return false
        }
        return true
    }
}
