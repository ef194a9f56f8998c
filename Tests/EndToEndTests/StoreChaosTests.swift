import EtcdClient
import EtcdStore
import Foundation
import KeyValueCore
import Simulator
import Testing

extension EndToEndTests {
    /// Three members as processes in three network namespaces, under load, while leaders are killed, cut off and
    /// stopped. `STORE_CHAOS=full` is the long version: 50 kills, 50 partitions, 20 stops.
    @Suite(.serialized, .enabled(if: StoreNetwork.isPossible)) struct StoreChaosTests {
        static let isFull = ProcessInfo.processInfo.environment["STORE_CHAOS"] == "full"
        /// Somebody must lead again at some time; how fast is printed, not asserted.
        static let electionLimitMilliseconds = 30_000

        @Test func leadersComeAndGoAndTheHistoryStaysLinearizable() async throws {
            let members = try StoreMembers()
            defer { members.remove() }
            for member in 0..<members.count { try members.start(member) }
            let observer = try StoreObserver(members)
            let load = StoreLoad()
            let chaos = StoreChaos(members: members, observer: observer, load: load)
            var faults: [StoreChaos.Fault] = []
            faults += (0..<(Self.isFull ? 50 : 5)).map { _ in .killLeader }
            faults += (0..<(Self.isFull ? 50 : 5)).map {
                .partition(StoreChaos.Cut.allCases[$0 % StoreChaos.Cut.allCases.count])
            }
            faults += (0..<(Self.isFull ? 20 : 3)).map { _ in .stopLeader }
            faults.shuffle()

            let elections = try await chaos.underLoad(clients: 6) {
                var elections: [Duration] = []
                for fault in faults {
                    load.beginEpoch()
                    if let election = try await chaos.commit(fault) { elections.append(election) }
                }
                return elections
            }
            let times = ElectionTimes(elections)
            report(times, load)
            try await verify(members, load)
            #expect(try #require(times.longest) <= Self.electionLimitMilliseconds)
        }

        /// A member that was away for longer than the log goes back is brought up by a snapshot, while the others serve.
        @Test func aMemberThatWasAwayCatchesUpBySnapshotWhileServing() async throws {
            let members = try StoreMembers(["--snapshot-log-bytes", "\(4 << 20)"])
            defer { members.remove() }
            for member in 0..<members.count { try members.start(member) }
            let observer = try StoreObserver(members)
            let load = StoreLoad()
            let chaos = StoreChaos(members: members, observer: observer, load: load)
            try await chaos.underLoad(clients: 3) {
                let leader = try await observer.leader()
                let away = (leader.member + 1) % members.count
                members.killHard(away)
                // Two snapshots later the log does not reach back any more.
                let value = [UInt8](repeating: 7, count: 64 << 10)
                for number in 0..<300 {
                    let put = Transaction(success: [.put(key: Array("big/\(number % 16)".utf8), value: value)])
                    _ = try await observer.clients[leader.member].transact(put)
                }
                load.beginEpoch()
                let before = load.acknowledgedCount
                let logged = members.log(away).count
                try members.start(away)
                try await observer.waitUntilAllCaughtUp(seconds: 120)
                #expect(load.acknowledgedCount > before, "nothing was served while the member caught up")
                let printed = members.log(away).dropFirst(logged)
                #expect(
                    printed.contains("The leader's snapshot is installed"),
                    "it caught up by its log: \(printed.suffix(2_000))")
            }
            try await verify(members, load)
        }

        /// What was acknowledged is there, the members agree, and the history has an order.
        private func verify(_ members: StoreMembers, _ load: StoreLoad) async throws {
            let observer = try StoreObserver(members)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await observer.run() }
                defer { group.cancelAll() }
                try await observer.waitUntilAllCaughtUp()
                for client in observer.clients {
                    let range = try await client.range(RangeRequest(.prefix(Array("log/".utf8)), keysOnly: true))
                    let present = Set(range.keyValues.map { String(decoding: $0.key, as: UTF8.self) })
                    let lost = load.acknowledged.subtracting(present)
                    #expect(lost.isEmpty, "acknowledged and lost: \(lost.sorted().prefix(20))")
                }
                let first = try await observer.clients[0].keyHash()
                for client in observer.clients.dropFirst() {
                    let other = try await client.keyHash(at: first.revision)
                    #expect(other.hash == first.hash, "members differ at revision \(first.revision)")
                }
            }
            switch LinearizabilityChecker(stepLimit: 20_000_000).check(load.history) {
            case .linearizable: break
            case .violated(let counterexample): Issue.record("not linearizable: \(counterexample)")
            case .undecided(let keys): Issue.record("the checker gave up on \(keys)")
            }
        }

        private func report(_ elections: ElectionTimes, _ load: StoreLoad) {
            print(
                """
                \(elections)
                calls: \(load.history.count) recorded, \(load.unansweredCount) of them without an answer, \
                \(load.refusals) refused; \(load.acknowledgedCount) single writes acknowledged
                """)
        }
    }
}
