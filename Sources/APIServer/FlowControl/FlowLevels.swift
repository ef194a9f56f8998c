import APIMachinery
import KubeAPI

/// All priority levels and their requests, as a value: how the server's seats are shared among levels, and who borrows whose.
///
/// A level has its nominal share. Of that it keeps at least what it does not lend; what is left over anywhere may be borrowed,
/// up to the borrower's limit, until it is wanted back: a lender waits for requests that run to end, and for nothing else.
struct FlowLevels: Sendable {
    /// What a PriorityLevelConfiguration says.
    struct Configuration: Sendable, Equatable {
        var name: String
        var uid: String
        var isExempt = false
        var shares = 0
        var lendablePercent = 0
        var borrowingLimitPercent: Int?
        var shape = FairQueues.Shape()

        init(_ level: JSON) {
            name = level["metadata", "name"]?.string ?? ""
            uid = level.uid
            let spec = level["spec"] ?? .object
            isExempt = spec["type"]?.string == "Exempt"
            let part = spec[isExempt ? "exempt" : "limited"] ?? .object
            shares = part["nominalConcurrencyShares"]?.int ?? (isExempt ? 0 : 30)
            lendablePercent = part["lendablePercent"]?.int ?? 0
            borrowingLimitPercent = part["borrowingLimitPercent"]?.int
            if let queuing = part["limitResponse", "queuing"], part["limitResponse", "type"]?.string == "Queue" {
                shape = FairQueues.Shape(
                    queueCount: min(queuing["queues"]?.int ?? 64, Self.mostQueues),
                    handSize: min(queuing["handSize"]?.int ?? 8, Self.largestHand),
                    lengthLimit: queuing["queueLengthLimit"]?.int ?? 50)
            }
        }
        /// What is configured beyond these is not made; flows then share queues sooner.
        static let mostQueues = 4096
        static let largestHand = 64
    }

    /// The seats of a level, in force.
    struct Limits: Sendable, Equatable {
        var nominal = 0
        /// What no other level gets.
        var least = 0
        var most = 0
    }

    private struct Level: Sendable {
        var configuration: Configuration
        var limits = Limits()
        var queues: FairQueues
    }

    /// All that may run at once, exempt requests aside.
    let seats: Int
    private var levels: [String: Level] = [:]
    /// Levels in order, so that what waits is looked at in turn.
    private var names: [String] = []
    private var turn = 0
    private var seatsInUse = 0

    init(seats: Int) { self.seats = max(1, seats) }

    // MARK: Configuration

    /// Takes what is configured now. A level that is gone goes when its last request has.
    mutating func configure(_ configurations: [Configuration]) {
        var wanted: [String: Configuration] = [:]
        for configuration in configurations where !configuration.isExempt { wanted[configuration.name] = configuration }
        for (name, level) in levels where wanted[name] == nil {
            if level.queues.seatsInUse + level.queues.waitingCount == 0 {
                levels[name] = nil
            } else {
                levels[name]?.configuration.shares = 0
            }
        }
        for (name, configuration) in wanted {
            levels[name, default: Level(configuration: configuration, queues: FairQueues(configuration.shape))]
                .configuration = configuration
            levels[name]?.queues.reshape(configuration.shape)
        }
        names = levels.keys.sorted()
        let sum = max(1, levels.values.reduce(0) { $0 + $1.configuration.shares })
        for name in names {
            guard let configuration = levels[name]?.configuration else { continue }
            let nominal = (seats * configuration.shares + sum - 1) / sum
            let least = nominal - nominal * configuration.lendablePercent / 100
            let most = configuration.borrowingLimitPercent.map { nominal + nominal * $0 / 100 } ?? seats
            levels[name]?.limits = Limits(nominal: nominal, least: least, most: max(1, min(most, seats)))
        }
    }

    func limits(_ name: String) -> Limits? { levels[name]?.limits }

    // MARK: Events

    mutating func arrive(
        _ identity: FairQueues.Identity, level name: String, flow: UInt64, seats: Int, at now: Int64
    ) -> FairQueues.Entry {
        guard levels[name] != nil else { return .refused }
        let wanted = width(seats, name)
        let room = self.room(for: name)
        let entry =
            levels[name]?.queues.arrive(identity, flow: flow, seats: wanted, at: now, canTake: { $0 <= room })
            ?? .refused
        if entry == .runs { seatsInUse += wanted }
        return entry
    }

    /// A request is done; those that may run for it.
    mutating func finish(_ identity: FairQueues.Identity, level name: String, at now: Int64) -> [FairQueues.Identity] {
        let before = levels[name]?.queues.seatsInUse ?? 0
        levels[name]?.queues.finish(identity, at: now)
        seatsInUse -= before - (levels[name]?.queues.seatsInUse ?? 0)
        return startWaiting(at: now)
    }

    mutating func giveUp(_ identity: FairQueues.Identity, level name: String) -> Bool {
        levels[name]?.queues.giveUp(identity) ?? false
    }

    mutating func expire(before time: Int64) -> [FairQueues.Identity] {
        names.flatMap { levels[$0]?.queues.expire(before: time) ?? [] }
    }

    /// Starts what waits and may run, the levels in turn.
    mutating func startWaiting(at now: Int64) -> [FairQueues.Identity] {
        var started: [FairQueues.Identity] = []
        var idle = 0
        while idle < names.count {
            turn = (turn + 1) % names.count
            let name = names[turn]
            let room = self.room(for: name)
            let before = levels[name]?.queues.seatsInUse ?? 0
            guard room > 0, let identity = levels[name]?.queues.next(at: now, canTake: { $0 <= room }) else {
                idle += 1
                continue
            }
            seatsInUse += (levels[name]?.queues.seatsInUse ?? 0) - before
            started.append(identity)
            idle = 0
        }
        return started
    }

    // MARK: Sharing

    /// A request that is wider than its level takes all of it.
    private func width(_ seats: Int, _ name: String) -> Int {
        max(1, min(seats, levels[name]?.limits.nominal ?? 1))
    }

    /// How many more seats a level may take now: its own first, then what nobody keeps.
    private func room(for name: String) -> Int {
        guard let level = levels[name] else { return 0 }
        let used = level.queues.seatsInUse
        let own = level.limits.least - used
        var kept = 0
        for other in names where other != name {
            guard let other = levels[other] else { continue }
            kept += max(0, other.limits.least - other.queues.seatsInUse)
        }
        let free = seats - seatsInUse - kept
        // A level that has nothing at work may always begin with one request.
        let least = used == 0 ? 1 : 0
        return max(least, min(level.limits.most - used, max(own, free)))
    }

    struct Figures: Sendable, Equatable {
        var level: String
        var limits: Limits
        var seatsInUse: Int
        var waiting: Int
    }
    var figures: [Figures] {
        names.compactMap { name in
            levels[name].map {
                Figures(
                    level: name, limits: $0.limits, seatsInUse: $0.queues.seatsInUse, waiting: $0.queues.waitingCount)
            }
        }
    }
}
